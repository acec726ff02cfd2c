import type { ExpressionBuilder, ExpressionWrapper, SqlBool } from 'kysely';
import type { Database } from '../schema/schema.ts';
import type { Scope } from './scope.ts';

export interface ReleaseRow {
  readonly id: number;
  readonly released_at: number;
}

type ReleaseBuilder = ExpressionBuilder<Database, 'release'>;

/**
 * The releases that are asked for, newest first, `size` at a time and for as long as the caller
 * takes them: most answers are full long before the last one. No part is empty.
 */
export async function* walkNewest(
  { db, shard }: Pick<Scope, 'db' | 'shard'>,
  isAsked: (row: ReleaseBuilder) => ExpressionWrapper<Database, 'release', SqlBool>,
  size: number,
): AsyncGenerator<readonly ReleaseRow[]> {
  let last: ReleaseRow | undefined;
  for (;;) {
    const after = last;
    const rows: readonly ReleaseRow[] = await db
      .selectFrom('release')
      .select(['release.id', 'release.released_at'])
      .where('release.shard', '=', shard)
      .where(isAsked)
      .$if(after !== undefined, (query) => query.where((row) => isBehind(row, after)))
      .orderBy('release.released_at', 'desc')
      .orderBy('release.id', 'desc')
      .limit(size)
      .execute();
    if (rows.length > 0) yield rows;
    if (rows.length < size) return;
    last = rows.at(-1);
  }
}

/** Whether a release comes after another one in this order. */
export function isBehind(
  row: ReleaseBuilder,
  { released_at: at, id }: ReleaseRow = { released_at: 0, id: 0 },
): ExpressionWrapper<Database, 'release', SqlBool> {
  return row(row.refTuple('release.released_at', 'release.id'), '<', row.tuple(at, id));
}
