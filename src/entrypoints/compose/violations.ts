import type { DeploymentRecord } from '../../capabilities/evidence/index.ts';
import type { Findings, GraphFinding, GraphQuestions } from '../../capabilities/graph/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import type { EventPorts } from '../../phases/operate/index.ts';

/**
 * Joins runtime events to the graph. Many events of one moment and image need only one question.
 */
export function createViolationPorts(cluster: string, graph: GraphQuestions): EventPorts {
  let held: ObservationCache | null = null;
  const findings = new Map<Digest, Promise<Result<Findings>>>();
  return {
    seenAt: async (at) => {
      if (held !== null && at >= held.from && at <= held.to) return ok(held.records);
      const seen = await graph.ask({ name: 'observations', cluster, at });
      if (!seen.ok) return seen;
      const from = Math.max(...seen.value.map(({ observedAt }) => observedAt));
      if (seen.value.length > 0) held = { from, to: at, records: seen.value };
      return seen;
    },
    listFindings: (image) => computeOnce(findings, image, () => listAllFindings(graph, image)),
    known: (ids) => graph.ask({ name: 'known-violations', ids }),
  };
}

/**
 * The last observation at `to` is the last one at every moment since `from`. An observation is
 * large, so only one is kept.
 */
interface ObservationCache {
  readonly from: number;
  readonly to: Instant;
  readonly records: readonly DeploymentRecord[];
}

const HELD_MAX = 4_096;

function computeOnce<K, V>(held: Map<K, V>, key: K, make: () => V): V {
  const known = held.get(key);
  if (known !== undefined) return known;
  const made = make();
  held.set(key, made);
  const [oldest] = held.keys();
  if (held.size > HELD_MAX && oldest !== undefined) held.delete(oldest);
  return made;
}

const PAGES_MAX = 20;

async function listAllFindings(graph: GraphQuestions, image: Digest): Promise<Result<Findings>> {
  const findings: GraphFinding[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const found: Result<Findings> = await graph.ask({
      name: 'findings',
      subject: image,
      page: { rowsMax: LIMITS.pageRowsMax, after },
    });
    if (!found.ok) return found;
    // Only these are needed for a cause; the others are not kept.
    findings.push(
      ...found.value.findings.filter(
        ({ severity }) => severity === 'critical' || severity === 'high',
      ),
    );
    after = found.value.next;
    if (after === null || page >= PAGES_MAX) return ok({ ...found.value, findings });
  }
}
