import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Notice } from './notice.ts';
import type { StandingQuestion } from './standing-document.ts';
import { reviveDelivery, StandingRounds } from './standing-rounds.ts';
import { StandingStore } from './standing-store.ts';

/** O2, O8: who asked to know is told, once, of each change. */
const QUESTION: StandingQuestion = {
  ...{ apiVersion: 'waybill.dev/v1', kind: 'StandingQuestion', name: 'log4shell' },
  ...{ question: 'exposure', parameters: { vulnerability: 'CVE-2021-44228' }, digestMs: 0 },
  targets: [{ kind: 'slack', url: 'https://chat.example.com/hook/secret' }],
};
let folder: string;
let now: number;
let size: number;
let clusters: string[];
let sent: Notice[];
let failing: Failure | null;
let refusal: Failure | null;
let logged: object[];

const answer = () => ({
  names: ['CVE-2021-44228'],
  releases: [
    {
      ...{ name: 'trips', version: '1.4', evidence: [{ document: `sha256:${size}` }] },
      deployments: clusters.map((cluster) => ({
        cluster,
        until: `${now}`,
        workload: { name: 'a' },
      })),
    },
  ],
  next: null,
});

function open(): StandingRounds {
  return new StandingRounds({
    store: new StandingStore(folder),
    questions: async () => {
      if (refusal !== null) throw refusal;
      return { json: answer(), exitCode: 1 };
    },
    readSize: async () => size,
    send: async (notice) => {
      if (failing !== null) throw failing;
      sent.push(notice);
    },
    now: () => toInstant(now),
    source: 'eu-1',
    log: (entry) => void logged.push(entry),
  });
}
const store = () => new StandingStore(folder);
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-standing-'));
  [now, size, clusters] = [Date.parse('2026-01-31T12:00:00Z'), 1, ['eu-1']];
  [sent, failing, refusal, logged] = [[], null, null, []];
  await store().add(QUESTION);
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Something new was recorded. */
function change(...running: readonly string[]): void {
  clusters = [...running];
  size++;
  now += 1_000;
}
const told = () => sent.map(({ changes }) => changes.map((one) => [one.change, one.row.says]));

describe('O8: a standing question', () => {
  it('tells of each change once; the first answer and what is as before are no news', async () => {
    const rounds = open();
    await rounds.run();
    change('eu-1');
    await rounds.run();
    expect(sent).toEqual([]);
    change('eu-1', 'us-1');
    await rounds.run();
    await rounds.run();
    expect(told()).toEqual([[['added', { cluster: 'us-1', 'workload.name': 'a' }]]]);
    expect(sent[0]).toMatchObject({ standing: 'log4shell', source: 'eu-1', exitCode: 1 });
    change('us-1');
    await rounds.run();
    expect(told()[1]).toEqual([['removed', { cluster: 'eu-1', 'workload.name': 'a' }]]);
  });

  it('of a name that nobody knows yet has no rows: the first that comes is news', async () => {
    refusal = new Failure('UNKNOWN_NAME', 'no component is called a', 'Import SBOMs.');
    const rounds = open();
    await rounds.run();
    refusal = null;
    change('eu-1');
    await rounds.run();
    expect(told()).toHaveLength(1);
    expect(logged).toEqual([]);
  });

  it('that fails is said once, and asked again a little later', async () => {
    refusal = new Failure('STORE_LOCKED', 'busy', 'Wait.');
    const rounds = open();
    for (let look = 0; look < 5; look++) await rounds.run();
    expect(logged).toHaveLength(1);
    now += 31_000;
    await rounds.run();
    expect(logged).toHaveLength(2);
  });

  it('survives a restart: what was told is not told again, what was not is', async () => {
    await open().run();
    change('eu-1', 'us-1');
    await open().run();
    await open().run();
    expect(sent).toHaveLength(1);
    change('us-1');
    failing = new Failure('DEADLINE_EXCEEDED', 'it is away', 'Wait.');
    await open().run();
    failing = null;
    now += 60_000;
    await open().run();
    expect(sent).toHaveLength(2);
  });

  it('a crash between notice and state makes the same notice, with the same id', async () => {
    await open().run();
    const before = store().readState('log4shell');
    change('us-1');
    await open().run();
    if (before !== null) await store().writeState('log4shell', before);
    await open().run();
    expect(sent.map(({ id }) => id)).toEqual([sent[0]?.id, sent[0]?.id]);
  });

  it('a digest is one notice of all changes in its time', async () => {
    await store().add({ ...QUESTION, digestMs: 3_600_000 });
    const rounds = open();
    await rounds.run();
    change('eu-1', 'us-1');
    await rounds.run();
    change('eu-1', 'us-1', 'us-2');
    await rounds.run();
    expect(sent).toEqual([]);
    now += 3_600_000;
    await rounds.run();
    expect(told()).toMatchObject([
      [
        ['added', { cluster: 'us-1' }],
        ['added', { cluster: 'us-2' }],
      ],
    ]);
  });
});

describe('a notice that cannot be delivered', () => {
  const fall = async (failure: Failure, hours: number) => {
    await open().run();
    change('us-1');
    failing = failure;
    for (let hour = 0; hour < hours; hour++) {
      await open().run();
      now += 3_600_001;
    }
  };

  it('is tried again, later each time, then given up and kept; nobody loses it', async () => {
    await fall(new Failure('DEADLINE_EXCEEDED', 'it is away', 'Wait.'), 20);
    const [dead] = store().listDeliveries();
    expect(dead).toMatchObject({
      state: 'dead',
      attempts: 12,
      reason: expect.stringContaining('it is away'),
    });
    expect(logged).toContainEqual(expect.objectContaining({ event: 'notice-dead' }));
    expect(JSON.stringify(logged)).not.toContain('secret');
    failing = null;
    await reviveDelivery(store(), dead?.id ?? '', toInstant(now));
    await open().run();
    expect([sent.length, store().listDeliveries()]).toEqual([1, []]);
  });

  it('that is refused for good is given up at once', async () => {
    await fall(new Failure('USAGE', 'gone', 'Wait.'), 1);
    expect(store().listDeliveries()).toMatchObject([{ state: 'dead', attempts: 1 }]);
    await expect(reviveDelivery(store(), 'none', toInstant(0))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

it('a file that is no standing question is named, and stops no other', async () => {
  writeFileSync(join(folder, 'standing/questions/broken.json'), '{');
  writeFileSync(join(folder, 'standing/questions/other.json'), JSON.stringify(QUESTION));
  expect(store().list()).toMatchObject({
    questions: [{ name: 'log4shell' }],
    unread: ['broken.json', 'other.json'],
  });
  await store().remove('log4shell');
  await expect(store().remove('log4shell')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
