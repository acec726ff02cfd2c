import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBefore, trimCharacters, trimEndCharacters } from './cut.ts';

const texts = fc.string({ unit: fc.constantFrom('/', '#', 'a', ' ') });

describe('Cutting a text', () => {
  it('truth B1: does what the pattern does that would take quadratic time', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(cutBefore(text, '#/')).toBe(text.replace(/[#/].*$/, ''));
        expect(trimEndCharacters(text, '#/')).toBe(text.replace(/[#/]+$/, ''));
        expect(trimCharacters(text, '# ')).toBe(text.replace(/^[# ]+|[# ]+$/g, ''));
      }),
    );
  });
});
