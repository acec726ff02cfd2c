import { globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';

const page = readFileSync(resolve(root, 'docs/reference/strictness.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => /^\| (?!refused|accepted)/.test(line))
  .map((line) => line.slice(2, -2).split(' | '));

/** The test sources by file name; two folders may have a file with the same name. */
const sources = new Map<string, string>();
for (const path of globSync('{src,test}/**/*.test.ts', { cwd: root })) {
  const text = readFileSync(resolve(root, path), 'utf8');
  sources.set(basename(path), `${sources.get(basename(path)) ?? ''}${text}`);
}

/** The tests that a cell names: `file.test.ts` *part of a title*, *part of another*. */
function namedTests(cell: string): readonly (readonly [file: string, title: string])[] {
  return cell.split('; ').flatMap((part) => {
    const file = /^`([\w-]+\.test\.ts)`/.exec(part)?.[1] ?? '';
    return [...part.matchAll(/\*([^*]+)\*/g)].map(([, title]) => [file, title ?? ''] as const);
  });
}

describe('docs/reference/strictness.md', () => {
  it('has rows, each with a clause and a test', () => {
    expect(rows.length).toBeGreaterThan(40);
    for (const [what, clause, tests] of rows) {
      expect(clause, what).toMatch(/[NAD]\d|ADR \d|RFC \d|PROTOCOL|FIPS|NIST|X\.690/);
      expect(namedTests(tests ?? ''), what).not.toEqual([]);
    }
  });

  it.each(rows.map((row) => [row[0] ?? '', row[2] ?? ''] as const))(
    '%s: its tests exist',
    (_, tests) => {
      const missing = namedTests(tests).filter(
        ([file, title]) => !sources.get(file)?.includes(title),
      );
      expect(missing).toEqual([]);
    },
  );
});
