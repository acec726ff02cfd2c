import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistryClient } from '../src/adapters/oci-http/index.ts';
import { buildArtifact, EMPTY_CONTENT, toContent } from '../src/capabilities/registry/index.ts';
import { pushImage } from '../src/capabilities/registry/port.contract.ts';
import { orThrow } from '../src/core/result.ts';
import { CommandLine } from '../test/support/command-line.ts';
import { findPeer } from '../test/support/peer.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { measureCommand, timing } from './compare.ts';

const REFERRERS = 50;
const ROUNDS = 7;

/** A registry in a process of its own, and a release with documents and their signatures in it. */
async function prepare() {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-copy-'));
  const line = new CommandLine(folder);
  const running = await line.start('registry', 'serve', folder, '--listen', '127.0.0.1:0');
  const registry = /127\.0\.0\.1:\d+/.exec(running.line)?.[0] ?? '';
  const target = openRegistryClient();
  const repository = `${registry}/shop/trips`;
  const place = { target, repository, via: 'api' as const, close: async () => undefined };
  const layer = toContent('application/vnd.oci.image.layer.v1.tar', Buffer.alloc(4_000_000, 7));
  let subject = (await pushImage(place, layer, '1.0')).descriptor;
  const image = subject;
  orThrow(await target.pushBlob(repository, EMPTY_CONTENT));
  for (let at = 0; at < REFERRERS; at++) {
    // Each second one is about the one before, as a signature is about a document.
    subject = at % 2 === 0 ? image : subject;
    const document = toContent('application/json', Buffer.alloc(20_000, `{"a":${at}}`));
    orThrow(await target.pushBlob(repository, document));
    const artifact = buildArtifact({
      ...{ artifactType: 'application/spdx+json', subject, layers: [document.descriptor] },
      annotations: { 'org.example.number': String(at) },
    });
    subject = orThrow(await target.pushManifest(repository, artifact));
  }
  const close = async (): Promise<void> => {
    target.close();
    await running.stop();
    rmSync(folder, { recursive: true });
  };
  return { line, registry, from: `${repository}:1.0`, close };
}

async function measure(): Promise<readonly Figure[]> {
  const oras = findPeer('oras');
  if (oras === null) throw new Error('oras is not there');
  const { line, registry, from, close } = await prepare();
  const times = { ours: [] as number[], peer: [] as number[] };
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      const [program = '', ...args] = line.words('copy', from, `${registry}/ours/r${round}:1.0`);
      const ours = await measureCommand({ program, args, env: line.env() });
      const plain = ['--from-plain-http', '--to-plain-http'];
      const to = `${registry}/peer/r${round}:1.0`;
      const peer = await measureCommand({ program: oras, args: ['cp', '-r', ...plain, from, to] });
      if (round === 0) continue;
      times.ours.push(ours);
      times.peer.push(peer);
    }
  } finally {
    await close();
  }
  const [ours, peer] = [timing(times.ours).medianMs, timing(times.peer).medianMs];
  return [
    { what: 'copy of a release with 50 referrers', value: ours, unit: 'ms', target: null },
    { what: 'oras cp -r of it', value: peer, unit: 'ms', target: null },
    { what: 'ratio', value: ours / peer, unit: '×', target: { max: 0.8 } },
  ];
}

export const benchmark: Benchmark = { kind: 'measurement', name: 'copy', measure };
