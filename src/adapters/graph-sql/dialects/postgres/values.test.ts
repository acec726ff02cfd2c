import fc from 'fast-check';
import { expect, it } from 'vitest';
import { escapeText, formatArray, unescapeText } from './values.ts';

const hostile = fc.string({
  unit: fc.constantFrom('\0', '\u{e000}', '0', '1', 'a', '"', '\\', '😀'),
});

it('every text is read as it was written, and none has U+0000 on the server', () => {
  fc.assert(
    fc.property(hostile, hostile, (one, other) => {
      expect(escapeText(one)).not.toContain('\0');
      expect(unescapeText(escapeText(one))).toBe(one);
      if (one !== other) expect(escapeText(one)).not.toBe(escapeText(other));
    }),
  );
});

it('an array has one element for each cell, whatever a text contains', () => {
  expect(formatArray(['a"b', 'c\\', null, '{},', 7, Uint8Array.of(1, 255)])).toBe(
    '{"a\\"b","c\\\\",NULL,"{},",7,"\\\\x01ff"}',
  );
});
