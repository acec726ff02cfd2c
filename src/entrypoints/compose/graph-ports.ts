import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { GraphPorts, ReportedFinding } from '../../capabilities/graph/index.ts';
import { readSbom } from '../../capabilities/inventory/index.ts';
import { readScanDocument, type SarifFinding } from '../../capabilities/scanning/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok } from '../../core/result.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';

/**
 * What the graph needs from other rooms: inventory reads SBOMs for it, scanning compares versions.
 * Threads load this file by name.
 */
export const graphPorts: GraphPorts = {
  reader: {
    read: (bytes) => {
      const reading = readWithinBudget(bytes, () => readSbom(bytes));
      if (!reading.ok) return reading;
      const { format, inventory } = reading.value;
      return ok({ format, outcome: inventory.outcome, components: inventory.components });
    },
  },
  scans: {
    read: (bytes) => {
      const reading = readWithinBudget(bytes, () => readScanDocument(bytes));
      if (!reading.ok) return reading.failure.code === 'UNSUPPORTED' ? ok(null) : reading;
      const { tool, createdAt, hasLooked, part, findings, isOwn } = reading.value;
      if (isOwn) return ok(null);
      return ok({ tool, createdAt, hasLooked, part, findings: findings.map(toReportedFinding) });
    },
  },
  matcher: affectedMatcher,
};

/** One rule of a SARIF document may have very many aliases, and very many results. */
function toReportedFinding({ id, aliases, component, ...said }: SarifFinding): ReportedFinding {
  const others = aliases.filter((alias) => alias !== id && alias.length <= 200);
  const names = [id, ...others.slice(0, LIMITS.reportedNamesMax - 1)] as const;
  const { severity, score, name, version, fixed } = said;
  return { names, severity, score, purl: component, name, version, fixed };
}
