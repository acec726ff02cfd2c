import { afterAll, beforeAll, describe, it } from 'vitest';
import { followFix, listCases } from '../support/remedies/remedy.ts';
import { SOURCE_REMEDIES } from '../support/remedies/source-remedies.ts';
import { SourceWorld } from '../support/remedies/source-world.ts';

let world: SourceWorld;
beforeAll(async () => {
  world = await SourceWorld.open();
}, 60_000);
afterAll(() => world.close());

describe('truth A15, X10: the fix of a rule about a source tree leads from deny to allow', () => {
  it.each(listCases(SOURCE_REMEDIES))('$name', (one) => followFix(world, one), 120_000);
});
