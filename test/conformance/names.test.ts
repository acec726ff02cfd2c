import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findNameFlaws } from '../../tools/names.ts';
import { root } from '../../tools/process.ts';

/** STYLE.md: types are nouns, functions are verbs with their object. */
const FILES = globSync('{src,test,tools,bench,demo}/**/*.ts', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !path.includes('node_modules'))
  .sort();

describe('names', () => {
  it('of types are nouns and never participles, and no function is named by "of"', () => {
    expect(FILES.length).toBeGreaterThan(500);
    const flaws = FILES.flatMap((file) =>
      findNameFlaws(file, readFileSync(join(root, file), 'utf8')),
    );
    expect(flaws).toEqual([]);
  }, 60_000);

  it.each([
    ['interface Told {}', 'type Told'],
    ['type EventsTaken = 1;', 'type EventsTaken'],
    ['class Judged {}', 'type Judged'],
    ['function chainOf() {}', 'function chainOf'],
    ['const rowOf = () => 1;', 'function rowOf'],
    ['interface Port { keysOf(): void }', 'function keysOf'],
    ['class Store { keysOf() {} }', 'function keysOf'],
  ])('a breach is found: %s', (text, flaw) => {
    expect(findNameFlaws('a.ts', text)).toEqual([`a.ts: ${flaw}`]);
  });

  it.each(['interface SignedTarget {}', 'type ValidityBound = 1;', 'function proof() {}'])(
    'a good name is accepted: %s',
    (text) => {
      expect(findNameFlaws('a.ts', text)).toEqual([]);
    },
  );
});
