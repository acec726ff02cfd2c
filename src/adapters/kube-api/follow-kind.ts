import { Failure, toFailure } from '../../core/failure.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import type { KubeClient, WatchedResource } from './kube-client.ts';

/** Where the objects of one kind go. */
export interface KindSink<T> {
  /** The whole list, when the last page was read: what is not in it does not exist. */
  readonly replace: (objects: readonly T[]) => void;
  readonly apply: (object: JsonObject, isGone: boolean) => void;
  /** Whether the objects are known to be those of now: a watch is open. */
  readonly current: (isCurrent: boolean) => void;
  /** The watch ended with a failure, and is tried again. */
  readonly failed: (failure: Failure) => void;
  /** One page becomes what is kept of it, so that a large list is not held twice. */
  readonly shrink: (items: readonly JsonObject[]) => readonly T[];
}

export interface FollowSurroundings {
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Evenly distributed from 0 up to 1. */
  readonly random: () => number;
  readonly nowMs: () => number;
}

/**
 * Lists the objects of a kind and follows their changes until the signal: as the API server ends a
 * watch it goes on at the last version; where that version is gone (410) it lists again. Failures
 * are told, and tried again after a pause that grows.
 */
export async function followKind<T>(
  client: KubeClient,
  resource: WatchedResource,
  sink: KindSink<T>,
  { pause, random, nowMs }: FollowSurroundings,
  signal: AbortSignal,
): Promise<void> {
  let version: string | null = null;
  let tries = 0;
  while (!signal.aborted) {
    const began = nowMs();
    try {
      version ??= await listAll(client, resource, sink, signal);
      version = await watchOn(client, { resource, version }, sink, signal);
      // A watch that ends at once, again and again, is asked for more slowly.
      tries = nowMs() - began < SHORT_MS ? tries + 1 : 0;
    } catch (thrown) {
      if (signal.aborted) break;
      tries += 1;
      sink.failed(toFailure(thrown));
    } finally {
      sink.current(false);
    }
    // mutant watch-without-a-pause by kube-watch: condition -> false
    if (tries > 0) await pause(computePauseMs(tries, random()), signal);
  }
}

const SHORT_MS = 1_000;

/** Doubles from half a second to the limit; part of it is chance, so that watchers do not agree. */
export function computePauseMs(tries: number, chance: number): number {
  return Math.min(LIMITS.watchPauseMs, 250 * 2 ** Math.min(tries, 20)) * (0.5 + chance / 2);
}

/** The version of the list. A page whose turn came too late (410) begins the list again. */
async function listAll<T>(
  client: KubeClient,
  resource: WatchedResource,
  sink: KindSink<T>,
  signal: AbortSignal,
): Promise<string> {
  const pages: (readonly T[])[] = [];
  let next = '';
  do {
    const page = await client.list(resource, next, signal);
    pages.push(sink.shrink(page.items));
    next = page.next;
    if (next === '') {
      sink.replace(pages.flat());
      return page.version;
    }
  } while (pages.length < PAGES_MAX);
  throw new Failure(
    'LIMIT_EXCEEDED',
    `the list of ${resource.path} has over ${PAGES_MAX} pages`,
    'Report this: no known cluster is as large.',
  );
}

const PAGES_MAX = 2_000;

/** Where the next watch goes on; null: the version is gone. */
async function watchOn(
  client: KubeClient,
  { resource, version }: { readonly resource: WatchedResource; readonly version: string },
  sink: Pick<KindSink<unknown>, 'apply' | 'current'>,
  signal: AbortSignal,
): Promise<string | null> {
  const events = await client.watch(resource, version, signal);
  if (events === null) return null;
  sink.current(true);
  let last = version;
  for await (const event of events) {
    // mutant watch-goes-on-after-410 by kube-watch: condition -> false
    if (event === null) return null;
    const metadata = event.object['metadata'] as JsonObject | undefined;
    const { resourceVersion } = metadata ?? {};
    if (typeof resourceVersion === 'string') last = resourceVersion;
    if (event.type !== 'BOOKMARK') sink.apply(event.object, event.type === 'DELETED');
  }
  return last;
}
