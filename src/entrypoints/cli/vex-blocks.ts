import type { Finding, FindingVex, VexRemark } from '../../capabilities/scanning/index.ts';
import { formatInstant } from '../../core/instant.ts';
import { formatPackage } from './format-package.ts';
import { type Block, paint, showLine, showTable } from './report/block.ts';

/** What VEX says: of each finding that it takes away, who says so and why; then the remarks. */
export function showVex(
  found: readonly { readonly finding: Finding }[],
  remarks: readonly VexRemark[],
): readonly Block[] {
  const rows = found.flatMap(({ finding }) => {
    const { vex, id, component } = finding;
    if (vex === undefined || vex === null) return [];
    return [[id, formatPackage(component), vex.status, vex.justification ?? '-', ...toSource(vex)]];
  });
  return [
    ...(rows.length === 0 ? [] : [showTable(HEADER, rows)]),
    ...remarks.map(({ kind, id, component, why, by, document }) =>
      showLine(
        paint('yellow', `vex, ${kind}:`),
        ` ${document} by ${by}, of ${id} in ${formatPackage(component)}: ${why}`,
      ),
    ),
  ];
}

const HEADER = ['VEX', 'PACKAGE', 'SAYS', 'WHY', 'SIGNED BY', 'DOCUMENT', 'DATE'];

function toSource({ by, document, at }: FindingVex): readonly string[] {
  return [by, document, at === null ? '-' : formatInstant(at)];
}
