import { describe, expect, it } from 'vitest';
import { tablesOfProject, testsOfProject, trace } from './trace.ts';
import { idsIn, idsOfTable } from './trace-ids.ts';
import { listTitles } from './trace-titles.ts';

const numbered = (prefix: string, last: number): string[] =>
  Array.from({ length: last }, (_, at) => `${prefix}${at + 1}`);

describe('the tables of IDs', () => {
  const ids = tablesOfProject();

  it('contain every requirement and every statement of the contracts, each once', () => {
    const wanted = [
      ...numbered('D', 21),
      ...numbered('B', 28),
      ...numbered('P', 12),
      ...numbered('O', 11),
      ...numbered('G', 9),
      ...numbered('I', 19),
      ...numbered('X', 14),
      ...numbered('N', 53),
      ...numbered('S', 18),
      ...numbered('A', 76),
      ...numbered('attack G', 50),
      ...numbered('GS', 15),
    ];
    expect([...ids].sort()).toEqual([...wanted].sort());
  });

  it('are read with and without blanks', () => {
    expect(
      idsOfTable('| ID | x |\n|---|---|\n| N1 | x |\n|B2|x|\n| attack G3 | x |\nno | N4 |'),
    ).toEqual(['N1', 'B2', 'attack G3']);
  });
});

describe('a title names', () => {
  it.each([
    ['N17: a key', ['N17']],
    ['A24, B15 and I18', ['A24', 'B15', 'I18']],
    ['(GS1) shard first', ['GS1']],
    ['N29–N32 chains', ['N29', 'N30', 'N31', 'N32']],
    ['N1-N3 and N29-31', ['N1', 'N2', 'N3', 'N29', 'N30', 'N31']],
    ['G3: the requirement', ['G3']],
    ['attack G3: the attack', ['attack G3']],
    ['G12 and attack G13: attacks', ['attack G12', 'attack G13']],
    ['P256, ES256, S256, SHA-1, UTF-16, x5c, PS384, A123', []],
    ['CVE-2021-44228 and pkg:npm/A1b', []],
  ])('%s', (title, ids) => {
    expect(idsIn(title)).toEqual(ids);
  });
});

describe('the titles of a source', () => {
  it('carry those of the blocks around them', () => {
    const source = `
      describe('B1 outer', () => {
        describe.skipIf(x === null)(\`N2 \${name}\`, () => {
          it('holds', () => { it2('X9 not a test'); });
          it.each([['A3 row', 1], ['A4 row', 2]] as const)('%s', () => {});
        });
      });
      test.concurrent("D5 alone", async () => {});
      notATest('X8 not a test');
      // it('X7 not a test', () => {})`;
    expect(listTitles(source)).toEqual([
      'B1 outer > N2 … > holds',
      'B1 outer > N2 … > %s [A3 row; A4 row]',
      'D5 alone',
    ]);
  });
});

describe('rows in a constant of the file', () => {
  it('are read as if they were written out; those of another file are not', () => {
    const source = `const ROWS: readonly X[] = [['A5 row', 1]];
      it.each(ROWS)('%s', () => {});
      it.each(OTHERS)('%s too', () => {});`;
    expect(listTitles(source)).toEqual(['%s [A5 row]', '%s too']);
  });
});

describe('the trace', () => {
  it('joins IDs with their tests, keeps IDs without tests, and reports unknown IDs', () => {
    const found = trace(
      ['N1', 'N2'],
      [{ file: 'a.test.ts', source: "it('N1, N99: x', () => {});" }],
    );
    expect([...found.named]).toEqual([
      ['N1', ['a.test.ts: N1, N99: x']],
      ['N2', []],
    ]);
    expect(found.strange).toEqual(['N99 (a.test.ts: N1, N99: x)']);
  });

  it('of this project names only IDs that a table has', () => {
    expect(trace(tablesOfProject(), testsOfProject()).strange).toEqual([]);
  });
});
