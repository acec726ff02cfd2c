import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { GraphPorts, ReportedFinding } from '../../capabilities/graph/index.ts';
import { readSbom } from '../../capabilities/inventory/index.ts';
import {
  readScanDocument,
  recogniseVex,
  type SarifFinding,
} from '../../capabilities/scanning/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
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
      // mutant posted-vex-is-an-inventory by graph-vex: condition -> false
      if (inventory.components.length <= VEX_COMPONENTS_MAX && isVexAlone(bytes))
        return fail(
          'UNSUPPORTED',
          'it states analyses of vulnerabilities (VEX), and no inventory',
          'Post it as a statement: kind=statement.',
        );
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

/** A statement lists few components, if any: no large inventory is read twice. */
const VEX_COMPONENTS_MAX = 1_000;

function isVexAlone(bytes: Uint8Array): boolean {
  const json = parseJson(bytes, { bytesMax: LIMITS.vexDocumentBytesMax });
  return json.ok && recogniseVex(json.value) !== null;
}

/** One rule of a SARIF document may have very many aliases, and very many results. */
function toReportedFinding({ id, aliases, component, ...said }: SarifFinding): ReportedFinding {
  const others = aliases.filter((alias) => alias !== id && alias.length <= 200);
  const names = [id, ...others.slice(0, LIMITS.reportedNamesMax - 1)] as const;
  const { severity, score, name, version, fixed } = said;
  return { names, severity, score, purl: component, name, version, fixed };
}
