import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChange, planEdit, splitLines, type TextEdit, toLineRange } from './text-places.ts';

/** As an editor does it. */
function applyEdit(text: string, { range, newText }: TextEdit): string {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\n|\r/g)) starts.push(end.index + end[0].length);
  const toOffset = ({ line, character }: TextEdit['range']['start']): number =>
    (starts[line] ?? text.length) + character;
  return text.slice(0, toOffset(range.start)) + newText + text.slice(toOffset(range.end));
}

const LINES = fc
  .array(fc.constantFrom('a', 'b', '\n', '\r\n', '\r', '💜'), { maxLength: 30 })
  .map((parts) => parts.join(''));

describe('D6: the edit of a quick fix', () => {
  it('makes of the old text the new one, in any editor', () => {
    fc.assert(
      fc.property(LINES, LINES, (before, after) => {
        expect(applyEdit(before, planEdit(before, after))).toBe(after);
      }),
    );
  });

  it('leaves lines that stay alone', () => {
    expect(planEdit('a\nb\nc\n', 'a\nx\nc\n')).toEqual({
      range: { start: { line: 1, character: 0 }, end: { line: 2, character: 0 } },
      newText: 'x\n',
    });
  });
});

describe('D6: a change of an editor', () => {
  it('has the place of its range, whatever ends the lines', () => {
    fc.assert(
      fc.property(LINES, LINES, (before, after) => {
        const { range, newText } = planEdit(before, after);
        expect(applyChange(before, { range, text: newText })).toBe(after);
      }),
    );
  });

  it('ends with its line, and fits nowhere behind the text or behind its own end', () => {
    const at = (line: number, character: number) => ({ line, character });
    const change = (start: object, end: object) =>
      applyChange('ab\r\nc', { range: { start, end } as TextEdit['range'], text: 'x' });
    expect(change(at(0, 1), at(0, 99))).toBe('ax\r\nc');
    expect(change(at(1, 1), at(1, 1))).toBe('ab\r\ncx');
    expect(change(at(2, 0), at(2, 0))).toBe(null);
    expect(change(at(0, 2), at(0, 1))).toBe(null);
    expect(applyChange('ab', { range: null, text: 'x' })).toBe('x');
  });
});

describe('D5: the range of a line', () => {
  it('begins at its first character, and is never outside the text', () => {
    const lines = splitLines('a\r\n  b💜\n');
    expect(toLineRange(lines, 2)).toEqual({
      start: { line: 1, character: 2 },
      end: { line: 1, character: 5 },
    });
    expect(toLineRange(lines, 99).start.line).toBe(2);
    expect(toLineRange(lines, 0).start.line).toBe(0);
  });
});
