import { afterAll } from 'vitest';
import { describeSqlDialect } from '../../../src/adapters/graph-sql/dialects/dialect.contract.ts';
import { POSTGRES } from '../../../src/adapters/graph-sql/dialects/postgres/connect-postgres.ts';
import { SCHEMA_VERSION } from '../../../src/adapters/graph-sql/schema/migrations.ts';
import { GRAPH_TABLES, LOG_TABLES } from '../../../src/adapters/graph-sql/schema/schema.ts';
import { startPostgres } from '../../support/postgres-server.ts';

const server = await startPostgres(['fsync = off']);
if (server !== null) {
  let made = 0;
  afterAll(() => server.remove());
  describeSqlDialect('PostgreSQL', POSTGRES, async () => {
    const name = `law_${made++}`;
    server.createDatabase(name);
    return {
      place: server.place(name),
      setVersion: async (version) => {
        const tables = JSON.stringify(Object.keys({ ...LOG_TABLES, ...GRAPH_TABLES }));
        server.sql(
          name,
          `${version < SCHEMA_VERSION ? 'drop table removed_entry; ' : ''}` +
            'delete from schema_version; insert into schema_version ' +
            `values (${version}, 'a test', 0, '${tables}')`,
        );
      },
      remove: async () => void server.sql('postgres', `drop database "${name}" with (force)`),
    };
  });
}
