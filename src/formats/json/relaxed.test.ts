import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toStrictJson } from './relaxed.ts';

describe('JSON with comments and commas before closing brackets', () => {
  it.each([
    ['[1, 2, ]', [1, 2]],
    ['{ "a": [1,], }', { a: [1] }],
    ['{ "a": 1, // one,\n}', { a: 1 }],
    ['{ /* } */ "a": "//,]", }', { a: '//,]' }],
    ['["\\",]", ]', ['",]']],
  ])('B2: reads %s', (text, value) => {
    const strict = toStrictJson(text);
    expect([JSON.parse(strict), strict.length]).toEqual([value, text.length]);
  });

  it.each(['[,]', '[1,,]', '{,}', '[1 2]', '[1/ ]', '/* [1]'])(
    'does not make JSON of %s',
    (text) => {
      expect(() => JSON.parse(toStrictJson(text))).toThrow(SyntaxError);
    },
  );

  it('leaves JSON as it is, and every other text as long', () => {
    fc.assert(
      fc.property(fc.json(), fc.string(), (json, text) => {
        expect(toStrictJson(json)).toBe(json);
        expect(toStrictJson(text)).toHaveLength(text.length);
      }),
    );
  });
});
