import type { DatabaseSync } from 'node:sqlite';
import { TABLES, type TableDeclaration } from '../../schema/schema.ts';

/**
 * As if every table were as large as this: what is small is read soon enough by any plan. So large
 * that no join looks up more rows: else SQLite reads the whole table first, to make a Bloom filter
 * of it.
 */
const ROWS = 1e15;
/**
 * How many rows are taken to share the first column behind the shard; a tenth of them each column
 * more.
 */
const ALIKE = 1_000;

/**
 * Tells SQLite how selective its indexes are. Without statistics it takes ten rows to have one
 * shard, and so rather walks through a whole table, which is one shard, than looks two columns up.
 * Declared, not measured: the same plan for every size, which tests can hold.
 */
export function declareStatistics(database: DatabaseSync): void {
  // makes the table of statistics, and has them read from now on
  database.exec('analyze sqlite_schema');
  database.exec('delete from sqlite_stat1');
  const insert = database.prepare('insert into sqlite_stat1 (tbl, idx, stat) values (?, ?, ?)');
  for (const table of Object.keys(TABLES)) {
    for (const index of database
      .prepare('select name, "unique" from pragma_index_list(?)')
      .all(table)) {
      const name = String(index['name']);
      const columns = database
        .prepare('select count(*) as count from pragma_index_info(?)')
        .get(name);
      const count = Number(columns?.['count'] ?? 1);
      insert.run(
        table,
        name,
        formatStatistics(TABLES[table as keyof typeof TABLES], count, index['unique'] === 1),
      );
    }
  }
  database.exec('analyze sqlite_schema');
}

/** How many rows the index has, and how many share its first column, its first two, and so on. */
function formatStatistics({ owner }: TableDeclaration, columns: number, isUnique: boolean): string {
  const first = owner === 'shard' ? [ROWS] : [];
  const alike = Array.from({ length: columns - first.length }, (_, at) =>
    Math.max(2, ALIKE / 10 ** at),
  );
  if (isUnique && alike.length > 0) alike[alike.length - 1] = 1;
  return [ROWS, ...first, ...alike].join(' ');
}
