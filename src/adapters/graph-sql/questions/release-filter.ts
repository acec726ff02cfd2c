import type { ExpressionBuilder } from 'kysely';
import type { Database } from '../schema/schema.ts';
import type { Scope } from './scope.ts';

/**
 * The values that decide whether a release is requested. A sub-query has no database of its own.
 */
export type ScopeFilter = Omit<Scope, 'db'>;

/** Whether the filters of the question include a release: known, in time and owned. */
export function isInScope<DB, T extends keyof DB & string>(
  { shard, known, ask, moment }: ScopeFilter,
  rows: ExpressionBuilder<DB, T>,
) {
  const row = rows as unknown as ExpressionBuilder<Database, 'release'>;
  const conditions = [row('release.known_from', '<=', known)];
  if (ask.since !== null) conditions.push(row('release.released_at', '>=', ask.since));
  if (ask.asOf !== null) conditions.push(row('release.released_at', '<=', ask.asOf));
  if (ask.owner !== null) conditions.push(isOwnedBy({ shard, known, moment }, row, ask.owner));
  return row.and(conditions);
}

/**
 * The last owner of the name at the moment of the question. Without such a statement, the owner in
 * the release record.
 */
function isOwnedBy(
  { shard, known, moment }: Pick<Scope, 'shard' | 'known' | 'moment'>,
  row: ExpressionBuilder<Database, 'release'>,
  owner: string,
) {
  const last = row
    .selectFrom('ownership')
    .select('ownership.owner')
    .where('ownership.shard', '=', shard)
    .whereRef('ownership.release_name', '=', 'release.name')
    .where('ownership.known_from', '<=', known)
    .where('ownership.valid_from', '<=', moment)
    .orderBy('ownership.valid_from', 'desc')
    .orderBy('ownership.id', 'desc')
    .limit(1);
  return row(row.fn.coalesce(last, 'release.owner'), '=', owner);
}
