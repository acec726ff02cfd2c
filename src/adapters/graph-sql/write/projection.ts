import type { AffectedMatcher } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import type { Instant } from '../../../core/instant.ts';
import type { Cell, SqlConnection } from '../dialects/dialect.ts';
import type { AdvisoryCache } from './advisory-cache.ts';
import type { Ids } from './ids.ts';
import type { LookupCache } from './lookup-cache.ts';

/**
 * What the projection of one document works with: the shard, and the document's position in the
 * log.
 */
export interface Projection {
  readonly connected: SqlConnection;
  readonly shard: number;
  readonly ids: Ids;
  readonly matcher: AffectedMatcher;
  readonly readings: AdvisoryCache;
  readonly lookups: LookupCache;
  readonly position: number;
  readonly digest: Digest;
  readonly subject: Digest | null;
  readonly recordedAt: Instant;
  /** The token that posted the document to a server; null if it was recorded here. */
  readonly poster: string | null;
}

export type EdgeTable = 'image_member' | 'release_image' | 'image_set' | 'build_image';

/**
 * The edge that `key` identifies, created with `more` if it is new. Its identity is the fact: a
 * document that repeats the fact is added as evidence and makes no second edge.
 */
export async function addEdge(
  projection: Projection,
  table: EdgeTable,
  key: Readonly<Record<string, number | string>>,
  more: Readonly<Record<string, Cell>> = {},
): Promise<void> {
  const { connected, shard, ids, position } = projection;
  let query = connected.db
    .selectFrom(table as 'image_set')
    .select('id')
    .where('shard', '=', shard);
  for (const [column, value] of Object.entries(key))
    query = query.where(column as 'outcome', '=', value as string);
  const there = await query.executeTakeFirst();
  const id = there?.id ?? (await ids.allocate(table, 1));
  const cells = { ...key, ...more };
  const columns = ['shard', 'id', ...Object.keys(cells), 'known_from'];
  if (there === undefined)
    await connected.insertRows(table, columns, [[shard, id, ...Object.values(cells), position]]);
  await addEvidence(projection, table, [id]);
}

/** Records that this document is evidence of an edge. Recording it twice has no further effect. */
export async function addEvidence(
  { connected, shard, position }: Projection,
  edge: string,
  ids: readonly number[],
): Promise<void> {
  const rows = [...ids].sort((one, other) => one - other).map((id) => [shard, edge, id, position]);
  await connected.insertRows('edge_evidence', ['shard', 'edge', 'edge_id', 'position'], rows, true);
}

export async function addProblem(
  projection: Projection,
  kind: string,
  subject: string,
  detail: string,
): Promise<void> {
  const { connected, shard, ids, position } = projection;
  const id = await ids.allocate('problem', 1);
  const row = [shard, id, kind, subject, detail, position];
  await connected.insertRows(
    'problem',
    ['shard', 'id', 'kind', 'subject', 'detail', 'known_from'],
    [row],
  );
}
