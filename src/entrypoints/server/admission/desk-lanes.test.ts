import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { makePartialList, makeUnknownFact } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import { createUndeterminedVerdict, type ImageVerdict } from '../../../gates/desk/index.ts';
import { createUnknownRelease } from '../../../gates/facts/index.ts';
import { TooHeavy } from '../../../gates/image-evidence/index.ts';
import { DeskLanes } from './desk-lanes.ts';
import { packGraphFacts, packVerdict, unpackGraphFacts } from './desk-protocol.ts';
import { DeskThread } from './desk-thread-client.ts';

const IMAGE = 'registry.example.com/shop/trips:1';
const signal = new AbortController().signal;
const LARGE = LIMITS.lightDocumentsBytesMax + 1;
const ENDED = new Failure('DEADLINE_EXCEEDED', 'it was ended', 'Attach less.');

const decided = (by: string): ImageVerdict => ({
  ...{ image: IMAGE, resolved: by, refuses: false, cause: null, record: null },
  verdict: { decision: 'allow', results: [], validUntil: null },
});
const tooHeavy = (strangersBytes: number): ImageVerdict =>
  createUndeterminedVerdict(IMAGE, new TooHeavy(`${LARGE} bytes`, strangersBytes), true);

interface World {
  readonly light?: ImageVerdict;
  readonly strangers?: Result<ImageVerdict>;
  readonly trusted?: Result<ImageVerdict>;
}

function makeLanes({
  light = decided('light'),
  strangers = ok(decided('strangers')),
  trusted = ok(decided('trusted')),
}: World) {
  const asked: string[] = [];
  const answer = <T>(lane: string, value: T) => {
    asked.push(lane);
    return Promise.resolve(value);
  };
  const rest = { forget: () => undefined, close: async () => undefined };
  const lanes = new DeskLanes({
    light: { decide: () => answer('light', light), forget: () => undefined },
    strangers: { ask: () => answer('strangers', strangers), ...rest },
    trusted: { ask: () => answer('trusted', trusted), ...rest },
    isObserving: () => false,
    elapsedMs: () => 0,
  });
  const decide = () => lanes.decide(IMAGE, 'admission', null, signal);
  return { asked, decide };
}

describe('Where an image is decided', () => {
  it('truth B1: an image with small documents is decided at once', async () => {
    const { asked, decide } = makeLanes({});
    expect((await decide()).resolved).toBe('light');
    expect(asked).toEqual(['light']);
  });

  it('truth B1: large documents of trusted signers delay nobody else', async () => {
    const { asked, decide } = makeLanes({ light: tooHeavy(0) });
    expect((await decide()).resolved).toBe('trusted');
    expect((await decide()).resolved).toBe('trusted');
    expect(asked).toEqual(['light', 'trusted', 'trusted']);
  });

  it('truth B1: what strangers attached is read elsewhere, and given up if too much', async () => {
    const read = makeLanes({ light: tooHeavy(LARGE) });
    expect((await read.decide()).resolved).toBe('strangers');
    const given = makeLanes({ light: tooHeavy(LARGE), strangers: failed(ENDED) });
    expect((await given.decide()).resolved).toBe('trusted');
    expect((await given.decide()).resolved).toBe('trusted');
    expect(given.asked).toEqual(['light', 'strangers', 'trusted', 'trusted']);
  });

  it('truth B1: an image whose trusted documents are too much is undetermined', async () => {
    const { decide } = makeLanes({ light: tooHeavy(0), trusted: failed(ENDED) });
    const { verdict, refuses, cause } = await decide();
    expect([verdict.decision, refuses, cause?.code]).toEqual([
      'undetermined',
      true,
      'DEADLINE_EXCEEDED',
    ]);
  });
});

/** A thread that never answers, or breaks when it is asked. */
class FakeWorker extends EventEmitter {
  readonly #onAsk: (worker: FakeWorker) => void;
  ended = 0;

  constructor(onAsk: (worker: FakeWorker) => void) {
    super();
    this.#onAsk = onAsk;
  }

  postMessage(): void {
    this.#onAsk(this);
  }

  unref(): void {}

  async terminate(): Promise<number> {
    this.ended += 1;
    return 1;
  }
}

describe('A thread that decides about images', () => {
  const question = { image: IMAGE, gate: 'admission', workload: null } as const;
  function openThread(
    onAsk: (worker: FakeWorker) => void,
    keepDecided: () => void | Promise<void> = () => undefined,
  ) {
    const workers: FakeWorker[] = [];
    const thread = new DeskThread({
      start: () => {
        const worker = new FakeWorker(onAsk);
        workers.push(worker);
        return worker as unknown as Worker;
      },
      decided: keepDecided,
      counted: { verified: () => undefined, cached: () => undefined },
      graph: async () => ({ release: createUnknownRelease(), exposures: [] }),
      patienceMs: 100,
      idleMs: 60_000,
    });
    return { thread, workers };
  }

  it('truth B1: is ended when it answers nothing, and starts again', async () => {
    const { thread, workers } = openThread(() => undefined);
    const answer = await thread.ask(question);
    expect(answer).toMatchObject({ ok: false, failure: { code: 'DEADLINE_EXCEEDED' } });
    expect(workers[0]?.ended).toBe(1);
    expect((await thread.ask(question)).ok).toBe(false);
    expect(workers).toHaveLength(2);
    await thread.close();
  });

  it('truth B1: that runs out of memory fails its questions, and no others', async () => {
    const { thread } = openThread((worker) =>
      worker.emit('error', new RangeError('out of memory')),
    );
    expect((await thread.ask(question)).ok).toBe(false);
    await thread.close();
  });

  it('truth B5: an answer whose decision cannot be kept is none, and the next one is', async () => {
    const full = new Failure('DISK_FULL', 'x', 'x');
    let keep: () => Promise<void> = () => Promise.reject(full);
    let asked = 0;
    const { thread } = openThread(
      (worker) => {
        const id = ++asked;
        worker.emit('message', { kind: 'decided', event: {} });
        worker.emit('message', { kind: 'verdict', id, verdict: packVerdict(decided('thread')) });
      },
      () => keep(),
    );
    expect(await thread.ask(question)).toMatchObject({ ok: false, failure: full });
    keep = async () => undefined;
    expect(await thread.ask(question)).toMatchObject({ ok: true });
    await thread.close();
  });

  it('gets the release that the graph knows, or why it is unknown', () => {
    const unknown = createUnknownRelease();
    const sent = (facts: object) =>
      unpackGraphFacts(structuredClone(packGraphFacts(facts as never)));
    expect(sent({ release: unknown, exposures: [] }).release).toEqual(unknown);
    const release = { name: 'trips', version: '1', owner: null, repository: unknown, commit: 'c' };
    expect(sent({ release, exposures: [] }).release).toEqual(release);
    const exposure = { finding: { id: 'CVE-1' }, image: IMAGE };
    expect(sent({ release, exposures: [exposure] }).exposures).toEqual([exposure]);
    const gap = new Failure('STORE_CORRUPT', 'no graph', 'Ask again.');
    expect(sent({ release, exposures: makeUnknownFact(gap) }).exposures).toMatchObject({
      items: [],
      rest: { failure: { message: 'no graph' } },
    });
    const partial = makePartialList([exposure], gap);
    expect(sent({ release, exposures: partial }).exposures).toEqual(partial);
  });
});
