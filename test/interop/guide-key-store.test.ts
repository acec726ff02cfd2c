import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { blocks, follow, shown } from '../support/guide.ts';
import { applyGuide, copyTree, listDifferences } from '../support/guide-tree.ts';
import { peer } from '../support/peer.ts';

const PAGE = 'add-a-key-store.md';
const NEW = 'src/adapters/keys-openssl/';
let tree = '';
afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe.skipIf(peer('openssl') === null || process.platform === 'win32')(
  'the guide to key stores',
  () => {
    it('adds one that passes its contract and signs, with one other file changed', async () => {
      tree = copyTree();
      applyGuide(PAGE, tree);
      const { code, output } = await follow(PAGE, { NO_COLOR: '1' }, undefined, tree);
      expect(code, output).toBe(0);
      expect(output).toMatch(/Tests +5 passed/);
      const lines = blocks(PAGE, 'text').flatMap((block) => block.trimEnd().split('\n'));
      for (const line of lines) expect(output).toMatch(shown(line));
      const elsewhere = listDifferences(tree).filter((file) => !file.startsWith(NEW));
      expect(elsewhere.length).toBeLessThanOrEqual(2);
      expect(elsewhere).toEqual(['src/entrypoints/compose/key-stores.ts']);
    });
  },
);
