import type { Estate, EstateImage, GraphQuestions } from '../../capabilities/graph/index.ts';
import type { Failure } from '../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import { mapInParallel } from '../../core/map-in-parallel.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../core/result.ts';

/** An image that is to be scanned again, in one repository. */
export interface RescanTarget {
  readonly name: string;
  readonly reference: Result<ImageReference>;
}

export interface ReleasedImages {
  readonly targets: readonly RescanTarget[];
  /** What runs and belongs to no release that is known here: nobody here may scan it again. */
  readonly unreleased: readonly string[];
  /** What runs without a known digest: `eu/shop/Deployment/trips (trips:1)`. */
  readonly undigested: readonly string[];
  /** There are more of them. */
  readonly undigestedMore: boolean;
  /** Clusters of which it is not known what runs: `eu`; null: no cluster was observed. */
  readonly unseen: readonly string[] | null;
}

const PAGE_IMAGES = 500;

/**
 * The images of all releases, or of those that run, by digest: in the repository of the newest
 * release and in each one from which a workload runs it, because admission reads the scan there.
 * Of all releases, also in every other repository that the same image was released to.
 */
export async function listReleasedImages(
  questions: GraphQuestions,
  which: 'all' | 'running',
): Promise<ReleasedImages> {
  const targets: RescanTarget[] = [];
  const unreleased: string[] = [];
  let open: Omit<Estate, 'images' | 'next'> | null = null;
  let after: string | null = null;
  do {
    const page: Estate = orThrow(
      await questions.ask({ name: 'estate', page: { rowsMax: PAGE_IMAGES, after } }),
    );
    open ??= page;
    for (const image of page.images) {
      if (which === 'running' && image.deployments.length === 0) continue;
      if (image.release === null) unreleased.push(image.reference || image.digest);
      else targets.push(...listPlaces(image, which === 'all' ? image.references : []));
    }
    after = page.next;
  } while (after !== null);
  const undigested = open.undigested.map(
    ({ cluster, namespace, workload: { kind, name }, reference }) =>
      `${cluster}/${namespace}/${kind}/${name} (${reference})`,
  );
  return {
    targets,
    unreleased,
    undigested,
    undigestedMore: open.undigestedMore,
    unseen: open.observed ? open.silent.map(({ cluster }) => cluster) : null,
  };
}

function listPlaces(
  { digest, reference, deployments }: EstateImage,
  more: readonly string[],
): readonly RescanTarget[] {
  const places = new Map<string, RescanTarget>();
  for (const text of [reference, ...deployments.map((one) => one.reference), ...more]) {
    if (text === '') continue;
    // Never a path: what a record names must not lead to a file of this machine.
    const parsed = parseImageReference(text);
    const pinned = parsed.ok ? ok({ ...parsed.value, digest }) : parsed;
    const key = pinned.ok ? formatRepository(pinned.value) : text;
    const name = pinned.ok ? formatImageReference(pinned.value) : text;
    if (!places.has(key)) places.set(key, { name, reference: pinned });
  }
  return [...places.values()];
}

export interface RescanWorld<T> {
  readonly rescan: (
    target: RescanTarget,
    reference: ImageReference,
    signal: AbortSignal,
  ) => Promise<Result<T>>;
  /** How many images are scanned at the same time. */
  readonly width: number;
  readonly signal: AbortSignal;
  /** A signal that aborts after this number of milliseconds. */
  readonly deadline: (ms: number) => AbortSignal;
  /** Called for each image that was scanned again, or could not be. */
  readonly progress: (images: number, total: number) => void;
}

export interface RescanResults<T> {
  readonly done: readonly T[];
  readonly failed: readonly { readonly target: string; readonly failure: Failure }[];
}

/**
 * Scans the images again. One that fails is a line of the result and ends no other. Throws where
 * nothing more can be recorded, and when it is interrupted: what is attached stays.
 */
export async function rescanEach<T>(
  targets: readonly RescanTarget[],
  world: RescanWorld<T>,
): Promise<RescanResults<T>> {
  let finished = 0;
  let broken: Failure | null = null;
  const results = await mapInParallel(targets, world.width, async (target) => {
    world.signal.throwIfAborted();
    if (broken !== null) throw broken;
    const within = AbortSignal.any([world.signal, world.deadline(LIMITS.rescanImageMs)]);
    const { reference } = target;
    // mutant rescan-ended-by-one-image by rescan: value -> ok($call2)
    const result = reference.ok
      ? await attempt(async () => orThrow(await world.rescan(target, reference.value, within)))
      : failed(reference.failure);
    world.signal.throwIfAborted();
    if (!result.ok && concernsAll(result.failure)) {
      broken = result.failure;
      throw broken;
    }
    finished += 1;
    world.progress(finished, targets.length);
    return { target: target.name, result };
  });
  return {
    done: results.flatMap(({ result }) => (result.ok ? [result.value] : [])),
    failed: results.flatMap(({ target, result }) =>
      result.ok ? [] : [{ target, failure: result.failure }],
    ),
  };
}

/** What is wrong here, and not with the image. */
function concernsAll({ code }: Failure): boolean {
  return code.startsWith('STORE_') || code === 'DISK_FULL' || code === 'KEY_UNUSABLE';
}
