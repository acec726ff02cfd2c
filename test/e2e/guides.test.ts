import { describe, expect, it } from 'vitest';
import { blocks, follow, shown } from '../support/guide.ts';

describe.skipIf(process.platform === 'win32')(
  'the guides, followed exactly and without a network',
  () => {
    it.each([
      'first-release.md',
      'observe-to-enforce.md',
      'bring-your-own.md',
      'sign-a-file.md',
      'signed-commits.md',
      'source-gates.md',
      'add-a-policy-rule.md',
    ])('%s succeeds, and shows what it says', async (page) => {
      const { code, output } = await follow(page);
      expect(output).not.toContain('error:');
      expect(code).toBe(0);
      const lines = blocks(page, 'text').flatMap((block) => block.trimEnd().split('\n'));
      for (const line of lines) expect(output).toMatch(shown(line));
    });

    it('has blocks to run', () => {
      expect(blocks('first-release.md', 'sh').length).toBeGreaterThan(8);
      expect(blocks('first-release.md', 'text').length).toBe(3);
    });
  },
);
