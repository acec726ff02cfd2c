import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatRepository } from '../src/core/image-reference.ts';
import { orThrow } from '../src/core/result.ts';
import type { ReleaseDocument } from '../src/phases/build/documents.ts';
import { stageDocument } from '../src/phases/build/stage.ts';
import { StagingArea } from '../src/phases/build/staging.ts';
import { makeReview, nowInstant, Scene } from '../test/support/scene.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import { ServerProcess } from './serving.ts';

const DOCUMENTS = 4;
const DOCUMENT_BYTES = 8_000_000;
const ASK_EVERY_MS = 5;
/** Of commit eb544a9, for the same four documents. */
const PEAK_BEFORE_MB = 1_241;

/** An ordinary CycloneDX document of the given size: packages of Debian, with licences. */
function makeSbom(seed: number): ReleaseDocument {
  const components: object[] = [];
  for (let bytes = 0, at = 0; bytes < DOCUMENT_BYTES; at++) {
    const name = `part-${seed}-${at}`;
    const purl = `pkg:deb/debian/${name}@1.${at}-1?arch=amd64&distro=debian-12`;
    const component = {
      ...{ type: 'library', 'bom-ref': `ref-${at}`, name, version: `1.${at}-1`, purl },
      licenses: [{ license: { id: 'MIT' } }],
      properties: [{ name: 'syft:location:0:path', value: '/var/lib/dpkg/status' }],
    };
    bytes += JSON.stringify(component).length + 1;
    components.push(component);
  }
  const document = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, components };
  return {
    kind: 'sbom',
    mediaType: 'application/vnd.cyclonedx+json',
    bytes: Buffer.from(JSON.stringify(document)),
    createdAt: nowInstant(),
    outcome: 'complete',
  };
}

/** Attaches the documents, each signed by the trusted signer or by nobody. */
async function attachHeavy(scene: Scene, name: string, signer: 'trusted' | 'nobody') {
  const subject = await scene.publish(name);
  const repository = formatRepository(scene.reference(name));
  const staging = new StagingArea(scene.client, repository, subject);
  for (let seed = 0; seed < DOCUMENTS; seed++)
    await stageDocument(staging, subject, makeSbom(seed), scene.release, nowInstant());
  for (const { kind, blobs, manifest } of staging.artifacts) {
    if (kind === 'signature' && signer === 'nobody') continue;
    for (const blob of blobs) orThrow(await scene.client.pushBlob(repository, blob));
    orThrow(await scene.client.pushManifest(repository, manifest, null));
  }
  return `${repository}@${subject.digest}`;
}

const pod = (image: string): string =>
  JSON.stringify(
    makeReview('Pod', '', {
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'c', image }] },
    }),
  );

const readPeakMb = (pid: number): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_000;

/** How long the server took for each of many small requests, until `during` settles. */
async function askSteadily(serving: ServerProcess, during: Promise<unknown>): Promise<number[]> {
  const state = { going: true };
  void during.finally(() => {
    state.going = false;
  });
  const times: number[] = [];
  while (state.going) {
    const started = performance.now();
    await serving.http('GET', '/healthz');
    times.push(performance.now() - started);
    await sleep(ASK_EVERY_MS);
  }
  return times;
}

async function measureLane(scene: Scene, signer: 'trusted' | 'nobody'): Promise<Figure[]> {
  const heavy = await attachHeavy(scene, `heavy-${signer}`, signer);
  const innocent = await scene.publish(`innocent-${signer}`);
  const repository = formatRepository(scene.reference(`innocent-${signer}`));
  const serving = await ServerProcess.start(scene.home);
  try {
    await serving.admit(pod(`${repository}@${innocent.digest}`));
    const alone = Math.max(...(await askSteadily(serving, sleep(5_000))));
    const started = performance.now();
    const review = serving.http('POST', '/admit', pod(heavy));
    const steady = serving.admitSteadily(pod(`${repository}@${innocent.digest}`), 50, review);
    const stalls = (await askSteadily(serving, review)).toSorted((one, other) => one - other);
    const answered = performance.now() - started;
    const reviews = (await steady).toSorted((one, other) => one - other);
    const what = `4 SBOMs of 8 MB, signed by ${signer}`;
    return [
      { what: `${what}: longest wait before it`, value: alone, unit: 'ms', target: null },
      {
        what: `${what}: longest stall`,
        value: stalls.at(-1) ?? NaN,
        unit: 'ms',
        target: { max: 50 },
      },
      {
        what: `${what}: innocent review, p99`,
        value: quantile(reviews, 0.99),
        unit: 'ms',
        target: { max: 50 },
      },
      { what: `${what}: answer`, value: answered, unit: 'ms', target: null },
      {
        what: `${what}: peak memory`,
        value: readPeakMb(serving.pid),
        unit: 'MB',
        target: { max: Math.round(0.4 * PEAK_BEFORE_MB) },
      },
    ];
  } finally {
    await serving.close();
  }
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'heavy images: a review of an image with four SBOMs of 8 MB, and what else waits for it',
  async measure() {
    const scene = await Scene.open();
    try {
      return [...(await measureLane(scene, 'nobody')), ...(await measureLane(scene, 'trusted'))];
    } finally {
      await scene.close();
    }
  },
};
