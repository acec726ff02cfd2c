import { getOwn } from '../../../core/own.ts';
import { type ColumnType, GRAPH_TABLES, type TableDeclaration } from '../schema/schema.ts';

/** How a dialect writes a declared table. */
export interface TableForm {
  readonly types: Readonly<Record<'int' | 'identity' | 'text' | 'bytes' | 'real', string>>;
  /** What follows the columns. */
  readonly formatOptions: (table: TableDeclaration) => string;
}

/** The statements that make tables and their indexes, one by one (GS15). */
export function buildSchemaStatements(
  tables: Readonly<Record<string, TableDeclaration>>,
  form: TableForm,
): readonly string[] {
  return Object.entries(tables).flatMap(([name, table]) => buildTableStatements(name, table, form));
}

/** Every index has a name. */
function buildTableStatements(
  name: string,
  table: TableDeclaration,
  form: TableForm,
): readonly string[] {
  const owned = table.owner === 'shard';
  const formatColumns = (columns: readonly string[]) =>
    [...(owned ? ['shard'] : []), ...columns].map(quoteName).join(', ');
  const lines = [
    ...(owned ? [`"shard" ${form.types.int} not null`] : []),
    ...Object.entries(table.columns).map(
      ([column, type]) => `${quoteName(column)} ${formatType(type, form)}`,
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
  const buildIndexStatement = (columns: readonly string[], unique: string) =>
    `create ${unique}index ${quoteName(`${name}_by_${columns.join('_')}`)} on ` +
    `${quoteName(name)} (${formatColumns(columns)})`;
  return [
    `create table ${quoteName(name)} (${lines.join(', ')})${form.formatOptions(table)}`,
    ...(table.unique ?? []).map((columns) => buildIndexStatement(columns, 'unique ')),
    ...(table.indexes ?? []).map((columns) => buildIndexStatement(columns, '')),
  ];
}

function formatType(type: ColumnType, { types }: TableForm): string {
  const nullable = type.endsWith('?');
  const base = types[(nullable ? type.slice(0, -1) : type) as keyof typeof types];
  return `${base}${nullable ? '' : ' not null'}`;
}

function quoteName(name: string): string {
  return `"${name}"`;
}
