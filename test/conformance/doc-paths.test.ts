import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../../tools/process.ts';

const PAGES = [
  '*.md',
  'docs/adr/*.md',
  'docs/guides/*.md',
  'docs/reference/{server,strictness,trust}.md',
];
/** The paths that a recipe creates. */
const TO_MAKE = /cargo|tap\.ts|keys-openssl|NAME/;

/** Paths of this repository that a page names in code spans, and files that it links to. */
function named(page: string): readonly string[] {
  const text = readFileSync(resolve(root, page), 'utf8');
  const spans = [...text.matchAll(/`((?:src|test|tools|bench|demo|docs|data)\/[\w./-]+)`/g)].map(
    ([, path]) => path ?? '',
  );
  const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) =>
    resolve(root, page, '..', path ?? ''),
  );
  return [...spans.filter((path) => !TO_MAKE.test(path)), ...links];
}

describe('the decisions', () => {
  it('have each a number of its own, the one of its file', () => {
    const pages = globSync('docs/adr/[0-9]*.md', { cwd: root });
    const numbers = pages.map((page) => Number(basename(page).slice(0, 4)));
    const titles = pages.map((page) => readFileSync(resolve(root, page), 'utf8'));
    expect(titles.map((title) => Number(/^# (\d+)\. /.exec(title)?.[1]))).toEqual(numbers);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

describe('every page', () => {
  it.each(PAGES.flatMap((pattern) => globSync(pattern, { cwd: root })).sort())(
    '%s names paths that exist',
    (page) => {
      expect(named(page).filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
    },
  );

  it('is read: the guide to adapters names some', () => {
    expect(named('docs/guides/add-an-adapter.md').length).toBeGreaterThan(8);
  });
});
