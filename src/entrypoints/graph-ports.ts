import type { GraphPorts } from '../capabilities/graph/index.ts';
import { readSbom } from '../capabilities/inventory/index.ts';
import { affectedMatcher } from '../capabilities/scanning/index.ts';
import { ok } from '../core/result.ts';

/** How the graph reads SBOMs and compares versions. A module of its own: the writer's thread loads it by its address. */
export const graphPorts: GraphPorts = {
  reader: {
    read(bytes) {
      const reading = readSbom(bytes);
      if (!reading.ok) return reading;
      const { format, inventory } = reading.value;
      return ok({ format, outcome: inventory.outcome, components: inventory.components });
    },
  },
  matcher: affectedMatcher,
};

/** Where this module lies, as source or as built: what a database thread is told. */
export const GRAPH_PORTS_MODULE = import.meta.url;
