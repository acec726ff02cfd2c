import { afterEach, describe, expect, it } from 'vitest';
import { DeskWorld, inNamespace } from '../../../../test/support/desk-world.ts';
import {
  attach,
  debianComponent,
  pinned,
  sbomDocument,
  worldKeys,
} from '../../../../test/support/evidence-world.ts';
import type { DecisionEvidence } from '../../../capabilities/evidence/index.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, failed, ok } from '../../../core/result.ts';
import type { DecisionEvent } from '../../../gates/desk/index.ts';
import { DecisionBudget } from './decision-budget.ts';
import type { JournalSegment } from './decision-journal.ts';
import { DecisionLog, type DecisionLogPorts } from './decision-log.ts';
import { FairQueue } from './fair-queue.ts';
import type { JournalEntry } from './journal-entry.ts';

async function aDecision(more: object = {}): Promise<DecisionEvent> {
  const world = new DeskWorld(await worldKeys());
  await world.decide(pinned(await world.image()), inNamespace('shop', more));
  const [decided] = world.decided;
  if (decided === undefined) throw new Error('nothing was decided');
  return decided;
}

const unhandled: unknown[] = [];
const note = (reason: unknown): void => void unhandled.push(reason);
process.on('unhandledRejection', note);
afterEach(() => process.off('unhandledRejection', note));

function makeLog(
  append: DecisionLogPorts['append'],
  pendingMax = 300,
  more: Pick<DecisionLogPorts, 'journals'> = {},
) {
  const lost: string[] = [];
  const ports = {
    ...more,
    append,
    pendingMax,
    lost: ({ code }: Failure) => void lost.push(code),
    pause: async () => 0,
  };
  return { lost, log: new DecisionLog(ports) };
}

/** The same decision about another image or from elsewhere. */
const about = (decided: DecisionEvent, name: string, namespace = 'shop'): DecisionEvent => ({
  ...decided,
  subject: sha256(name),
  workload: inNamespace(namespace),
});

const refused = (decided: DecisionEvent): DecisionEvent => {
  const { verdict, record } = decided.evaluation;
  const evaluation = {
    ...decided.evaluation,
    verdict: { ...verdict, decision: 'deny' as const },
    record: { ...record, decision: 'deny' as const },
  };
  return { ...decided, evaluation };
};

/** A database that is stuck until `open`, and what it got then. */
function stuckDatabase() {
  const records: DecisionEvidence[] = [];
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const append: DecisionLogPorts['append'] = async (inputs) => {
    await opened;
    for (const { kind, body } of inputs)
      if (kind === 'decision') records.push(JSON.parse(Buffer.from(body).toString()));
    return ok([]);
  };
  return { records, open, append };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('The log of decisions', () => {
  it('a dead writer or an unwritable record is reported and affects nothing else', async () => {
    const decided = await aDecision();
    for (const [append, code] of [
      [() => Promise.reject(new Error('the thread ended')), 'INTERNAL'],
      [async () => failed(new Failure('DISK_FULL', 'x', 'x')), 'DISK_FULL'],
    ] as const) {
      const { log, lost } = makeLog(append);
      await log.record(decided);
      await log.close();
      expect(lost).toEqual([code]);
      await log.record(decided);
      await log.close();
      expect(lost).toHaveLength(2);
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });

  it('the same decision is recorded once, and a different one again', async () => {
    const decided = await aDecision();
    let appended = 0;
    const { log, lost } = makeLog(async (inputs) => {
      appended += inputs.filter(({ kind }) => kind === 'decision').length;
      return ok([]);
    });
    await log.record(decided);
    await log.record(decided);
    await log.record({ ...decided, subject: sha256('another image') });
    await log.close();
    expect([appended, lost]).toEqual([2, []]);
  });

  it('truth B5: a flood of refusals pushes no admission or other refusal out', async () => {
    const decided = await aDecision();
    const { records, open, append } = stuckDatabase();
    const { log, lost } = makeLog(append);
    const flood = refused(decided);
    for (let at = 0; at < 900; at++) void log.record(about(flood, `${at}`, 'evil'));
    void log.record(about(decided, 'ours'));
    void log.record(about(flood, 'ours too', 'innocent'));
    open();
    await log.close();
    const subjects = new Set(records.map(({ subject }) => subject));
    expect([subjects.has(sha256('ours')), subjects.has(sha256('ours too'))]).toEqual([true, true]);
    const counted = records.reduce((sum, { decisions = 1 }) => sum + decisions, 0);
    expect([counted, lost]).toEqual([902, []]);
    expect(records.length).toBeLessThan(310);
  });

  it('truth B5: an admission waits while too many wait, and a refusal never does', async () => {
    const decided = await aDecision();
    const { records, open, append } = stuckDatabase();
    const { log, lost } = makeLog(append);
    const done: string[] = [];
    const most = 300 + 200; // those that are being written have left
    for (let at = 0; at < most; at++) {
      if (at === 200) await settle();
      void log.record(about(decided, `${at}`));
    }
    void log.record(about(decided, 'late')).then(() => done.push('late'));
    void log.record(about(refused(decided), 'no')).then(() => done.push('no'));
    await settle();
    expect(done).toEqual(['no']);
    open();
    await log.close();
    expect([done, lost, records.length]).toEqual([['no', 'late'], [], most + 2]);
  });

  it('truth B5: a refusal by name alone is recorded, with its facts', async () => {
    const world = new DeskWorld(await worldKeys());
    const image = `elsewhere.example.com/shop/trips@${sha256('x')}`;
    expect(await world.decide(image)).toBe('deny');
    const { records, open, append } = stuckDatabase();
    const { log, lost } = makeLog(append);
    open();
    for (const decided of world.decided) await log.record(decided);
    await log.close();
    expect([records.length, lost]).toEqual([1, []]);
  });

  it.each(['STORE_LOCKED', 'STORE_UNREACHABLE'] as const)(
    'truth B5: a database that is %s is tried again',
    async (code) => {
      const decided = await aDecision();
      let tries = 0;
      const { log, lost } = makeLog(async () => {
        tries += 1;
        return tries < 4 ? fail(code, 'x', 'x') : ok([]);
      });
      await log.record(decided);
      await log.close();
      expect([tries, lost]).toEqual([4, []]);
    },
  );

  it('truth B4: namespaces that somebody makes up lead to few records', async () => {
    const decided = await aDecision();
    const { records, open, append } = stuckDatabase();
    const { log, lost } = makeLog(append);
    open();
    for (let at = 0; at < 500; at++) await log.record(about(decided, 'one', `made-up-${at}`));
    await log.close();
    const [sum] = records.filter(({ decisions }) => decisions !== undefined);
    expect(sum).toMatchObject({ decisions: 500 - LIMITS.decisionsPerDigestMax });
    expect([records.length, lost]).toEqual([LIMITS.decisionsPerDigestMax + 1, []]);
  });
});

/** A journal whose disk is asked for each entry. */
function fakeJournal(append: (entry: JournalEntry) => Promise<JournalSegment>) {
  const settled: number[] = [];
  const settle = (_: JournalSegment, entries = 1) => void settled.push(entries);
  const decisions = { append, settle };
  return { settled, journals: { decisions, sums: decisions } };
}
const SEGMENT = { path: 'x', bytes: 0, waiting: 0 } as JournalSegment;

describe('The journal of decisions that are not in the log yet', () => {
  it('truth B5: an admission, and an equal one, resolves when it is kept', async () => {
    const decided = await aDecision();
    let keep: () => void = () => undefined;
    const kept = new Promise<JournalSegment>((resolve) => {
      keep = () => resolve(SEGMENT);
    });
    const { settled, journals } = fakeJournal(() => kept);
    const { log, lost } = makeLog(async () => ok([]), 300, { journals });
    const done: string[] = [];
    const both = [log.record(decided), log.record(decided)].map((one, at) =>
      one.then(() => done.push(`${at}`)),
    );
    await settle();
    expect(done).toEqual([]);
    keep();
    await Promise.all(both);
    await log.close();
    expect([done.length, lost, settled]).toEqual([2, [], [1]]);
  });

  it('truth B5: an admission that cannot be kept is refused, and a refusal is not', async () => {
    const decided = await aDecision();
    const { records, open, append } = stuckDatabase();
    const full = () => Promise.reject(new Failure('DISK_FULL', 'x', 'x'));
    const { journals } = fakeJournal(full);
    const { log, lost } = makeLog(append, 300, { journals });
    await expect(log.record(decided)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await expect(log.record(decided)).rejects.toMatchObject({ code: 'DISK_FULL' });
    await log.record(about(refused(decided), 'no'));
    open();
    await log.close();
    expect(records.map(({ decision }) => decision)).toEqual(['deny']);
    expect(lost).toEqual(['DISK_FULL', 'DISK_FULL']);
  });

  it('truth B5: refusals leave half of it to admissions, and are summed up', async () => {
    const decided = await aDecision();
    const { records, open, append } = stuckDatabase();
    const shares: number[] = [];
    const decisions = {
      settle: () => undefined,
      append: async (_: JournalEntry, share = 1) => {
        shares.push(share);
        if (share < 1) throw new Failure('LIMIT_EXCEEDED', 'x', 'x');
        return SEGMENT;
      },
    };
    const { log, lost } = makeLog(append, 300, { journals: { decisions, sums: decisions } });
    await log.record(decided);
    for (const name of ['a', 'b']) await log.record(about(refused(decided), name));
    open();
    await log.close();
    expect(shares).toEqual([1, 0.5, 1, 0.5, 1]);
    expect(records.map(({ decisions: count }) => count)).toEqual([undefined, 2]);
    expect(lost).toEqual([]);
  });

  it('truth B5: what the database cannot take stays, and what it refuses goes', async () => {
    const decided = await aDecision();
    for (const [code, expected] of [
      ['DISK_FULL', []],
      ['EVIDENCE_REJECTED', [1]],
    ] as const) {
      const { settled, journals } = fakeJournal(async () => SEGMENT);
      const { log, lost } = makeLog(async () => fail(code, 'x', 'x'), 300, { journals });
      await log.record(decided);
      await log.close();
      expect([settled, lost]).toEqual([expected, [code]]);
    }
  });
});

describe('The budget of an hour', () => {
  it('truth B4: refusals are bounded; a source that caused few still has its own', async () => {
    const decided = refused(await aDecision());
    const budget = new DecisionBudget();
    const spend = (at: number, namespace: string, now = decided.now) =>
      budget.spend({ ...about(decided, `${namespace} ${at}`, namespace), now }) === null;
    for (let at = 0; at < LIMITS.refusalsPerHourMax; at++) expect(spend(at, 'evil')).toBe(true);
    expect(spend(-1, 'evil')).toBe(false);
    expect(spend(-1, 'innocent')).toBe(true);
    expect(budget.spend(about(await aDecision(), 'admitted', 'evil'))).toBe(null);
    expect(budget.takeSums()).toMatchObject([{ count: 1 }]);
    expect(spend(-1, 'evil', toInstant(decided.now + 3_600_000))).toBe(true);
  });

  it('truth B4: namespaces that an address makes up take no share of other addresses', async () => {
    const decided = refused(await aDecision());
    const budget = new DecisionBudget();
    let at = 0;
    const spend = (source: string, namespace: string) => {
      const workload = inNamespace(namespace, { source });
      return budget.spend({ ...decided, subject: sha256(`${++at}`), workload }) === null;
    };
    const spendAll = (source: string, times = 5_000) =>
      Array.from({ length: times }, () => spend(source, `made-up-${at % 50}`)).filter(
        (isRecorded) => isRecorded,
      ).length;
    const own = LIMITS.refusalsPerHourMax + LIMITS.refusalsPerAddressMin;
    expect(spendAll('192.0.2.66', own + 500)).toBe(own);
    expect(spend('192.0.2.1', 'shop')).toBe(true);
    const others = Array.from({ length: 8 }, (_, host) => `198.51.100.${host}`);
    const all = others.reduce((sum, source) => sum + spendAll(source), own + 1);
    expect(all).toBe(LIMITS.refusalsPerHourMax + LIMITS.refusalsReservedMax);
  });

  it('truth B4: admissions are bounded too; a quiet source still has its own', async () => {
    const decided = await aDecision();
    const budget = new DecisionBudget();
    let at = 0;
    const spend = (source: string, now = decided.now) => {
      const workload = inNamespace('shop', { source });
      return budget.spend({ ...decided, now, subject: sha256(`${++at}`), workload }) === null;
    };
    for (let each = 0; each < LIMITS.admissionsPerHourMax; each++)
      if (!spend('192.0.2.66')) throw new Error(`${each} are few`);
    expect(spend('192.0.2.66')).toBe(false);
    expect(spend('192.0.2.1')).toBe(true);
    expect(budget.spend(refused(decided))).toBe(null);
    expect(budget.takeSums()).toMatchObject([{ count: 1 }]);
    expect(spend('192.0.2.66', toInstant(decided.now + 3_600_000))).toBe(true);
  });

  it('truth B4: facts from documents of strangers are bounded', async () => {
    const decided = await aDecision();
    const budget = new DecisionBudget();
    const max = LIMITS.factsOfUnsignedBytesMax;
    expect(budget.spendFacts(decided, max)).toBe(true);
    expect(budget.spendFacts(decided, 1)).toBe(false);
    const images = LIMITS.factsOfUnsignedPerHourBytesMax / max;
    const fits = Array.from({ length: images }, (_, at) =>
      budget.spendFacts(about(decided, `${at}`), max),
    );
    expect(fits.filter((one) => one)).toHaveLength(images - 1);
  });

  it('truth B4: of a large unsigned document, no facts are recorded', async () => {
    const world = new DeskWorld(await worldKeys());
    const subject = await world.image();
    await world.decide(pinned(subject));
    const many = Array.from({ length: 12_000 }, (_, at) => debianComponent(`package-${at}`));
    await attach(world.registry, subject, sbomDocument(many), null);
    world.desk.forget(subject.digest);
    await world.decide(pinned(subject));
    const kinds: number[] = [];
    const { log } = makeLog(async (inputs) => {
      kinds.push(inputs.filter(({ kind }) => kind === 'facts').length);
      return ok([]);
    });
    for (const decided of world.decided) {
      await log.record(decided);
      await settle();
    }
    await log.close();
    expect(kinds).toEqual([expect.toSatisfy((facts: number) => facts > 0), 0]);
  });
});

it('truth B5: a full queue takes from the largest source, and serves all in turn', () => {
  const queue = new FairQueue<string>({ itemsMax: 3, sourcesMax: 2 });
  const push = (address: string, item: string) => queue.push({ address, namespace: '' }, item);
  expect(['b1', 'a1', 'a2', 'a3'].map((item) => push(item[0] ?? '', item))).toEqual([
    null,
    null,
    null,
    'a3',
  ]);
  expect(push('b', 'b2')).toBe('b2');
  expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([
    'b1',
    'a1',
    'a2',
    null,
  ]);
  for (const source of ['c', 'd', 'e', 'f']) push(source, source);
  expect(queue.size).toBe(3);
});

it('truth B5: an address that makes up namespaces takes its own places in a full queue', () => {
  const queue = new FairQueue<string>({ itemsMax: 100, sourcesMax: 8 });
  for (let at = 0; at < 99; at++)
    queue.push({ address: 'evil', namespace: `made-up-${at}` }, 'flood');
  const real = { address: 'innocent', namespace: 'shop' };
  expect(queue.push(real, 'real')).toBe(null);
  for (let at = 0; at < 1_000; at++)
    expect(queue.push({ address: 'evil', namespace: `other-${at}` }, 'flood')).toBe('flood');
  expect([1, 2, 3, 4].map(() => queue.shift())).toContain('real');
});
