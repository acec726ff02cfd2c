import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAILURES } from '../../src/core/failure.ts';
import { LIMITS } from '../../src/core/limits.ts';
import { flawsOfDocs, PAGES } from '../../tools/docs.ts';
import { limitComments } from '../../tools/docs-core.ts';
import { root } from '../../tools/process.ts';

const page = (name: string): string => readFileSync(resolve(root, 'docs/reference', name), 'utf8');
const firstColumn = (markdown: string): string[] =>
  [...markdown.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '');

describe('the reference pages', () => {
  it.each(PAGES.map(({ path, render }) => [path, render] as const))(
    '%s is what the code says',
    async (path, render) => {
      expect(readFileSync(resolve(root, path), 'utf8')).toBe(await render());
    },
  );

  it('errors.md has every code and no other', () => {
    expect(firstColumn(page('errors.md'))).toEqual(Object.keys(FAILURES));
  });

  it('errors.md gives every code its exit code and its meaning', () => {
    for (const [code, { exit, meaning }] of Object.entries(FAILURES)) {
      expect(page('errors.md')).toContain(`| \`${code}\` | ${exit} | ${meaning} |`);
    }
  });

  it('limits.md has every limit and no other, and says what each one limits', () => {
    expect(firstColumn(page('limits.md'))).toEqual(Object.keys(LIMITS));
    const comments = limitComments(readFileSync(resolve(root, 'src/core/limits.ts'), 'utf8'));
    expect([...comments.keys()]).toEqual(Object.keys(LIMITS));
  });

  it('differ from the code when one word differs', async () => {
    const forged = [{ path: 'docs/reference/errors.md', render: () => `${page('errors.md')}.` }];
    const absent = [{ path: 'docs/reference/absent.md', render: () => '' }];
    expect(await flawsOfDocs(forged)).toHaveLength(1);
    expect(await flawsOfDocs(absent)).toHaveLength(1);
  });
});

describe('every limit', () => {
  it.each(Object.entries(LIMITS))(
    '%s is a positive whole number, and its name ends in what it counts',
    (name, value) => {
      expect(Number.isSafeInteger(value) && value > 0).toBe(true);
      expect(name).toMatch(/(Max|Min|Ms)$/);
    },
  );
});
