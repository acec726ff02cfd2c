import { toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import { isProven } from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import { formatRatingSource } from '../../../core/severity.ts';
import { makePrintable } from '../io.ts';
import { type FoundIn, groupFindings, listByRisk } from './finding-groups.ts';
import {
  countBySeverity,
  type DoubtGroup,
  explainStatus,
  formatLevel,
  groupDoubts,
  isRemark,
  isSettled,
  listExploitation,
  namePath,
} from './finding-text.ts';
import type { Piece } from './renderer.ts';
import type { FindingGroup, ResultReport, ScanFindings, TargetFindings } from './report.ts';

/** A comment of GitHub has at most 65,536 characters; what is behind this is only counted. */
const CHARACTERS_MAX = 60_000;

/** Markdown for a pull request, as GitHub and GitLab show it. */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const { targets, failed, groupBy } = findings?.() ?? { targets: [], failed: [] };
  const room = new Room();
  const parts = [
    ...targets.map((one) => formatTarget(one, room, groupBy)),
    ...failed.map(formatFailed),
  ];
  return [{ to: 'out', content: `${['## Waybill scan', ...parts].join('\n\n')}\n` }];
}

/** Counts the characters of rows, so that a comment does not become too long to be posted. */
class Room {
  #left = CHARACTERS_MAX;

  /** The lines for which there is room, and a line that counts the others. */
  fit(lines: readonly string[], noun: string): readonly string[] {
    const kept: string[] = [];
    for (const line of lines) {
      if (line.length > this.#left) break;
      this.#left -= line.length + 1;
      kept.push(line);
    }
    const more = lines.length - kept.length;
    return more === 0 ? kept : [...kept, '', `${formatCount(more, noun)} not shown here.`];
  }
}

function formatTarget(one: TargetFindings, room: Room, groupBy: FindingGroup | undefined): string {
  const { target, report } = one;
  const found = listByRisk([one]);
  const settled = found.filter(({ finding }) => isSettled(one, finding));
  const open = found.filter(({ finding }) => !isSettled(one, finding));
  const components = formatCount(report.componentCount, 'component');
  const isClean = found.length > 0 || isProven(report);
  const said = isClean ? countBySeverity(report.findings) : 'no findings in what is covered';
  return [
    `### ${quoteText(target)}`,
    `**${said}** in ${components}`,
    formatDoubts(groupDoubts(one), room),
    ...groupFindings(open, groupBy).flatMap(([name, some]) => [
      name === null ? '' : `#### ${quoteText(name)}`,
      formatTable(some, room),
    ]),
    settled.length === 0
      ? ''
      : `<details><summary>${formatCount(settled.length, 'finding')} not affected or known before` +
        `</summary>\n\n${formatTable(settled, room)}\n\n</details>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

const COLUMNS = ['Severity', 'Vulnerability', 'Package', 'Fixed in', 'Status', 'Path', 'Title'];

function formatTable(found: readonly FoundIn[], room: Room): string {
  const rows = found.map((each) => formatRow(toCells(each)));
  const head = [formatRow(COLUMNS), formatRow(COLUMNS.map(() => '---'))];
  return [...head, ...room.fit(rows, 'finding')].join('\n');
}

function toCells({ one, finding }: FoundIn): readonly string[] {
  const { findPath, findLine } = one;
  const { id, name, version, fixed, title, component, locations } = finding;
  const path = findPath(component);
  const line = findLine(finding);
  const place = locations[0] === undefined ? '' : locations[0] + (line === null ? '' : `:${line}`);
  return [
    formatRated(finding),
    `[${quoteText(id)}](${toLink(id)})`,
    quoteText(`${name} ${version}`),
    fixed[0] === undefined ? '–' : quoteText(fixed.slice(0, 3).join(', ')),
    quoteText(
      [explainStatus(finding, one), ...listExploitation(finding)].join(', ').replaceAll('_', ' '),
    ),
    path === null ? quoteText(place) : quoteText(namePath(path).join(' > ')),
    quoteText(title ?? ''),
  ];
}

/** `critical 9.8`, and who says so. */
function formatRated(finding: FoundIn['finding']): string {
  const source = formatRatingSource(finding.severitySource);
  return source === '' ? formatLevel(finding) : `${formatLevel(finding)} (${quoteText(source)})`;
}

/** An address in which nothing ends the link or begins other markup. */
function toLink(id: string): string {
  return toVulnerabilityUrl(id).replaceAll(/[!~*'()_]/g, (char) => {
    return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
  });
}

export function formatRow(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function formatDoubts(groups: readonly DoubtGroup[], room: Room): string {
  if (groups.length === 0) return '';
  const isOpen = !groups.every(isRemark);
  const head = isOpen
    ? ['> [!WARNING]', '> Not everything could be looked up: a missing finding proves nothing.']
    : ['> [!NOTE]', '> Everything was looked up, and:'];
  const lines = groups.map(({ why, about }) => {
    const named = about.slice(0, 3).map(quoteText).join(', ');
    const more = about.length > 3 ? ', …' : '';
    return about.length === 0
      ? `> - ${quoteText(why)}`
      : `> - ${about.length} × ${quoteText(why)}: ${named}${more}`;
  });
  return [...head, '>', ...room.fit(lines, 'reason').map((line) => line || '>')].join('\n');
}

function formatFailed({ target, failure }: ScanFindings['failed'][number]): string {
  const { message, remedy } = failure;
  return `### ${quoteText(target)}\n\n> [!CAUTION]\n> Not scanned: ${quoteText(message)} ${quoteText(remedy)}`;
}

/**
 * Text of others, so that nothing in it is markup, a link or the name of somebody: plain words stay
 * as they are, and the rest is code. A character that would end the code or its cell is written as
 * its number.
 */
export function quoteText(text: string): string {
  const plain = makePrintable(text.toWellFormed().slice(0, CELL_MAX)).trim();
  if (/^[A-Za-z][A-Za-z ,()'/-]*$|^$/.test(plain)) return plain;
  return `\`${plain.replaceAll('`', '\\u0060').replaceAll('|', '\\u007c')}\``;
}

const CELL_MAX = 500;
