import type { Finding } from '../../../capabilities/scanning/index.ts';
import { formatPackage } from '../format-package.ts';
import { compareRisk } from './finding-text.ts';
import type { FindingGroup, TargetFindings } from './report.ts';

/** A finding with the target in which it is. */
export interface FoundIn {
  readonly one: TargetFindings;
  readonly finding: Finding;
}

/** All findings of some targets by risk: the worst first. */
export function listByRisk(targets: readonly TargetFindings[]): readonly FoundIn[] {
  return targets
    .flatMap((one) => one.report.findings.map((finding) => ({ one, finding })))
    .sort((a, b) => compareRisk(a.finding, b.finding));
}

/**
 * The findings in groups with a name, in the order of the worst of each; all of them as one group
 * without a name if they are not divided.
 */
export function groupFindings(
  found: readonly FoundIn[],
  by: FindingGroup | undefined,
): readonly (readonly [name: string | null, found: readonly FoundIn[]])[] {
  if (by === undefined) return found.length === 0 ? [] : [[null, found]];
  return [...Map.groupBy(found, (each) => nameGroup(each, by))];
}

function nameGroup({ one, finding }: FoundIn, by: FindingGroup): string {
  switch (by) {
    case 'severity':
      return finding.severity;
    case 'package':
      return formatPackage(finding.component);
    case 'vulnerability':
      return finding.id;
    case 'location':
      return finding.locations[0] ?? 'of no known place';
    case 'target':
      return one.target;
  }
}
