import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { root } from './process.ts';

it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  'the guard against "%s" stands once',
  (_name, mutant) => {
    expect(readFileSync(resolve(root, mutant.file), 'utf8').split(mutant.find)).toHaveLength(2);
    expect(mutant.replace).not.toBe(mutant.find);
    expect(mutant.tests.filter((path) => !existsSync(resolve(root, path)))).toEqual([]);
  },
);

it('every mutant has a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});
