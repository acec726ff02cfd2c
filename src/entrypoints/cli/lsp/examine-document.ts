import { type AdvisoryIndex, toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import type { DeclaredDependency } from '../../../capabilities/ecosystems/index.ts';
import type { FileTree } from '../../../capabilities/inventory/index.ts';
import {
  type Finding,
  findDependencyPaths,
  type LineNames,
} from '../../../capabilities/scanning/index.ts';
import type { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  createDocumentTree,
  groupFindingsByPurl,
  readSource,
  type SourceAnalysis,
} from '../../../gates/source/index.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openTree } from '../../compose/trees.ts';
import { type Carriers, describeCarried } from '../carriers.ts';
import { locateFindings } from '../finding-lines.ts';
import { formatPackage } from '../format-package.ts';
import {
  compareRisk,
  describeFix,
  formatDoubt,
  formatLevel,
  groupDoubts,
  listExploitation,
  namePath,
} from '../report/finding-text.ts';
import type { OpenDocument } from './open-documents.ts';

/** Something to say about one line of a document; lines are counted from 1. */
export interface Mark {
  readonly line: number;
  readonly level: 'error' | 'warning' | 'information';
  readonly code: string;
  readonly link: string | null;
  readonly message: string;
  /** More than the message has, for who looks at the line. */
  readonly details: readonly string[];
  /** What `fix --only` takes to fix it; null where `fix` can do nothing. */
  readonly fix: string | null;
  readonly purl: string | null;
}

/** What is known of a document: `tree` and `reading` are what a fix is planned on. */
export interface Examination {
  readonly marks: readonly Mark[];
  readonly tree: FileTree;
  readonly reading: SourceAnalysis;
}

export interface ExaminationPorts {
  readonly index: AdvisoryIndex;
  readonly signal: AbortSignal;
  /** What the lines of earlier texts name. */
  readonly lines: LineNames;
}

/** Examines one document as `waybill scan` and `waybill deps` do. Throws a Failure. */
export async function examineDocument(
  document: OpenDocument,
  edited: ReadonlyMap<string, Uint8Array>,
  ports: ExaminationPorts,
): Promise<Examination> {
  const { path } = document;
  const whole = orThrow(await openTree(document.root));
  const tree = createDocumentTree(whole, { document: path, edited });
  const reading = await readSource(tree, '.', {
    advisories: ports.index,
    now: toInstant(Date.now()),
    signal: ports.signal,
    reading: createCommandBudget(),
  });
  const own = reading.declared.dependencies.filter(({ place }) => place.file === path);
  const found = await markFindings(path, { tree, reading, own }, ports.lines);
  const marks = [...found, ...own.flatMap(markPin), ...markProblems(path, reading)];
  return { marks: limitMarks([...marks, ...markDoubts(path, marks, reading)]), tree, reading };
}

interface SourceView {
  readonly tree: FileTree;
  readonly reading: SourceAnalysis;
  readonly own: readonly DeclaredDependency[];
}

/** Findings where the document declares the package, or else at the lines that SARIF has. */
async function markFindings(path: string, { tree, reading, own }: SourceView, lines: LineNames) {
  const byPurl = groupFindingsByPurl(reading);
  const here = [...byPurl.values()]
    .flat()
    .filter(({ locations }) => locations.includes(path))
    .map((finding) => ({ ...finding, locations: [path] }));
  const declared = new Map(own.map(({ purl, place }) => [purl, place.line]));
  const unplaced = here.filter(({ component }) => !declared.has(component));
  const findLine = await locateFindings(tree, { findings: unplaced }, lines);
  const findPath = findDependencyPaths(reading.inventory);
  const mark = (finding: Finding, line: number): Mark => toMark(finding, line, findPath);
  const located = here.map((finding) =>
    mark(finding, declared.get(finding.component) ?? findLine(finding) ?? 1),
  );
  const isLocated = new Set(here.map(({ component }) => component));
  const elsewhere = own.flatMap(({ purl, place }) =>
    purl === null || isLocated.has(purl)
      ? []
      : (byPurl.get(purl) ?? []).map((finding) => ({ finding, line: place.line })),
  );
  return [
    ...located,
    ...elsewhere
      .toSorted((one, other) => compareRisk(one.finding, other.finding))
      .map(({ finding, line }) => mark(finding, line)),
  ];
}

function toMark(
  finding: Finding,
  line: number,
  findPath: ReturnType<typeof findDependencyPaths>,
): Mark {
  const { id, component, title, development } = finding;
  const named = formatPackage(component);
  const path = findPath(component);
  const level = `${formatLevel(finding)}${development ? ', development' : ''}`;
  return {
    line,
    level: LEVELS[finding.severity],
    code: id,
    link: toVulnerabilityUrl(id),
    message: `${named}: ${id} (${level}), ${describeFix(finding)}${title === null ? '' : `: ${title}`}`,
    details: [
      ...listExploitation(finding),
      ...(path === null ? [] : [`required by: ${namePath(path).join(' > ')}`]),
    ],
    fix: component,
    purl: component,
  };
}

const LEVELS = {
  critical: 'error',
  high: 'error',
  unknown: 'warning',
  medium: 'warning',
  low: 'information',
  none: 'information',
} as const satisfies Readonly<Record<Finding['severity'], Mark['level']>>;

function markPin({ pinned, name, why, place, purl }: DeclaredDependency): readonly Mark[] {
  if (pinned === 'yes') return [];
  const what = pinned === 'no' ? 'not pinned' : 'not known to be pinned';
  return [
    {
      line: place.line,
      level: pinned === 'no' ? 'warning' : 'information',
      code: pinned === 'no' ? 'not-pinned' : 'pin-unknown',
      link: null,
      message: `${name} is ${what}: ${why}`,
      details: [],
      fix: purl ?? name,
      purl,
    },
  ];
}

function markProblems(path: string, { declared, inventory }: SourceAnalysis): readonly Mark[] {
  const own = [...declared.problems, ...inventory.skips].filter(
    ({ location }) => location === path,
  );
  return [...new Map(own.map(({ cause }) => [cause.message, markFailure(cause)])).values()];
}

/** What could not be examined is said, so that no mark does not mean that nothing is wrong. */
export function markFailure({ code, message, remedy }: Failure): Mark {
  return { ...markUnexamined(`${message}. ${remedy}`), code };
}

export function markUnexamined(why: string): Mark {
  const none = { link: null, details: [], fix: null, purl: null };
  return {
    line: 1,
    level: 'warning',
    code: 'not-examined',
    message: `not examined: ${why}`,
    ...none,
  };
}

/** Of a document that says something of dependencies alone. */
function markDoubts(path: string, marks: readonly Mark[], reading: SourceAnalysis) {
  const { inventory, declared, report } = reading;
  const isRead =
    marks.length > 0 ||
    inventory.components.some(({ locations }) => locations.includes(path)) ||
    declared.dependencies.some(({ place }) => place.file === path);
  if (!isRead) return [];
  return groupDoubts({ report, unfixed: 0 })
    .slice(0, DOUBTS_SHOWN)
    .map((doubt): Mark => {
      const message = `${doubt.kind}: ${formatDoubt(doubt)}`;
      const none = { link: null, details: [], fix: null, purl: null };
      return { line: 1, level: 'information', code: doubt.kind, message, ...none };
    });
}

const DOUBTS_SHOWN = 5;

/** As many as the limit allows; the rest is counted at the first line. */
export function limitMarks(marks: readonly Mark[]): readonly Mark[] {
  const most = LIMITS.editorDiagnosticsMax;
  // mutant editor-marks-without-end by examine-document: condition -> true
  if (marks.length <= most) return marks;
  const message = `${marks.length - most + 1} more: waybill scan and waybill deps show them`;
  const none = { link: null, details: [], fix: null, purl: null };
  const rest: Mark = { line: 1, level: 'warning', code: 'left-out', message, ...none };
  return [rest, ...marks.slice(0, most - 1)];
}

/** What stands at a line, for people, with where it already runs. */
export async function describeMarks(
  marks: readonly Mark[],
  carriers: Carriers,
): Promise<readonly string[]> {
  const shown = marks.slice(0, HOVER_MARKS_MAX);
  const lines = shown.flatMap(({ message, details, link }) => [
    message,
    ...[...details, ...(link === null ? [] : [link])].map((one) => `  ${one}`),
  ]);
  const more = marks.length - shown.length;
  const used = [];
  for (const [purl, own] of Map.groupBy(shown, (one) => one.purl)) {
    const ids = own.map(({ code }) => code);
    const carried = purl === null ? null : await carriers.find(purl, ids);
    if (carried !== null) used.push(...describeCarried(carried).map((one) => `in use: ${one}`));
  }
  return [...lines, ...(more > 0 ? [`and ${more} more`] : []), ...used];
}

const HOVER_MARKS_MAX = 20;
