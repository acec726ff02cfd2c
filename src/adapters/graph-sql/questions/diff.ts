import type {
  ComparedSide,
  Diff,
  Difference,
  GraphFinding,
  Question,
  Subject,
} from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Severity } from '../../../core/severity.ts';
import { parsePackage } from '../write/project-set.ts';
import { toChange } from './diff-change.ts';
import { diffComponents } from './diff-components.ts';
import { diffOrigins } from './diff-origins.ts';
import { answerFindings } from './findings.ts';
import { readLicences, type SubjectLicences } from './licenses.ts';
import { checkRowsMax, formatCursor, parseCursor, type Scope } from './scope.ts';
import { type ResolvedSubject, resolveSubject } from './subject.ts';

/**
 * What two images or releases do not have in common. Both are read whole; a component that both
 * have is not loaded.
 */
export async function answerDiff(scope: Scope, { from, to }: Question<'diff'>): Promise<Diff> {
  const [before, after] = [await readSide(scope, from), await readSide(scope, to)];
  const findings = diffFindings(before.findings, after.findings);
  const all: readonly Difference[] = [
    ...(await diffOrigins(scope, before.meant, after.meant)),
    ...findings,
    ...diffLicences(before.licences, after.licences),
    ...(await diffComponents(scope, before.meant.all, after.meant.all)),
  ];
  const rowsMax = checkRowsMax(scope.ask.page);
  const marker = parseCursor(scope.ask.page.after, ['number', 'string']);
  const rest = all
    .map((row) => [formatPlace(row), row] as const)
    .filter(([place]) => marker === null || comparePlaces(place, marker as Place) > 0)
    .sort(([one], [other]) => comparePlaces(one, other));
  const shown = rest.slice(0, rowsMax);
  const last = shown.at(-1)?.[0];
  return {
    differences: shown.map(([, row]) => row),
    newFindings: findings.filter(({ change, to: now }) => change !== 'removed' && isOpen(now))
      .length,
    from: before.side,
    to: after.side,
    next: rest.length > rowsMax && last !== undefined ? formatCursor(last) : null,
  };
}

type Place = readonly [kind: number, key: string];
const COMPARED = ['provenance', 'finding', 'licence', 'component'] as const;

function formatPlace({ what, change, name, from, to }: Difference): Place {
  return [COMPARED.indexOf(what), JSON.stringify([name, change, from, to])];
}

function comparePlaces(one: Place, other: Place): number {
  if (one[0] !== other[0]) return one[0] - other[0];
  return one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0;
}

interface Side {
  readonly meant: ResolvedSubject;
  readonly findings: ReadonlyMap<string, FoundIn>;
  readonly licences: SubjectLicences;
  readonly side: ComparedSide;
}

interface FoundIn {
  readonly status: string;
  readonly severity: Severity;
}

async function readSide(scope: Scope, subject: Subject): Promise<Side> {
  const meant = await resolveSubject(scope, subject);
  const licences = await readLicences(scope, meant);
  const { findings, judged } = await readFindings(scope, subject);
  const isStated = [...licences.byPurl.values()].every(({ length }) => length > 0);
  const licensed = isStated && licences.unread.length === 0 && !licences.more;
  return { meant, findings, licences, side: { inventory: licences.inventory, judged, licensed } };
}

/** All findings that are not excused, by vulnerability and package. */
async function readFindings(scope: Scope, subject: Subject) {
  const findings = new Map<string, FoundIn>();
  let judged = true;
  for (let after: string | null = null; ; ) {
    const page = { rowsMax: LIMITS.pageRowsMax, after };
    const paged = { ...scope, ask: { ...scope.ask, page } };
    const answer = await answerFindings(paged, { name: 'findings', subject });
    for (const found of answer.findings) addFinding(findings, found);
    for (const { names, status, severity, purl, name } of answer.claimed)
      addFinding(findings, { names, status, severity, purl: purl ?? name });
    const { coverage, notCovered, rejected } = answer;
    // mutant difference-of-components-without-a-feed by diff: condition -> false
    if (notCovered.length > 0 || rejected > 0 || coverage.some(({ reason }) => reason !== null))
      judged = false;
    after = answer.next;
    if (after === null) return { findings, judged };
    if (findings.size > LIMITS.questionVersionsMax)
      throw new Failure(
        'LIMIT_EXCEEDED',
        `there are more than ${LIMITS.questionVersionsMax} findings to compare`,
        'Ask about one image of each.',
      );
  }
}

type AnyFinding = Pick<GraphFinding, 'names' | 'severity'> & {
  readonly status: string;
  readonly purl: string;
};

/** Of several versions of a package the one that is surely affected counts. */
function addFinding(
  findings: Map<string, FoundIn>,
  { names, status, severity, purl }: AnyFinding,
): void {
  // mutant excused-finding-of-a-difference by diff: condition -> false
  if (status === 'not_affected') return;
  const of = purl.startsWith('pkg:') ? parsePackage(purl as Purl).base : purl;
  const key = `${names[0] ?? ''} in ${of}`;
  if (findings.get(key)?.status !== 'affected') findings.set(key, { status, severity });
}

function isOpen(status: string | null): boolean {
  return status === 'affected' || status === 'claimed' || status === 'unknown';
}

function diffFindings(before: Side['findings'], after: Side['findings']): readonly Difference[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    const [from, to] = [old?.status ?? null, now?.status ?? null];
    const severity = now?.severity ?? old?.severity ?? null;
    return from === to ? [] : [{ what: 'finding', name, ...toChange(from, to), severity }];
  });
}

function diffLicences(before: SubjectLicences, after: SubjectLicences): readonly Difference[] {
  const [old, now] = [before, after].map(({ byPurl }) => new Set([...byPurl.values()].flat())) as [
    Set<string>,
    Set<string>,
  ];
  return [...new Set([...old, ...now])].flatMap((name) => {
    const [from, to] = [old.has(name) ? name : null, now.has(name) ? name : null];
    return from === to ? [] : [{ what: 'licence', name, ...toChange(from, to), severity: null }];
  });
}
