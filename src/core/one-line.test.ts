import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toOneLine } from './one-line.ts';

it.each([
  ['a line end', 'ok\nlevel=info allowed', 'ok level=info allowed'],
  ['a terminal sequence', 'a\u001b[2Jb', 'a [2Jb'],
  ['a C1 control', 'a\u009bb', 'a b'],
  ['a reversal of direction', 'a\u202eb', 'a b'],
  ['a letter mark', 'a\u061cb', 'a b'],
  ['a character without width', 'a\u200bb', 'a b'],
  ['a tag character', 'a\u{e0041}b', 'a b'],
  ['a line separator', 'a\u2028b', 'a b'],
  ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
])('A76: %s is never in a message', (_, text, shown) => {
  expect(toOneLine(text)).toBe(shown);
});

it('A76: printable text is unchanged, in every alphabet', () => {
  for (const text of ['CN=release,O=Шоп', '東京 1.0', 'naïve — 1.2.3+deb12u1'])
    expect(toOneLine(text)).toBe(text);
});

it('A76: any text becomes one bounded line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const line = toOneLine(text, 100);
      expect(line.length).toBeLessThanOrEqual(101);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(line.isWellFormed()).toBe(true);
      expect(toOneLine(line, 101)).toBe(line);
    }),
  );
});
