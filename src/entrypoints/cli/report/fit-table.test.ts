import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { makeHarmless } from '../io.ts';
import { fitTable } from './fit-table.ts';

const PLAIN = { colour: false, links: false };
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('a table on a terminal', () => {
  it('is the same as in a file where it fits', () => {
    const { text, hidden } = fitTable(['NAME', 'V'], [['long name', '1']], { width: 80, ...PLAIN });
    expect([text, hidden]).toEqual(['NAME       V\nlong name  1\n', []]);
  });

  it('first shortens digests, then leaves out columns that matter least, then wraps', () => {
    const header = ['IMAGE', 'EVIDENCE', 'WHY'];
    const rows = [[`shop@${DIGEST}`, `sbom ${DIGEST}`, 'a reason of several words that is long']];
    const layOut = (width: number) => fitTable(header, rows, { width, ...PLAIN });
    expect(layOut(200).text).toContain(DIGEST);
    expect(layOut(110).text).toContain(
      'shop@sha256:0123456789ab…  sbom sha256:0123456789ab…  a reason',
    );
    expect(layOut(110).hidden).toEqual([]);
    const narrow = layOut(40);
    expect(narrow.hidden).toEqual(['EVIDENCE']);
    expect(narrow.text).toBe(
      'IMAGE                WHY\n' +
        'shop@sha256:0123456  a reason of several\n' +
        '789ab…               words that is long\n',
    );
  });

  it('shows each row as a list of values where a column would have no room for a word', () => {
    const header = ['SEVERITY', 'ID', 'PACKAGE', 'VERSION', 'FIXED IN', 'STATUS', 'RATED BY'];
    const row = ['critical 9.8', 'CVE-2021-44906', 'minimist', '1.2.5', '1.2.6', 'affected', '-'];
    const { text, hidden } = fitTable(header, [row, row], { width: 40, ...PLAIN });
    const one =
      'SEVERITY  critical 9.8\nID        CVE-2021-44906\nPACKAGE   minimist\n' +
      'VERSION   1.2.5\nFIXED IN  1.2.6\nSTATUS    affected\n';
    expect([text, hidden]).toEqual([`${one}\n${one}`, []]);
    expect(fitTable(header, [row], { width: 80, ...PLAIN }).text).toMatch(/^SEVERITY +ID +PACKAGE/);
  });

  it('measures what a terminal shows, not characters', () => {
    const { text } = fitTable(
      ['A', 'B'],
      [
        ['日本', '1'],
        ['abcd', '2'],
      ],
      { width: 40, ...PLAIN },
    );
    expect(text).toBe('A     B\n日本  1\nabcd  2\n');
  });

  it('shows the path of a finding below its row, and nothing where there is none', () => {
    const header = ['ID', 'PATH OF DEPENDENCIES', 'LINK'];
    const rows = [['CVE-2021-44228', 'a@1 > b@2', '-']];
    const { text } = fitTable(header, rows, { width: 80, ...PLAIN });
    expect(text).toBe('ID\nCVE-2021-44228\n    a@1 > b@2\n');
  });

  it('colours severities and verdicts, and makes ids of vulnerabilities links', () => {
    const header = ['SEVERITY', 'ID', 'VERDICT', 'NOTE'];
    const rows = [
      ['critical 9.8', 'CVE-2021-44228', 'deny', 'critical'],
      ['constructor', '\u001b]8;;https://evil.example\u001b\\', 'toString', ''],
    ];
    const { text } = fitTable(header, rows, { width: 90, colour: true, links: true });
    expect(text).toContain('\u001b[35mcritical 9.8\u001b[39m');
    expect(text).toContain('\u001b]8;;https://osv.dev/vulnerability/CVE-2021-44228\u001b\\CVE-');
    expect(text).toContain('\u001b[31mdeny\u001b[39m');
    expect(text).toMatch(/ critical$/m);
    expect(text).not.toContain('\u001b]8;;https://evil');
    expect(makeHarmless(text)).toBe(text);
  });

  it('colours what is vulnerable by the worst of its findings', () => {
    const rows = [['CVE-2024-1 high, CVE-2024-2 critical'], ['CVE-2024-3 low'], ['-']];
    const { text } = fitTable(['VULNERABLE'], rows, { width: 90, colour: true, links: false });
    expect(text).toContain('\u001b[35mCVE-2024-1 high, CVE-2024-2 critical\u001b[39m');
    expect(text).toContain('\u001b[36mCVE-2024-3 low\u001b[39m');
    expect(text).toMatch(/^-$/m);
  });

  it('X3: fits the width for any text, keeps each row, and cuts no short cell', () => {
    const cell = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constant(DIGEST));
    const table = fc
      .integer({ min: 1, max: 8 })
      .chain((columns) =>
        fc.array(fc.array(cell, { minLength: columns, maxLength: columns }), { maxLength: 4 }),
      );
    fc.assert(
      fc.property(table, fc.integer({ min: 40, max: 250 }), (rows, width) => {
        const header = (rows[0] ?? ['A']).map((_, at) => `C${at}`);
        const { text } = fitTable(header, rows, { width, ...PLAIN });
        const lines = text.trimEnd().split('\n');
        expect(lines.length).toBeGreaterThanOrEqual(1);
        // Each cell has at most three lines: side by side, or below each other with a blank line.
        const isTable = width >= 80;
        const most = isTable ? 3 : 3 * header.length + 1;
        expect(lines.length).toBeLessThanOrEqual(1 + most * rows.length);
        for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      }),
    );
  });

  it('can have as many rows as an image has packages', () => {
    const rows = Array.from({ length: 20_000 }, (_, at) => [
      `package-${at}`,
      'MIT AND '.repeat(30),
    ]);
    const { text } = fitTable(['NAME', 'LICENCE'], rows, { width: 80, ...PLAIN });
    expect(text.split('\n').length).toBeGreaterThan(20_000);
  });
});
