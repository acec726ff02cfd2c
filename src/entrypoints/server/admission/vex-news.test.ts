import { expect, it } from 'vitest';
import { DeskWorld } from '../../../../test/support/desk-world.ts';
import { pinned, worldKeys } from '../../../../test/support/evidence-world.ts';
import type { EvidenceInput } from '../../../capabilities/evidence/index.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok } from '../../../core/result.ts';
import type { DecisionEvent } from '../../../gates/desk/index.ts';
import { DecisionLog } from './decision-log.ts';

const state = (name: string, bytes = 10): EvidenceInput => ({
  kind: 'statement',
  mediaType: 'application/json',
  body: Buffer.from(name.padEnd(bytes)),
  subject: sha256('image'),
});

async function aDecision(): Promise<DecisionEvent> {
  const world = new DeskWorld(await worldKeys());
  await world.decide(pinned(await world.image()));
  const [decided] = world.decided;
  if (decided === undefined) throw new Error('nothing was decided');
  expect(decided.vex).toBeNull();
  return decided;
}

function openLog(fails = 0) {
  const names: string[] = [];
  let tries = 0;
  const log = new DecisionLog({
    append: async (inputs) => {
      tries += 1;
      if (tries <= fails) return failed(new Failure('INTERNAL', 'broken', 'Repair it.'));
      for (const { kind, body } of inputs)
        if (kind === 'statement') names.push(Buffer.from(body).toString().trim());
      return ok([]);
    },
    lost: () => undefined,
  });
  return { log, names };
}

it('truth A12: verified VEX is recorded once for an image, until it changes', async () => {
  const decided = await aDecision();
  const { log, names } = openLog();
  const vex = { revision: sha256('1'), known: [state('known')], others: [state('other')] };
  for (let time = 0; time < 3; time++) await log.record({ ...decided, vex });
  await log.record({ ...decided, vex: { ...vex, revision: sha256('2') } });
  await log.close();
  expect(names).toEqual(['known', 'other', 'known', 'other']);
});

it('truth A12, B4: only what strangers state is limited to a share of the log', async () => {
  const decided = await aDecision();
  const { log, names } = openLog();
  const others = [state('other', LIMITS.factsOfUnsignedBytesMax + 1)];
  await log.record({
    ...decided,
    vex: { revision: sha256('1'), known: [state('known')], others },
  });
  await log.close();
  expect(names).toEqual(['known']);
});

it('truth A12: what the database did not take is brought by the next decision', async () => {
  const decided = await aDecision();
  const { log, names } = openLog(3);
  const vex = { revision: sha256('1'), known: [state('known')], others: [] };
  await log.record({ ...decided, vex });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(names).toEqual([]);
  await log.record({ ...decided, vex });
  await log.close();
  expect(names).toEqual(['known']);
});
