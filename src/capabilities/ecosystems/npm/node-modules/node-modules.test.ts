import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';

const installed = (text: string): Promise<Inventory> =>
  inventoryTree(makeTree({ 'node_modules/a/package.json': text }), '/', {
    target: 'root-file-system',
  });

describe('truth A23: an installed package whose package.json repeats a key', () => {
  it.each([
    ['at the top', '"license":"MIT","license":"ISC"'],
    ['below it', '"scripts":{"x":"1","x":"2"}'],
    ['called name or version below it', '"author":{"name":"x","name":"y"},"license":"ISC"'],
  ])('is read as npm reads it, and that is said: %s', async (_, more) => {
    const inventory = await installed(`{"name":"a","version":"1.0.0",${more}}`);
    expect(inventory).toMatchObject({
      outcome: 'complete',
      components: [{ purl: 'pkg:npm/a@1.0.0' }],
      notes: [expect.stringMatching(/^node_modules\/a\/package\.json: it repeats a key/)],
    });
    expect(inventory.components[0]?.licenses).toEqual(more.includes('ISC') ? ['ISC'] : []);
  });

  it.each([
    ['"name":"x","name":"a","version":"1.0.0"', 'pkg:npm/a@1.0.0'],
    ['"name":"a","version":"2.0.0","version":"1.0.0"', 'pkg:npm/a@1.0.0'],
  ])('is read and makes the inventory partial where tools may differ: %s', async (text, purl) => {
    expect(await installed(`{${text}}`)).toMatchObject({
      outcome: 'partial',
      components: [{ purl }],
      skips: [{ cause: { code: 'DUPLICATE_KEY' } }],
    });
  });

  it('says nothing of any other package', async () => {
    expect((await installed('{"name":"a","version":"1.0.0"}')).notes).toBeUndefined();
  });
});
