import { type Doubt, type Finding, listDoubts } from '../../../capabilities/scanning/index.ts';
import { formatCount } from '../../../core/count.ts';
import type { Purl } from '../../../core/purl.ts';
import { formatRatingSource, type Severity } from '../../../core/severity.ts';
import { formatPackage } from '../format-package.ts';
import type { TargetFindings } from './report.ts';

/** An unknown severity may be any: it is shown with those that nobody should overlook. */
export const RISKS: readonly Severity[] = ['critical', 'high', 'unknown', 'medium', 'low', 'none'];

/** By risk: the worst first, and those first that can be fixed; what is dismissed comes last. */
export function compareRisk(one: Finding, other: Finding): number {
  return (
    Number(isDismissed(one)) - Number(isDismissed(other)) ||
    RISKS.indexOf(one.severity) - RISKS.indexOf(other.severity) ||
    (other.score ?? 0) - (one.score ?? 0) ||
    Number(other.fixed.length > 0) - Number(one.fixed.length > 0)
  );
}

/** Somebody trusted says that it does not concern the target: it stays visible. */
export function isDismissed({ status }: Finding): boolean {
  return status === 'not_affected';
}

/** Somebody answered for it, or a scan of before has it: it is shown, and does not count. */
export function isSettled({ known }: TargetFindings, finding: Finding): boolean {
  return isDismissed(finding) || known?.has(finding) === true;
}

/** `3 findings: 1 critical, 2 low (1 not affected)` */
export function countBySeverity(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'no findings';
  const counts = RISKS.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  const dismissed = findings.filter(isDismissed).length;
  const rest = dismissed === 0 ? '' : ` (${dismissed} not affected)`;
  return `${formatCount(findings.length, 'finding')}: ${counts.join(', ')}${rest}`;
}

export function describeFix({ fixed }: Finding): string {
  return fixed[0] === undefined ? 'no fixed version is known' : `fixed in ${fixed[0]}`;
}

/** `not_affected: vulnerable_code_not_present, says ada@example.com (vex.json)` */
export function describeDismissal(finding: Finding): string | null {
  if (!isDismissed(finding)) return null;
  const { vex } = finding;
  if (vex === undefined || vex === null) return 'not_affected';
  const { status, justification, by, document } = vex;
  return `${status}${justification === null ? '' : `: ${justification}`}, says ${by} (${document})`;
}

/** `affected (development, known)` */
export function describeStatus(finding: Finding, one: Pick<TargetFindings, 'known'>): string {
  return addRemarks(finding.status, finding, one);
}

/** The same, with who says that it does not affect the target, and why. */
export function explainStatus(finding: Finding, one: Pick<TargetFindings, 'known'>): string {
  return addRemarks(describeDismissal(finding) ?? finding.status, finding, one);
}

function addRemarks(
  status: string,
  finding: Finding,
  { known }: Pick<TargetFindings, 'known'>,
): string {
  const more = [
    ...(finding.development ? ['development'] : []),
    ...(known?.has(finding) === true ? ['known'] : []),
  ];
  return more.length === 0 ? status : `${status} (${more.join(', ')})`;
}

/** Only what speaks for exploitation: that nothing is known is in JSON. */
export function listExploitation({ kev, epss }: Finding): readonly string[] {
  const score = epss === null || epss === undefined ? [] : [`EPSS ${epss.score.toFixed(3)}`];
  return [...(kev?.listed === true ? ['exploited (KEV)'] : []), ...score];
}

export function formatLevel({ severity, score }: Finding): string {
  return score === null ? severity : `${severity} ${score.toFixed(1)}`;
}

/** Equal doubts of many packages, as one; the packages are counted. */
export interface DoubtGroup extends Pick<Doubt, 'kind' | 'why'> {
  /** Package URLs and places, where the doubts name them. */
  readonly about: readonly string[];
}

/** What a reader has to know of a scan, and of what was left out of it. */
export function listAllDoubts({
  report,
  unfixed,
}: Pick<TargetFindings, 'report' | 'unfixed'>): readonly Doubt[] {
  if (unfixed === 0) return listDoubts(report);
  const why = `${formatCount(unfixed, 'finding')} without a fixed version left out (--only-fixed)`;
  return [...listDoubts(report), { kind: 'left-out', purl: null, place: null, why }];
}

/** Whether a doubt hides nothing that was not asked to be left out. */
export function isRemark({ kind }: Pick<Doubt, 'kind'>): boolean {
  return kind === 'alias-conflict' || kind === 'left-out' || kind === 'vex-remark';
}

/** The doubts of a scan, each reason once. */
export function groupDoubts(
  one: Pick<TargetFindings, 'report' | 'unfixed'>,
): readonly DoubtGroup[] {
  const groups = Map.groupBy(listAllDoubts(one), ({ kind, why }) => `${kind}\n${why}`);
  return [...groups.values()].map((same) => {
    const { kind, why } = same[0] as Doubt;
    return { kind, why, about: same.flatMap(({ purl, place }) => purl ?? place ?? []) };
  });
}

/** `2 × packages of type apk are not covered: pkg:apk/…, …` */
export function formatDoubt({ why, about }: DoubtGroup): string {
  if (about.length === 0) return why;
  const shown = about.slice(0, NAMED_MAX).join(', ');
  return `${about.length} × ${why}: ${shown}${about.length > NAMED_MAX ? ', …' : ''}`;
}

const NAMED_MAX = 3;

/** The packages of a way, from the direct requirement on; the middle of a long one is counted. */
export function namePath(path: readonly Purl[]): readonly string[] {
  const shown = path.slice(0, HEAD_MAX).map(formatPackage);
  const left = path.length - HEAD_MAX - TAIL_MAX;
  if (left <= 1) return path.map(formatPackage);
  return [...shown, `… ${left} more …`, ...path.slice(-TAIL_MAX).map(formatPackage)];
}

const HEAD_MAX = 10;
const TAIL_MAX = 10;

/** `rated by: low, DEBIAN-CVE-2026-1`; nothing where the severity has no source. */
export function listRater({ severitySource }: Finding): readonly string[] {
  const rater = formatRatingSource(severitySource);
  return rater === '' ? [] : [`rated by: ${rater}`];
}
