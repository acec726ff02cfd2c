import type { AffectedMatcher } from '../../capabilities/graph/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { AdvisoryReadings } from './advisory-readings.ts';
import type { Connected } from './connect-sqlite.ts';
import type { Ids } from './ids.ts';

/** What projecting one document works with: the shard, and where in its log the document stands. */
export interface Projection {
  readonly connected: Connected;
  readonly shard: number;
  readonly ids: Ids;
  readonly matcher: AffectedMatcher;
  readonly readings: AdvisoryReadings;
  readonly position: number;
  readonly digest: Digest;
  readonly subject: Digest | null;
  readonly recordedAt: Instant;
}

/** Says that this document is evidence of an edge; saying it twice is saying it once. */
export function addEvidence({ connected, shard, position }: Projection, edge: string, ids: readonly number[]): void {
  const rows = [...ids].sort((one, other) => one - other).map((id) => [shard, edge, id, position]);
  connected.insertRows('edge_evidence', ['shard', 'edge', 'edge_id', 'position'], rows, true);
}

export async function addProblem(projection: Projection, kind: string, subject: string, detail: string): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const id = await ids.allocate('problem', 1);
  const row = [shard, id, kind, subject, detail, position];
  connected.insertRows('problem', ['shard', 'id', 'kind', 'subject', 'detail', 'known_from'], [row]);
}
