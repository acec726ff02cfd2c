import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBefore, trimEndOf, trimOf } from './cut.ts';

const texts = fc.string({ unit: fc.constantFrom('/', '#', 'a', ' ') });

describe('Cutting a text', () => {
  it('truth B1: does what the pattern does that would take quadratic time', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(cutBefore(text, '#/')).toBe(text.replace(/[#/].*$/, ''));
        expect(trimEndOf(text, '#/')).toBe(text.replace(/[#/]+$/, ''));
        expect(trimOf(text, '# ')).toBe(text.replace(/^[# ]+|[# ]+$/g, ''));
      }),
    );
  });
});
