import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requireGitlabReport } from '../../../../test/support/gitlab-report.ts';
import {
  DISMISSED,
  LOG4SHELL,
  makeReport,
  makeTarget,
  UNRATED,
} from '../../../../test/support/scan-findings.ts';
import type { Finding } from '../../../capabilities/scanning/index.ts';
import { Failure } from '../../../core/failure.ts';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import { parseXml, type XmlElement } from '../../../formats/xml/parse.ts';
import { toTree } from '../scan-tree.ts';
import { formatTree } from '../tree.ts';
import { render as renderCsv } from './csv.ts';
import { render as renderGithub } from './github.ts';
import { render as renderGitlab } from './gitlab.ts';
import { render as renderJunit } from './junit.ts';
import { render as renderMarkdown } from './markdown.ts';
import type { Piece } from './renderer.ts';
import type { ScanFindings } from './report.ts';
import { render as renderSarif } from './sarif.ts';

/** What an attacker may write where names, titles and places come from. */
const PIECES = [
  ...['::error::', '::set-env name=A::', '\n::warning::x', '##[error]', '##vso[task.complete]'],
  ...['|', '`', '```', '<script>', '</details>', '&lt;', '@everyone', '#1', 'GH-1', '](http://x)'],
  ...['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '＝1', ';=1', '"', "'", ',', '\r\n', '\u0000'],
  ...['\u001b[2J', '\u202e', '\ud800', '%0A', ']]>', '\u2028', '\u0085', '\\', 'www.example.com'],
];
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 6 })), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''));

const scans = hostile.chain((id) =>
  fc.tuple(hostile, hostile, hostile, hostile).map(([name, title, place, why]): ScanFindings => {
    const taint = (finding: Finding, at: number): Finding => ({
      ...finding,
      ...{ id: `X${id}`, name, title, rule: why, fixed: [name], aliases: [id], version: place },
      component: `pkg:npm/${name}@${at}` as Purl,
      locations: [place],
    });
    const report = makeReport({
      outcome: 'partial',
      findings: [LOG4SHELL, UNRATED, DISMISSED].map(taint),
      notCovered: [{ purl: null, place, why }],
    });
    const failure = new Failure('MALFORMED', why, name);
    const findPath = (purl: Purl): readonly Purl[] => [purl, purl];
    return {
      targets: [makeTarget({ target: name, report, findPath })],
      failed: [{ target: title, failure }],
      acceptsPartial: false,
    };
  }),
);

const LINK = /\[(?:code|[A-Za-z ,()'/-]+)\]\(https:\/\/osv\.dev\/vulnerability\/[\w.%-]+\)/g;

function print(pieces: Iterable<Piece>): string {
  return [...pieces].map(({ content }) => Buffer.from(content).toString('utf8')).join('');
}

function check(look: (found: ScanFindings) => void): void {
  fc.assert(fc.property(scans, look), { numRuns: 150 });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: this shows that none is left
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/;

describe('A76: a hostile name is harmless', () => {
  it('in CSV: no cell is a formula, and no row gains a cell', () => {
    check((found) => {
      const text = print(renderCsv({ findings: () => found }));
      const rows = parseCsv(text);
      expect(text).not.toMatch(CONTROLS);
      expect(rows).toHaveLength(1 + 3 + 1 + 1);
      expect(new Set(rows.map((row) => row.length))).toEqual(new Set([rows[0]?.length]));
      for (const cell of rows.flat()) expect(cell).not.toMatch(/^\s*[=+\-@＝＋－＠]/u);
      // Where a semicolon separates cells, too.
      for (const cell of text.split(/[;\r\n]/)) expect(cell).not.toMatch(/^[\s"]*[=+\-@]/);
    });
  });

  it('in a workflow command: each line is one command of ours', () => {
    check((found) => {
      const text = print(renderGithub({ findings: () => found }));
      const lines = text.trimEnd().split('\n');
      expect(text).not.toMatch(CONTROLS);
      expect(text).not.toMatch(/##\[|##vso\[/i);
      expect(lines).toHaveLength(1 + 1 + 3 + 1);
      for (const line of lines)
        expect(line).toMatch(/^::(?:error|warning|notice) title=[^:,]*(?:,\w+=[^:,]*)*::/);
    });
  });

  it('in Markdown: nothing but our own text is outside of code, and no row gains a cell', () => {
    check((found) => {
      const text = print(renderMarkdown({ findings: () => found }));
      expect(text).not.toMatch(CONTROLS);
      for (const line of text.split('\n')) {
        const rest = line.replaceAll(/`[^`]*`/g, 'code');
        expect(rest).not.toContain('`');
        if (rest.startsWith('| ')) expect(rest.split('|')).toHaveLength(9);
        const links = rest.replaceAll(LINK, '').replaceAll(/<\/?(?:details|summary)>/g, '');
        expect(links).toMatch(/^(?:> )?(?:\[!\w+\])?[\w\s.,:()'/|…×–>#*-]*$/u);
        expect(links).not.toMatch(/[@<]|#\d|www\.|GH-/);
      }
    });
  });

  it('in JUnit: the XML is well-formed, with a case for each finding', () => {
    check((found) => {
      const text = print(renderJunit({ findings: () => found }));
      expect(text).not.toMatch(CONTROLS);
      const root = orThrow(parseXml(text, { bytesMax: 1_000_000 }));
      const cases = root.children.flatMap(({ children }) => children);
      expect(cases).toHaveLength(1 + 3 + 1 + 1);
      expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(['testcase']));
      const kinds = cases.flatMap(({ children }) => children.map((one: XmlElement) => one.name));
      expect(kinds.toSorted()).toEqual([
        'error',
        'error',
        'error',
        'failure',
        'failure',
        'skipped',
      ]);
    });
  });

  it('in a report of GitLab and in SARIF: the document is whole', () => {
    check((found) => {
      requireGitlabReport(JSON.parse(print(renderGitlab({ findings: () => found }))), 'dependency');
      const sarif = JSON.parse(print(renderSarif({ findings: () => found }))) as {
        runs: readonly { results?: readonly unknown[] }[];
      };
      expect(sarif.runs.map(({ results }) => results?.length)).toEqual([3, undefined]);
    });
  });

  it('in a tree: each node is one line', () => {
    check((found) => {
      const text = formatTree(found.targets.map(toTree));
      expect(text).not.toMatch(CONTROLS);
      // The target, each finding below its path, of which equal names are one, and the doubt.
      const count = text.trimEnd().split('\n').length;
      expect([count >= 1 + 2 + 3 + 1, count <= 1 + 3 * 3 + 1]).toEqual([true, true]);
    });
  });
});

/** RFC 4180, as a strict reader takes it. */
function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let read = 0;
  for (const [all, quoted, plain, end] of text.matchAll(cell)) {
    read += all.length;
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  expect(read).toBe(text.length);
  return rows;
}
