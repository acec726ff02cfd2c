import { getOwn } from '../../../../core/own.ts';
import { type ColumnType, GRAPH_TABLES, type TableDeclaration } from '../../schema/schema.ts';

const SQLITE_TYPES = {
  int: 'integer',
  identity: 'integer',
  text: 'text',
  bytes: 'blob',
  real: 'real',
} as const;

/** The statements that make tables and their indexes, one by one (GS15). */
export function buildSchemaStatements(
  tables: Readonly<Record<string, TableDeclaration>>,
): readonly string[] {
  return Object.entries(tables).flatMap(([name, table]) => buildTableStatements(name, table));
}

/** Every index has a name. */
function buildTableStatements(name: string, table: TableDeclaration): readonly string[] {
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
        !owned ||
        getOwn(GRAPH_TABLES as Record<string, TableDeclaration>, parent)?.owner === 'shared';
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
