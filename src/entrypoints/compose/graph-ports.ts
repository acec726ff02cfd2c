import { affectedMatcher } from '../../capabilities/advisories/index.ts';
import type { GraphPorts } from '../../capabilities/graph/index.ts';
import { readSbom } from '../../capabilities/inventory/index.ts';
import { ok } from '../../core/result.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';

/**
 * What the graph needs from other rooms: inventory reads SBOMs for it, scanning compares versions.
 * Threads load this file by name.
 */
export const graphPorts: GraphPorts = {
  reader: {
    read: (bytes) => {
      const reading = readWithinBudget(bytes.length, () => readSbom(bytes));
      if (!reading.ok) return reading;
      const { format, inventory } = reading.value;
      return ok({ format, outcome: inventory.outcome, components: inventory.components });
    },
  },
  matcher: affectedMatcher,
};
