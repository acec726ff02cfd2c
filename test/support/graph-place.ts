import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import type { GraphPlace } from '../../src/adapters/graph-sql/index.ts';
import { createFromTemplate, emptyDatabase, type PostgresAddress } from './postgres-engine.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The server on which the tests of the graph run, where they do not run on SQLite. */
    readonly postgres?: PostgresAddress;
  }
}

const taken = new Map<string, string>();
const free: string[] = [];

/**
 * Where the graph of a test is: the file, or a database on the server of
 * `test/interop/vitest.config.ts`. One path always means one graph.
 */
export function findGraphPlace(path: string): GraphPlace {
  const server = inject('postgres');
  if (server === undefined) return { path };
  const name = taken.get(path) ?? free.pop() ?? create(server);
  taken.set(path, name);
  return { ...server.place, database: name };
}

function create(server: PostgresAddress): string {
  const name = `g_${randomUUID()}`;
  createFromTemplate(server, name);
  return name;
}

/** When its test is done. The file is in a folder that the test removes. */
export function removeGraphPlace(path: string): void {
  const server = inject('postgres');
  const name = taken.get(path);
  if (server === undefined || name === undefined) return;
  taken.delete(path);
  emptyDatabase(server, name);
  free.push(name);
}
