// npm run test:interop [-- vitest arguments]: tests our formats with real programs of others. It
// builds the peers that Go can build in .cache/peers (or uses those of WAYBILL_PEERS). It installs
// the Debian packages of other peers when CI=true and it runs as root. It says what is absent and
// why, then runs test/interop.
import { resolve } from 'node:path';
import { findPeer, peersFolder } from '../test/support/peer.ts';
import { root, run, runTool } from './process.ts';

interface Peer {
  readonly name: string;
  readonly proves: string;
  /**
   * Built by test/interop/peers/build.sh from Go modules, or from the Debian package that contains
   * it. What takes too long to build is built by hand only.
   */
  readonly from: { readonly go: true } | { readonly debian: string } | { readonly byHand: true };
}

const go = { go: true } as const;
const byHand = { byHand: true } as const;

const PEERS: readonly Peer[] = [
  { name: 'notation-peer', proves: 'Notary signatures, both ways, by notation-go', from: go },
  { name: 'cosign', proves: 'sigstore signatures, both ways, by cosign', from: go },
  { name: 'fulcio', proves: 'certificates for identity tokens (sigstore)', from: go },
  { name: 'timestamp-server', proves: 'timestamps of sigstore', from: go },
  { name: 'rekor-server', proves: 'entries in a log of Rekor v2', from: go },
  { name: 'chain-peer', proves: 'certificate chains, judged by Go', from: go },
  { name: 'oras', proves: 'referrers discovered and pulled', from: go },
  { name: 'crane', proves: 'the registry, as go-containerregistry uses it', from: go },
  {
    name: 'oci-conformance',
    proves: 'the registry, by the conformance suite of the specification',
    from: go,
  },
  { name: 'registry', proves: 'the fallback tag, on a registry without referrers', from: go },
  { name: 'grype-reader', proves: 'our SBOMs, as Grype looks them up', from: byHand },
  { name: 'scalibr-reader', proves: 'our SBOMs, read by others, and theirs by us', from: go },
  { name: 'scalibr-locks', proves: 'locks of every kind, read the same', from: go },
  { name: 'etcd', proves: 'the store of a real API server', from: go },
  { name: 'kube-apiserver', proves: 'admission by a real API server', from: go },
  { name: 'kubectl', proves: 'what people see of a refusal', from: go },
  { name: 'helm', proves: 'that the chart makes what we print', from: go },
  { name: 'kyverno-kinds', proves: 'policies that Kyverno takes', from: go },
  { name: 'opa', proves: 'rules in Rego, by OPA itself', from: go },
  {
    name: 'gatekeeper',
    proves: 'admission by Gatekeeper, which asks our provider of external data',
    from: go,
  },
  { name: 'openssl', proves: 'certificates, requests and chains', from: { debian: 'openssl' } },
  {
    name: 'skopeo',
    proves: 'images copied between layouts and registries',
    from: { debian: 'skopeo' },
  },
  { name: 'umoci', proves: 'layers of images made by others', from: { debian: 'umoci' } },
  {
    name: 'debootstrap',
    proves: 'an image of a real Debian system (as root)',
    from: { debian: 'debootstrap' },
  },
  {
    name: 'promtool',
    proves: 'alert rules, dashboard and metrics',
    from: { debian: 'prometheus' },
  },
  { name: 'buildah', proves: 'images as buildah writes them', from: { debian: 'buildah' } },
  { name: 'dockerd', proves: 'images as docker saves them', from: { debian: 'docker.io' } },
  { name: 'strace', proves: 'what is acknowledged was synced before', from: { debian: 'strace' } },
  { name: 'cargo', proves: 'crates, as Cargo itself lists them', from: { debian: 'cargo' } },
  { name: 'ruby', proves: 'gems, as RubyGems and Bundler read them', from: { debian: 'bundler' } },
  {
    name: 'composer',
    proves: 'packages of PHP, as Composer lists and orders them',
    from: { debian: 'composer' },
  },
  { name: 'pkcs11-tool', proves: 'keys in tokens (PKCS#11)', from: { debian: 'opensc' } },
  { name: 'softhsm2-util', proves: 'keys in a token', from: { debian: 'softhsm2' } },
  { name: 'swtpm', proves: 'keys in a TPM 2.0', from: { debian: 'swtpm' } },
  {
    name: 'tpm2-abrmd',
    proves: 'keys in a TPM 2.0, several at a time',
    from: { debian: 'tpm2-abrmd' },
  },
  {
    name: 'tpm2_ptool',
    proves: 'keys in a TPM 2.0, through PKCS#11',
    from: { debian: 'libtpm2-pkcs11-tools' },
  },
  { name: 'gpg', proves: 'commits that OpenPGP signs', from: { debian: 'gnupg' } },
  { name: 'gpgsm', proves: 'commits that X.509 signs', from: { debian: 'gpgsm' } },
  {
    name: 'initdb',
    proves: 'the graph on a PostgreSQL server',
    from: { debian: 'postgresql' },
  },
  {
    name: 'chromium',
    proves: 'the page, as people see and use it',
    from: { debian: 'chromium' },
  },
  { name: 'rsync', proves: 'a job of GitLab, run from a pipeline', from: { debian: 'rsync' } },
  { name: 'dpkg-query', proves: 'the packages of a Debian system', from: { debian: 'dpkg' } },
];

const BUILD_MS_MAX = 900_000;

/** The last line of a program's error output; null when it succeeded. */
async function refusal(program: string, args: readonly string[]): Promise<string | null> {
  const ended = run(program, args, { timeoutMs: BUILD_MS_MAX });
  const { code, stderr } = await ended.catch((thrown: unknown) => ({
    code: 1,
    stderr: String(thrown),
  }));
  return code === 0 ? null : (stderr.trim().split('\n').at(-1) ?? 'it ended without a word');
}

function build(name: string): Promise<string | null> {
  return refusal('bash', [resolve(root, 'test/interop/peers/build.sh'), peersFolder, name]);
}

/** We may install programs on a CI machine, but not on a person's machine. */
async function install(debian: string): Promise<string | null> {
  if (process.env['CI'] !== 'true') return `it is not installed here (apt-get install ${debian})`;
  if (process.getuid?.() !== 0 || findPeer('apt-get') === null)
    return (
      'it is not installed here, and only root on Debian can install it (apt-get install ' +
      `${debian})`
    );
  await refusal('apt-get', ['-q', 'update']);
  return refusal('apt-get', ['-q', 'install', '-y', '--no-install-recommends', debian]);
}

async function lack({ name, from }: Peer): Promise<string | null> {
  if (findPeer(name) !== null) return null;
  if ('debian' in from) return install(from.debian);
  if ('byHand' in from)
    return `its build takes minutes (bash test/interop/peers/build.sh .cache/peers ${name})`;
  if (findPeer('go') === null) return 'it is built with Go 1.26 or newer, which is not installed';
  return build(name);
}

async function prepare(peer: Peer): Promise<void> {
  const started = performance.now();
  const why = await lack(peer);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (why === null)
    console.log(`have    ${peer.name.padEnd(14)} ${seconds.padStart(6)} s  ${peer.proves}`);
  else
    console.log(`SKIPPED ${peer.name.padEnd(14)} ${seconds.padStart(6)} s  ${peer.proves}: ${why}`);
}

for (const peer of PEERS) await prepare(peer);
const args = ['run', '--config', 'test/interop/vitest.config.ts', ...process.argv.slice(2)];
process.exitCode = (await runTool('vitest', args, { output: 'show' })).code;
