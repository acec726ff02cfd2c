import { type ColumnType, GRAPH_TABLES, LOG_TABLES, type TableDeclaration } from './schema.ts';

/** One version of the schema: statements that are run one by one (GS15). `replay`: they make the projection anew. */
export interface Migration {
  readonly version: number;
  readonly why: string;
  readonly statements: readonly string[];
  readonly replay: boolean;
}

const SQLITE_TYPES = { int: 'integer', identity: 'integer', text: 'text', bytes: 'blob', real: 'real' } as const;

/** The statements that make a table and its indexes in SQLite; every index has a name. */
export function sqliteTable(name: string, table: TableDeclaration): readonly string[] {
  const owned = table.owner === 'shard';
  const key = (columns: readonly string[]) => [...(owned ? ['shard'] : []), ...columns].map(quoted).join(', ');
  const lines = [
    ...(owned ? ['"shard" integer not null'] : []),
    ...Object.entries(table.columns).map(([column, type]) => `${quoted(column)} ${sqliteType(type)}`),
    `primary key (${key(table.primaryKey)})`,
    ...Object.entries(table.foreign ?? {}).map(([column, parent]) => {
      const sharedParent = !owned || (GRAPH_TABLES as Record<string, TableDeclaration>)[parent]?.owner === 'shared';
      const shard = sharedParent ? '' : '"shard", ';
      return `foreign key (${shard}${quoted(column)}) references ${quoted(parent)} (${shard}"id")`;
    }),
  ];
  const options = table.clustered === true ? 'strict, without rowid' : 'strict';
  const indexOf = (columns: readonly string[], unique: string) =>
    `create ${unique}index ${quoted(`${name}_by_${columns.join('_')}`)} on ${quoted(name)} (${key(columns)})`;
  return [
    `create table ${quoted(name)} (${lines.join(', ')}) ${options}`,
    ...(table.unique ?? []).map((columns) => indexOf(columns, 'unique ')),
    ...(table.indexes ?? []).map((columns) => indexOf(columns, '')),
  ];
}

function sqliteType(type: ColumnType): string {
  const nullable = type.endsWith('?');
  const base = SQLITE_TYPES[(nullable ? type.slice(0, -1) : type) as keyof typeof SQLITE_TYPES];
  return `${base}${nullable ? '' : ' not null'}`;
}

function quoted(name: string): string {
  return `"${name}"`;
}

function tablesOf(tables: Readonly<Record<string, TableDeclaration>>): readonly string[] {
  return Object.entries(tables).flatMap(([name, table]) => sqliteTable(name, table));
}

/**
 * Oldest first. The log is carried from version to version and its migrations are never edited: what they made is on
 * somebody's disk. The graph is not carried: whenever GRAPH_TABLES changes, the last migration gets the next version,
 * the tables of the former one are dropped, and the log is replayed into the new ones.
 */
export const MIGRATIONS: readonly Migration[] = [
  { version: 1, why: 'the log of evidence', statements: tablesOf(LOG_TABLES), replay: false },
  { version: 9, why: 'the graph, projected from the log', statements: tablesOf(GRAPH_TABLES), replay: true },
];

export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
