import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../src/core/digest.ts';
import { makeReview, Scene } from '../test/support/scene.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import { largeSbom } from './large-sbom.ts';
import { ServerProcess } from './serving.ts';

const WARM_REVIEWS = 500;
const IMPORTS = 3;
const REVIEW_EVERY_MS = 10;

/** As many packages as a small base image has. */
const PACKAGES = Array.from({ length: 100 }, (_, index) => ({
  name: `part-${index}`,
  version: `1.${index}-1`,
}));

function pod(images: readonly string[]): string {
  const containers = images.map((image, index) => ({ name: `c${index}`, image }));
  return JSON.stringify(makeReview('Pod', '', { metadata: { name: 'pod' }, spec: { containers } }));
}

const sorted = (times: readonly number[]): number[] => [...times].sort((one, other) => one - other);
const ms = (what: string, value: number, max: number | null = null): Figure => {
  return { what, value, unit: 'ms', target: max === null ? null : { max } };
};

async function warm(serving: ServerProcess, review: string): Promise<readonly number[]> {
  const times: number[] = [];
  for (let round = 0; round < WARM_REVIEWS; round++) times.push(await serving.admit(review));
  return sorted(times);
}

const DURATION = 'waybill_admission_duration_seconds';
const VERIFIED = 'waybill_image_verifications_total';

/** Mean time of the requests of `work` inside the server, by its own metric. */
async function insideMs(serving: ServerProcess, work: () => Promise<unknown>): Promise<number> {
  const before = await serving.metrics();
  await work();
  const after = await serving.metrics();
  const grew = (part: string): number => {
    const name = `${DURATION}_${part}{decision="allow"}`;
    return (after.get(name) ?? 0) - (before.get(name) ?? 0);
  };
  return (grew('sum') / grew('count')) * 1_000;
}

async function warmFigures(
  serving: ServerProcess,
  byDigest: string,
  byTag: string,
): Promise<Figure[]> {
  const before = (await serving.metrics()).get(VERIFIED) ?? 0;
  const eight = pod(Array.from({ length: 8 }, () => byDigest));
  const cold = await Promise.all(Array.from({ length: 8 }, () => serving.admit(eight)));
  const verified = ((await serving.metrics()).get(VERIFIED) ?? 0) - before;
  await warm(serving, pod([byDigest])); // warms up the compiler
  let one: readonly number[] = [];
  const inside = await insideMs(serving, async () => {
    one = await warm(serving, pod([byDigest]));
  });
  const eightTimes = await warm(serving, eight);
  const tagTimes = await warm(serving, pod([byTag]));
  return [
    {
      what: 'verifications, 8 reviews of 8 containers',
      value: verified,
      unit: '',
      target: { max: 1 },
    },
    ms('the slowest of those, cold', Math.max(...cold)),
    ms('warm review, p50', quantile(one, 0.5), 5),
    ms('warm review, p99', quantile(one, 0.99)),
    ms('warm review, inside the server, mean', inside, 5),
    ms('warm review of 8 containers, p50', quantile(eightTimes, 0.5), 5),
    ms('warm review by tag, p50', quantile(tagTimes, 0.5)),
  ];
}

async function duringImports(
  serving: ServerProcess,
  folder: string,
  review: string,
): Promise<Figure[]> {
  const [reviews, acknowledged, inside]: [number[], number[], number[]] = [[], [], []];
  let bytes = 0;
  for (let seed = 1; seed <= IMPORTS; seed++) {
    const file = join(folder, `large-${seed}.spdx.json`);
    const text = largeSbom(seed);
    bytes = Buffer.byteLength(text);
    writeFileSync(file, text);
    const path = `/v1/evidence?kind=sbom&subject=${sha256(`large ${seed}`)}`;
    const { acknowledgedMs } = await serving.upload(path, 'application/spdx+json', file);
    const mean = await insideMs(serving, async () => {
      reviews.push(...(await serving.admitSteadily(review, REVIEW_EVERY_MS, acknowledgedMs)));
    });
    inside.push(mean);
    acknowledged.push(await acknowledgedMs);
  }
  const times = sorted(reviews);
  return [
    { what: 'size of the SBOM', value: bytes / 1e6, unit: 'MB', target: null },
    ms('import to acknowledgement, median', quantile(sorted(acknowledged), 0.5)),
    { what: 'reviews meanwhile, 100 a second', value: times.length, unit: '', target: null },
    ms('review during an import, p50', quantile(times, 0.5)),
    ms('review during an import, p99', quantile(times, 0.99), 25),
    ms('review during an import, inside the server', quantile(sorted(inside), 0.5)),
    ms('review during an import, slowest', times.at(-1) ?? Number.NaN),
  ];
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'admission: HTTPS reviews of a warm server, alone and while a 40 MB SBOM is imported',
  async measure() {
    const scene = await Scene.open();
    try {
      const { digest } = await scene.publish('trips', { packages: PACKAGES });
      const name = `${scene.registry.registry}/shop/trips`;
      const serving = await ServerProcess.start(scene.home);
      try {
        const figures = await warmFigures(serving, `${name}@${digest}`, `${name}:1.0`);
        return [
          ...figures,
          ...(await duringImports(serving, scene.folder, pod([`${name}@${digest}`]))),
        ];
      } finally {
        await serving.close();
      }
    } finally {
      await scene.close();
    }
  },
};
