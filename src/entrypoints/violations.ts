import type { DeploymentRecord } from '../capabilities/evidence/index.ts';
import type { EstateQuestions, Findings, GraphFinding, GraphQuestions } from '../capabilities/graph/index.ts';
import type { Digest } from '../core/digest.ts';
import type { Instant } from '../core/instant.ts';
import { ok, type Result } from '../core/result.ts';
import type { TakingPorts } from '../phases/operate/index.ts';
import { EVERYTHING } from './everything.ts';

type Questions = Pick<GraphQuestions, 'findingsOf'> & Pick<EstateQuestions, 'observationsOf' | 'knownViolations'>;

/** What joins runtime events to the graph. Many events of one moment and image ask once. */
export function violationPorts(cluster: string, graph: Questions): TakingPorts {
  const seen = new Map<Instant, Promise<Result<readonly DeploymentRecord[]>>>();
  const findings = new Map<Digest, Promise<Result<Findings>>>();
  return {
    seenAt: (at) => once(seen, at, () => graph.observationsOf(cluster, at, EVERYTHING)),
    findingsOf: (image) => once(findings, image, () => allFindings(graph, image)),
    known: (ids) => graph.knownViolations(ids, EVERYTHING),
  };
}

/** An observation of a large cluster is large: few are held at once. */
const HELD_MAX = 64;

function once<K, V>(held: Map<K, V>, key: K, make: () => V): V {
  const known = held.get(key);
  if (known !== undefined) return known;
  const made = make();
  held.set(key, made);
  const [oldest] = held.keys();
  if (held.size > HELD_MAX && oldest !== undefined) held.delete(oldest);
  return made;
}

const PAGES_MAX = 20;

async function allFindings(graph: Questions, image: Digest): Promise<Result<Findings>> {
  const findings: GraphFinding[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const found: Result<Findings> = await graph.findingsOf(image, {
      ...EVERYTHING,
      page: { ...EVERYTHING.page, after },
    });
    if (!found.ok) return found;
    findings.push(...found.value.findings);
    after = found.value.next;
    if (after === null || page >= PAGES_MAX) return ok({ ...found.value, findings });
  }
}
