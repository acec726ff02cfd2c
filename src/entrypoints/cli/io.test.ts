import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProgress, isColoured, makeHarmless, makePrintable, readWidth } from './io.ts';
import { formatTable } from './report/format-table.ts';

describe('colours', () => {
  it.each([
    [{}, true, true],
    [{}, false, false],
    [{}, undefined, false],
    [{ TERM: 'dumb' }, true, false],
    [{ NO_COLOR: '1' }, true, false],
    [{ NO_COLOR: '' }, true, true],
    [{ FORCE_COLOR: '1' }, false, true],
    [{ FORCE_COLOR: '0' }, true, false],
    [{ FORCE_COLOR: '1', NO_COLOR: '1' }, false, false],
    [{ FORCE_COLOR: '1', TERM: 'dumb' }, false, true],
  ])('with %j on a terminal (%s): %s', (env: Record<string, string>, terminal, coloured) => {
    expect(isColoured(env, terminal)).toBe(coloured);
  });
});

describe('text from evidence', () => {
  it('A76: cannot move the cursor, end a line or change the direction of reading', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(makePrintable(text)).not.toMatch(
          // biome-ignore lint/suspicious/noControlCharactersInRegex: this shows that none is left
          /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/,
        );
      }),
    );
    expect(makePrintable('pkg:npm/left-pad@1.0.0 ü')).toBe('pkg:npm/left-pad@1.0.0 ü');
  });

  it('A76: is made visible if a command forgot it; colours and JSON do not change', () => {
    expect(makeHarmless('\u001b[31mred\u001b[0m\n\r\u001b[K')).toBe(
      '\u001b[31mred\u001b[0m\n\r\u001b[K',
    );
    expect(makeHarmless('a\u001b]0;title\u0007b\u001b[2Jc\rd')).toBe(
      'a\\u001b]0;title\\u0007b\\u001b[2Jc\\u000dd',
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(makeHarmless(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('stays in its table cell', () => {
    const text = formatTable(['A', 'B'], [['one\ntwo', 'x\u001b[2J']]);
    expect(text.split('\n')).toHaveLength(3);
  });
});

describe('a table', () => {
  it('has a line for each row and columns as wide as their widest cell', () => {
    expect(
      formatTable(
        ['NAME', 'V'],
        [
          ['a', '1'],
          ['long name', '2'],
        ],
      ),
    ).toBe('NAME       V\na          1\nlong name  2\n');
  });

  it('can have more rows than a graph gives', () => {
    const rows = Array.from({ length: 300_000 }, (_, row) => [`package-${row}`, '1.0']);
    expect(formatTable(['NAME', 'VERSION'], rows).split('\n')).toHaveLength(300_002);
  });
});

describe('the width of a terminal', () => {
  it.each([
    [{}, true, 120, 120],
    [{}, true, undefined, null],
    [{}, true, 0, null],
    [{}, false, undefined, null],
    [{ COLUMNS: '90' }, true, 120, 90],
    [{ COLUMNS: 'wide' }, true, 120, 120],
    [{ COLUMNS: '90' }, false, undefined, null],
    [{}, true, 10, 40],
  ])('with %j, a terminal (%s) of %s columns: %s', (env: Record<string, string>, is, of, width) => {
    expect(readWidth(env, is, of)).toBe(width);
  });
});

describe('progress', () => {
  const show = (done: number, total: number | null, elapsedMs: number): string =>
    formatProgress({ label: 'images', done, total, elapsedMs });

  it('shows the share, after a second also the rate, and the time that is left', () => {
    expect(show(5, 20, 500)).toBe('images 5 of 20 (25 %)');
    expect(show(1_500, null, 500)).toBe('images 1,500');
    expect(show(1_500, null, 3_000)).toBe('images 1,500, 500/s');
    expect(show(1_000, 5_000, 10_000)).toBe('images 1,000 of 5,000 (20 %), 100/s, 40 s left');
    expect(show(10, 5_000, 10_000)).toBe('images 10 of 5,000 (0 %), 1.0/s, 84 min left');
    expect(show(0, 0, 10_000)).toBe('images 0 of 0');
    expect(show(20, 20, 10_000)).toBe('images 20 of 20 (100 %), 2.0/s');
  });
});
