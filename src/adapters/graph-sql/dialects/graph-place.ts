import type { GraphPorts } from '../../../capabilities/graph/index.ts';
import type { PostgresPlace } from './postgres/postgres-place.ts';
import type { SqlitePlace } from './sqlite/sqlite-place.ts';

/** Where a graph is: a file of SQLite, or a database of a PostgreSQL server. */
export type GraphPlace = SqlitePlace | PostgresPlace;

/** Where a graph is, which shard it uses, and what it is projected with. */
export type GraphOptions = GraphPlace & {
  readonly ports: GraphPorts;
  readonly shard?: number;
};

export function isServerPlace<P extends GraphPlace>(place: P): place is P & PostgresPlace {
  return 'host' in place;
}
