import { toVulnerabilityUrl } from '../../capabilities/advisories/index.ts';
import { formatRatingSource } from '../../core/severity.ts';
import { formatPackage } from './format-package.ts';
import { type Block, paint, showLine, showTable } from './report/block.ts';
import { paintSeverities } from './report/cell.ts';
import { type FoundIn, groupFindings, listByRisk } from './report/finding-groups.ts';
import {
  countBySeverity,
  describeStatus,
  formatLevel,
  listExploitation,
} from './report/finding-text.ts';
import type { ScanFindings } from './report/report.ts';
import { showVex } from './vex-blocks.ts';

const HEADER = [
  ...['SEVERITY', 'ID', 'PACKAGE', 'VERSION', 'FIXED IN', 'STATUS', 'RATED BY', 'TITLE'],
  ...['PATH OF DEPENDENCIES', 'LINK'],
];

/** By risk: the worst first, and those first that can be fixed. */
export function showFindings({ targets, groupBy }: ScanFindings): readonly Block[] {
  const several = targets.length > 1;
  const found = listByRisk(targets);
  if (found.length === 0) {
    const whole = targets.every(({ report }) => report.outcome === 'complete');
    return [showLine(whole ? 'no findings' : 'no findings in what is covered')];
  }
  const header = [...(several ? ['TARGET'] : []), ...HEADER];
  const tables = groupFindings(found, groupBy).flatMap(([name, some]): readonly Block[] => {
    const rows = some.map((each) => [...(several ? [each.one.target] : []), ...toRow(each)]);
    const table = showTable(header, rows);
    if (name === null) return [table];
    const counts = countBySeverity(some.map(({ finding }) => finding));
    return [showLine(paint('bold', name), '  ', ...paintSeverities(counts)), table];
  });
  return [
    ...tables,
    showLine(...paintSeverities(countBySeverity(found.map(({ finding }) => finding)))),
    ...showVex(
      found,
      targets.flatMap(({ report }) => report.vexRemarks ?? []),
    ),
  ];
}

function toRow({ one, finding }: FoundIn): readonly string[] {
  const { id, name, version: installed, fixed, title, component } = finding;
  const fixes = fixed.slice(0, 3).join(', ') || '-';
  const path = one.findPath(component);
  return [
    ...[formatLevel(finding), id, name, installed, fixes, describeRisk(finding, one)],
    formatRatingSource(finding.severitySource) || '-',
    title ?? '-',
    path === null ? '-' : path.map(formatPackage).join(' > '),
    toVulnerabilityUrl(id),
  ];
}

function describeRisk(finding: FoundIn['finding'], one: FoundIn['one']): string {
  return [describeStatus(finding, one), ...listExploitation(finding)].join(', ');
}
