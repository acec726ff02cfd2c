import { type ColumnType, GRAPH_TABLES, LOG_TABLES, type TableDeclaration } from './schema.ts';

/**
 * One version of the schema: statements that are run one by one (GS15). `replay`: they make the
 * projection anew.
 */
export interface Migration {
  readonly version: number;
  readonly why: string;
  readonly statements: readonly string[];
  readonly replay: boolean;
}

const SQLITE_TYPES = {
  int: 'integer',
  identity: 'integer',
  text: 'text',
  bytes: 'blob',
  real: 'real',
} as const;

/** The statements that make a table and its indexes in SQLite; every index has a name. */
export function buildTableStatements(name: string, table: TableDeclaration): readonly string[] {
  const owned = table.owner === 'shard';
  const formatColumns = (columns: readonly string[]) =>
    [...(owned ? ['shard'] : []), ...columns].map(quoteName).join(', ');
  const lines = [
    ...(owned ? ['"shard" integer not null'] : []),
    ...Object.entries(table.columns).map(
      ([column, type]) => `${quoteName(column)} ${toSqliteType(type)}`,
    ),
    `primary key (${formatColumns(table.primaryKey)})`,
    ...Object.entries(table.foreign ?? {}).map(([column, parent]) => {
      const sharedParent =
        !owned || (GRAPH_TABLES as Record<string, TableDeclaration>)[parent]?.owner === 'shared';
      const shard = sharedParent ? '' : '"shard", ';
      return (
        `foreign key (${shard}${quoteName(column)}) references ${quoteName(parent)} ` +
        `(${shard}"id")`
      );
    }),
  ];
  const options = table.clustered === true ? 'strict, without rowid' : 'strict';
  const buildIndexStatement = (columns: readonly string[], unique: string) =>
    `create ${unique}index ${quoteName(`${name}_by_${columns.join('_')}`)} on ` +
    `${quoteName(name)} (${formatColumns(columns)})`;
  return [
    `create table ${quoteName(name)} (${lines.join(', ')}) ${options}`,
    ...(table.unique ?? []).map((columns) => buildIndexStatement(columns, 'unique ')),
    ...(table.indexes ?? []).map((columns) => buildIndexStatement(columns, '')),
  ];
}

function toSqliteType(type: ColumnType): string {
  const nullable = type.endsWith('?');
  const base = SQLITE_TYPES[(nullable ? type.slice(0, -1) : type) as keyof typeof SQLITE_TYPES];
  return `${base}${nullable ? '' : ' not null'}`;
}

function quoteName(name: string): string {
  return `"${name}"`;
}

function buildSchemaStatements(
  tables: Readonly<Record<string, TableDeclaration>>,
): readonly string[] {
  return Object.entries(tables).flatMap(([name, table]) => buildTableStatements(name, table));
}

/**
 * Oldest first. The log is carried from version to version and its migrations are never edited:
 * what they made is on somebody's disk. The graph is not carried: whenever GRAPH_TABLES changes,
 * the last migration gets the next version, the tables of the former one are dropped, and the log
 * is replayed into the new ones.
 */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    why: 'the log of evidence',
    statements: buildSchemaStatements(LOG_TABLES),
    replay: false,
  },
  {
    version: 9,
    why: 'the graph, projected from the log',
    statements: buildSchemaStatements(GRAPH_TABLES),
    replay: true,
  },
];

export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
