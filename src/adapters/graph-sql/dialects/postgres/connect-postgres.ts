import type { SqlConnection, SqlDialect } from '../dialect.ts';
import { migrate, requireSchema } from './migrate.ts';
import { createConnection } from './postgres-connection.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { Session } from './session.ts';

/**
 * Databases of a PostgreSQL server. The database itself must be there; a writer makes the tables.
 * It makes no drafts: others see an import as it grows, one document after the other.
 */
export const POSTGRES: SqlDialect<PostgresPlace> = {
  openForWriting: (place) => connectPostgres(place, 'write', migrate),
  openForReading: (place) => connectPostgres(place, 'read', requireSchema),
};

export async function connectPostgres(
  place: PostgresPlace,
  mode: 'write' | 'read',
  prepare: (session: Session) => Promise<number>,
): Promise<SqlConnection> {
  const session = new Session(place, mode);
  try {
    return createConnection(session, await prepare(session));
  } catch (thrown) {
    await session.close();
    throw thrown;
  }
}
