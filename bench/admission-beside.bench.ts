import { join } from 'node:path';
import { root } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';
import { installPackage } from './installed-package.ts';
import { ServerProcess } from './serving.ts';

const WARM_UP = 1_500;
const TURNS = 6;
const REVIEWS_EACH = 2_000;
const RATIO_MAX = 1.05;

/** As many packages as a small base image has. */
const PACKAGES = Array.from({ length: 100 }, (_, index) => ({
  name: `part-${index}`,
  version: `1.${index}-1`,
}));

type MakeReview = (kind: string, version: string, object: object) => object;

/** What the scenes of all trees have; the maker of reviews had another name once. */
interface SceneModule {
  readonly Scene: {
    open(): Promise<{
      readonly home: string;
      readonly registry: { readonly registry: string };
      publish(name: string, image: object): Promise<{ readonly digest: string }>;
      close(): Promise<void>;
    }>;
  };
  readonly makeReview?: MakeReview;
  readonly reviewOf?: MakeReview;
}

/** A server of the package of a tree, with an image of the tree's own scene that it admits. */
async function open(tree: string) {
  const { program, clean } = await installPackage(tree);
  const module = (await import(join(tree, 'test/support/scene.ts'))) as SceneModule;
  const makeReview = module.makeReview ?? module.reviewOf;
  if (makeReview === undefined) throw new Error(`${tree} makes no reviews`);
  const scene = await module.Scene.open();
  const { digest } = await scene.publish('trips', { packages: PACKAGES });
  const image = `${scene.registry.registry}/shop/trips@${digest}`;
  const spec = { containers: [{ name: 'trips', image }] };
  const review = JSON.stringify(makeReview('Pod', '', { metadata: { name: 'pod' }, spec }));
  const serving = await ServerProcess.startProgram(program, scene.home);
  for (let at = 0; at < WARM_UP; at++) await serving.admit(review);
  const close = async (): Promise<void> => {
    await serving.close();
    await scene.close();
    clean();
  };
  return { admit: () => serving.admit(review), close };
}

/**
 * Warm reviews of one container by servers of this tree and of the one in BENCH_BASE, as packed and
 * after the compiler has seen enough of them. Both run, and some reviews of each are timed in turn.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'warm admission as packed, beside another tree',
  async measure(): Promise<Figure[]> {
    const base = process.env['BENCH_BASE'];
    if (base === undefined) {
      console.warn('skipped: BENCH_BASE names no other tree');
      return [];
    }
    const both = [await open(root), await open(base)];
    const times: [number[], number[]] = [[], []];
    try {
      for (let turn = 0; turn < TURNS; turn++)
        for (const [at, { admit }] of both.entries())
          for (let count = 0; count < REVIEWS_EACH; count++) times[at]?.push(await admit());
    } finally {
      for (const { close } of both) await close();
    }
    const [ours = 0, theirs = 0] = times.map((all) => timing(all).medianMs);
    return [
      { what: 'warm review, p50, this tree', value: ours, unit: 'ms', target: null },
      { what: 'warm review, p50, the other tree', value: theirs, unit: 'ms', target: null },
      { what: 'ratio', value: ours / theirs, unit: '×', target: { max: RATIO_MAX } },
    ];
  },
};
