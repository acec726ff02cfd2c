import { afterEach, describe, expect, it } from 'vitest';
import { DeskWorld, inNamespace } from '../../../../test/support/desk-world.ts';
import { pinned, worldKeys } from '../../../../test/support/evidence-world.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok } from '../../../core/result.ts';
import type { DecisionEvent } from '../../../gates/desk/index.ts';
import { DecisionLog, type DecisionLogPorts } from './decision-log.ts';

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

function makeLog(append: DecisionLogPorts['append']) {
  const lost: string[] = [];
  return { lost, log: new DecisionLog({ append, lost: ({ code }) => void lost.push(code) }) };
}

describe('The log of decisions', () => {
  it('a dead writer or an unwritable record is reported and affects nothing else', async () => {
    const decided = await aDecision();
    for (const [append, code] of [
      [() => Promise.reject(new Error('the thread ended')), 'INTERNAL'],
      [async () => failed(new Failure('DISK_FULL', 'x', 'x')), 'DISK_FULL'],
    ] as const) {
      const { log, lost } = makeLog(append);
      log.record(decided);
      await log.close();
      expect(lost).toEqual([code]);
      log.record(decided);
      await log.close();
      expect(lost).toHaveLength(2);
    }
    await new Promise((resolve) => setImmediate(resolve));
    expect(unhandled).toEqual([]);
  });

  it('the same decision is recorded once, and a different one again', async () => {
    const decided = await aDecision();
    let appended = 0;
    const { log, lost } = makeLog(async () => {
      appended += 1;
      return ok([]);
    });
    log.record(decided);
    log.record(decided);
    log.record({ ...decided, subject: sha256('another image') });
    await log.close();
    expect([appended, lost]).toEqual([2, []]);
  });

  it('a database that never answers leads to a bounded number of waiting records', async () => {
    const decided = await aDecision();
    const { log, lost } = makeLog(() => new Promise(() => undefined));
    for (let at = 0; at <= LIMITS.decisionsPendingMax; at++)
      log.record({ ...decided, subject: sha256(`${at}`) });
    expect(lost).toEqual(['STORE_LOCKED']);
  }, 60_000);
});
