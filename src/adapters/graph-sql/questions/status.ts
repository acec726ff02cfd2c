import type { EvidenceKind } from '../../../capabilities/evidence/index.ts';
import { computeRoot, EVIDENCE_KINDS } from '../../../capabilities/evidence/index.ts';
import type { GraphProblem, GraphStatus } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { setOwn } from '../../../core/own.ts';
import type { SqlConnection } from '../dialects/dialect.ts';
import { isOwned, TABLES } from '../schema/schema.ts';
import { readHead } from '../write/log.ts';

/**
 * Counts stop at LIMITS.statusRowsMax: an exact number is not needed, so it must not cost a scan of
 * all rows.
 */
export async function readStatus(connected: SqlConnection, shard: number): Promise<GraphStatus> {
  const { db } = connected;
  const { frontier } = await readHead(connected, shard);
  const documents: Partial<Record<EvidenceKind, number>> = {};
  for (const kind of Object.keys(EVIDENCE_KINDS) as EvidenceKind[]) {
    const some = db
      .selectFrom('log_entry')
      .select('position')
      .where('shard', '=', shard)
      .where('kind', '=', kind)
      .limit(LIMITS.statusRowsMax)
      .as('some');
    const row = await db
      .selectFrom(some)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (row.count > 0) documents[kind] = row.count;
  }
  const rows: Record<string, number> = {};
  for (const table of Object.keys(TABLES).filter(isOwned)) {
    const some = db
      .selectFrom(table as 'layer')
      .select('shard')
      .where('shard', '=', shard)
      .limit(LIMITS.statusRowsMax)
      .as('some');
    const row = await db
      .selectFrom(some)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    setOwn(rows, table, row.count);
  }
  const head = { size: frontier.size, root: computeRoot(frontier) };
  return {
    schemaVersion: connected.schemaVersion,
    head,
    documents,
    problems: await readProblems(connected, shard),
    rows,
  };
}

async function readProblems(
  { db }: SqlConnection,
  shard: number,
): Promise<readonly GraphProblem[]> {
  const rows = await db
    .selectFrom('problem')
    .select(['kind', 'subject', 'detail', 'known_from'])
    .where('shard', '=', shard)
    .where('known_to', 'is', null)
    .orderBy('id')
    .limit(LIMITS.pageRowsMax)
    .execute();
  return rows.map(({ kind, subject, detail, known_from: position }) => ({
    kind: kind as GraphProblem['kind'],
    subject,
    detail,
    position,
  }));
}
