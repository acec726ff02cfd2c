import { describe, expect, it } from 'vitest';
import { findPatternFlaws } from '../../tools/patterns.ts';

const count = (code: string, file = 'src/core/x.ts'): number => findPatternFlaws(file, code).length;

describe('A regular expression takes time in proportion to the text', () => {
  it.each([
    ['the spaces at the end', '/ +$/', '/^ +/'],
    ['a line up to a comment', '/#.*$/', '/^#.*$/'],
    ['two neighbours that match the same', '/^(.*?)\\s*$/', '/^(.*)$/'],
    ['a repetition of repetitions', '/^(?:a+)+$/', '/^(?:a+b)+$/'],
    ['a word that begins what it repeats', '/(?:GO|OS)[A-Z]*\\d/', '/^(?:GO|OS)[A-Z]*\\d/'],
    ['an optional part between two lists', '/^\\d+-?\\d+x/', '/^\\d+-\\d+x/'],
  ])('truth B1: refuses %s: %s, and accepts %s', (_, refused, accepted) => {
    expect(count(`const x = ${refused};`)).toBe(1);
    expect(count(`const x = ${accepted};`)).toBe(0);
  });

  it('truth B1: refuses a pattern made from parts, except where there is a reason', () => {
    expect(count('const x = new RegExp(name, flags);')).toBe(1);
    expect(count('const x = RegExp(name);')).toBe(1);
    expect(count('const x = new RegExp(name);', 'src/entrypoints/cli/set-up/documents.ts')).toBe(0);
  });
});
