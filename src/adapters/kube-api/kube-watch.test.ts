import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeApi } from '../../../test/support/kube-api.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ClusterAccess } from './access.ts';
import { computePauseMs, followKind } from './follow-kind.ts';
import { type KubeClient, openKubeClient } from './kube-client.ts';

const PODS = '/api/v1/pods';
const RESOURCE = { path: PODS, isMetadata: false };

let api: KubeApi;
let client: KubeClient;
let stopping: AbortController;
let following: Promise<void>;
let names: Set<string>;
let pauses: number[];
let failures: string[];
let isCurrent: boolean;

beforeEach(async () => {
  api = await KubeApi.open();
  const access: ClusterAccess = {
    ...{ server: new URL(api.url), tls: {}, readToken: () => 'token', isInside: true },
  };
  client = openKubeClient(access, {});
  stopping = new AbortController();
  [names, pauses, failures, isCurrent] = [new Set(), [], [], false];
});
afterEach(async () => {
  stopping.abort();
  client.close();
  await following;
  await api.close();
});

const readName = (object: JsonObject) => (object['metadata'] as { name: string }).name;

function follow(): void {
  const sink = {
    shrink: (items: readonly JsonObject[]) => items.map(readName),
    replace: (all: readonly string[]) => {
      names = new Set(all);
    },
    apply: (object: JsonObject, isGone: boolean) =>
      void (isGone ? names.delete(readName(object)) : names.add(readName(object))),
    current: (now: boolean) => {
      isCurrent = now;
    },
    failed: ({ code }: { code: string }) => void failures.push(code),
  };
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  const surroundings = { pause, random: () => 1, nowMs: () => performance.now() };
  following = followKind(client, RESOURCE, sink, surroundings, stopping.signal);
}

const put = (name: string) => api.put(PODS, { metadata: { name } });
const sorted = () => [...names].toSorted();
const soon = { timeout: 5_000, interval: 5 };

describe('P12: the objects of one kind in a cluster', () => {
  it('are listed in pages once, and then only their changes are asked for', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) put(name);
    follow();
    await expect.poll(() => api.watching(PODS), soon).toBe(true);
    expect(sorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    put('f');
    api.remove(PODS, 'a');
    await expect.poll(sorted, soon).toEqual(['b', 'c', 'd', 'e', 'f']);
    expect(api.asked).toEqual([...Array<string>(3).fill(`list ${PODS}`), `watch ${PODS}`]);
  });

  it('go on at the last version, or bookmark, when the API server ends a watch', async () => {
    put('a');
    follow();
    await expect.poll(() => api.watching(PODS), soon).toBe(true);
    api.bookmark();
    api.endWatches();
    put('b');
    await expect.poll(sorted, soon).toEqual(['a', 'b']);
    expect(api.asked.filter((one) => one.startsWith('list'))).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('are listed again where the version is gone (410), without what has ended', async () => {
    put('a');
    put('b');
    follow();
    await expect.poll(() => api.watching(PODS), soon).toBe(true);
    api.remove(PODS, 'a');
    put('c');
    api.forget();
    api.endWatches();
    await expect.poll(sorted, soon).toEqual(['b', 'c']);
    await expect.poll(() => api.asked.filter((one) => one.startsWith('list')).length, soon).toBe(2);
  });

  it('are listed again where the watch itself says 410', async () => {
    put('a');
    follow();
    await expect.poll(() => api.watching(PODS), soon).toBe(true);
    const object = { kind: 'Status', code: 410, reason: 'Expired' };
    api.say(PODS, `${JSON.stringify({ type: 'ERROR', object })}\n`);
    await expect.poll(() => api.asked.filter((one) => one.startsWith('list')).length, soon).toBe(2);
    expect(failures).toEqual([]);
  });

  it.each([
    ['no JSON', 'nonsense\n'],
    ['an error of its own', `${JSON.stringify({ type: 'ERROR', object: { code: 500 } })}\n`],
    ['an event without an object', '{"type":"ADDED"}\n'],
  ])('survive %s in a watch', async (_, line) => {
    put('a');
    follow();
    await expect.poll(() => api.watching(PODS), soon).toBe(true);
    api.say(PODS, line);
    await expect.poll(() => failures.length, soon).toBe(1);
    put('b');
    await expect.poll(sorted, soon).toEqual(['a', 'b']);
  });

  it('an event without an end is not kept', async () => {
    follow();
    await expect.poll(() => api.watching(PODS), soon).toBe(true);
    const piece = 'x'.repeat(1024 * 1024);
    for (let sent = 0; sent <= LIMITS.watchEventBytesMax; sent += piece.length)
      api.say(PODS, piece);
    await expect.poll(() => failures, { ...soon, timeout: 20_000 }).toEqual(['LIMIT_EXCEEDED']);
  });

  it('are not current while the API server is away, and are asked for more slowly', async () => {
    put('a');
    follow();
    await expect.poll(() => isCurrent, soon).toBe(true);
    api.broken = 503;
    api.endWatches();
    await expect.poll(() => failures.length, soon).toBeGreaterThan(2);
    expect([isCurrent, pauses[1] ?? 0, sorted()]).toEqual([false, 2 * (pauses[0] ?? 1), ['a']]);
    api.broken = null;
    await expect.poll(() => isCurrent, soon).toBe(true);
  });

  it('pauses double up to a limit, and chance takes at most half', () => {
    expect([1, 2, 3].map((tries) => computePauseMs(tries, 1))).toEqual([500, 1_000, 2_000]);
    expect([computePauseMs(60, 1), computePauseMs(60, 0)]).toEqual([
      LIMITS.watchPauseMs,
      LIMITS.watchPauseMs / 2,
    ]);
  });
});
