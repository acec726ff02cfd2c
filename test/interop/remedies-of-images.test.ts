import { afterAll, beforeAll, describe, it } from 'vitest';
import { IMAGE_REMEDIES } from '../support/remedies/image-remedies.ts';
import { ImageWorld } from '../support/remedies/image-world.ts';
import { followFix, listCases } from '../support/remedies/remedy.ts';

let world: ImageWorld;
beforeAll(async () => {
  world = await ImageWorld.open();
}, 60_000);
afterAll(() => world.close());

describe('truth A15, X10: the fix of a rule about an image leads from deny to allow', () => {
  it.each(listCases(IMAGE_REMEDIES))('$name', (one) => followFix(world, one), 120_000);
});
