import { GRAPH_TABLES, LOG_TABLES, RETENTION_TABLES, type TableDeclaration } from './schema.ts';

/**
 * One version of the schema: tables that a dialect makes, one statement at a time (GS15). `replay`:
 * the projection must be made again.
 */
export interface Migration {
  readonly version: number;
  readonly why: string;
  readonly tables: Readonly<Record<string, TableDeclaration>>;
  readonly replay: boolean;
}

/**
 * Oldest first. The log is kept from version to version, and its migrations are never edited: users
 * have databases that they made. The graph is not kept: when GRAPH_TABLES changes, or what
 * the graph says of the same log, the last migration gets the next version, the tables of the
 * former version are dropped, and the log is replayed into the new ones.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    why: 'the log of evidence',
    tables: LOG_TABLES,
    replay: false,
  },
  {
    version: 16,
    why: 'the graph, projected from the log',
    tables: GRAPH_TABLES,
    replay: true,
  },
  {
    version: 17,
    why: 'rows that one tenant alone sees, and documents that were removed',
    tables: RETENTION_TABLES,
    replay: false,
  },
];

export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
