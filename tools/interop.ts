// npm run test:interop [-- vitest arguments]: our formats against real programs of the field. Builds the peers that Go can
// build into .cache/peers (or takes those of WAYBILL_PEERS), says plainly what is absent and why, then runs test/interop.
import { resolve } from 'node:path';
import { findPeer, peersFolder } from '../test/support/peer.ts';
import { root, run, runTool } from './process.ts';

interface Peer {
  readonly name: string;
  readonly proves: string;
  /** Built by test/interop/peers/build.sh; the others come with the machine. */
  readonly builtFrom: 'go' | null;
}

const PEERS: readonly Peer[] = [
  { name: 'notation-peer', proves: 'Notary signatures, both ways, by notation-go', builtFrom: 'go' },
  { name: 'oras', proves: 'referrers discovered and pulled', builtFrom: 'go' },
  { name: 'crane', proves: 'the registry, as go-containerregistry uses it', builtFrom: 'go' },
  { name: 'oci-conformance', proves: 'the registry, by the conformance suite of the specification', builtFrom: 'go' },
  { name: 'registry', proves: 'the fallback tag, on a registry without referrers', builtFrom: 'go' },
  { name: 'openssl', proves: 'certificates, requests and chains', builtFrom: null },
  { name: 'skopeo', proves: 'images copied between layouts and registries', builtFrom: null },
  { name: 'umoci', proves: 'layers of images made by others', builtFrom: null },
  { name: 'debootstrap', proves: 'an image of a real Debian system (as root)', builtFrom: null },
  { name: 'dpkg-query', proves: 'the packages of a Debian system', builtFrom: null },
];

/** Why a peer could not be built; null when it was. */
async function build(name: string): Promise<string | null> {
  const script = resolve(root, 'test/interop/peers/build.sh');
  const { code, stderr } = await run('bash', [script, peersFolder, name]).catch((thrown: unknown) => ({
    code: 1,
    stderr: String(thrown),
  }));
  return code === 0 ? null : (stderr.trim().split('\n').at(-1) ?? 'it could not be built');
}

async function lack({ name, builtFrom }: Peer): Promise<string | null> {
  if (findPeer(name) !== null) return null;
  if (builtFrom === null) return 'it is not installed on this machine';
  if (findPeer('go') === null) return 'it is built with Go 1.26 or newer, which is not installed';
  return build(name);
}

async function prepare(peer: Peer): Promise<void> {
  const started = performance.now();
  const why = await lack(peer);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (why === null) console.log(`have    ${peer.name.padEnd(14)} ${seconds.padStart(6)} s  ${peer.proves}`);
  else console.log(`SKIPPED ${peer.name.padEnd(14)} ${seconds.padStart(6)} s  ${peer.proves}: ${why}`);
}

for (const peer of PEERS) await prepare(peer);
const args = ['run', '--config', 'test/interop/vitest.config.ts', ...process.argv.slice(2)];
process.exitCode = (await runTool('vitest', args, { output: 'show' })).code;
