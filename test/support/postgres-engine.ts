import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';
import { openWriter, type PostgresPlace } from '../../src/adapters/graph-sql/index.ts';
import { TABLES } from '../../src/adapters/graph-sql/schema/schema.ts';
import { orThrow } from '../../src/core/result.ts';
import { graphPorts } from './graph-ports.ts';
import { type PostgresServer, startPostgres } from './postgres-server.ts';

const TEMPLATE = 'empty_graph';

/** What workers need to know of the server. */
export interface PostgresAddress {
  readonly place: PostgresPlace;
  readonly psql: string;
}

let server: PostgresServer | null = null;

/** Before the tests of the graph run on PostgreSQL: a server, and an empty graph to copy. */
export async function setup(project: TestProject): Promise<void> {
  server = await startPostgres(['fsync = off', 'max_connections = 200']);
  if (server === null) throw new Error('PostgreSQL is not installed (apt-get install postgresql)');
  server.createDatabase(TEMPLATE);
  const place = server.place(TEMPLATE);
  await orThrow(await openWriter({ ...place, ports: graphPorts })).close();
  project.provide('postgres', { place, psql: server.psql });
}

export async function teardown(): Promise<void> {
  await server?.remove();
}

export function createFromTemplate(address: PostgresAddress, name: string): void {
  administer(address, `create database "${name}" template ${TEMPLATE} strategy wal_log`);
}

/** For the next test: a new database costs more than these rows. */
export function emptyDatabase(address: PostgresAddress, name: string): void {
  const deleted = Object.keys(TABLES).map((table) => `delete from "${table}"`);
  administer(address, `set session_replication_role = replica; ${deleted.join('; ')}`, name);
}

function administer({ place, psql }: PostgresAddress, sql: string, database = 'postgres'): void {
  const { host, port, user } = place;
  const as = ['-h', host, '-p', String(port), '-U', user ?? '', '-d', database];
  execFileSync(psql, ['-X', '-q', '-v', 'ON_ERROR_STOP=1', ...as, '-c', sql]);
}
