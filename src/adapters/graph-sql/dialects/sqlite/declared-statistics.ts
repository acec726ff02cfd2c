import type { DatabaseSync } from 'node:sqlite';
import { TABLES, type TableDeclaration } from '../../schema/schema.ts';

/**
 * Every table is declared to have this many rows. Any plan reads a small table fast enough. The
 * number is so large that no join looks up more rows; otherwise SQLite would first read the whole
 * table to make a Bloom filter.
 */
const ROWS = 1e15;
/**
 * How many rows are assumed to share the first column after the shard. Each further column divides
 * the number by ten.
 */
const ALIKE = 1_000;

/**
 * Declares to SQLite how selective its indexes are. Without statistics SQLite assumes that ten rows
 * have one shard, and would rather scan a whole table, which is one shard, than look up two
 * columns. The statistics are declared, not measured: the plan is the same for every size, and
 * tests can check it.
 */
export function declareStatistics(database: DatabaseSync): void {
  // Creates the table of statistics, so that SQLite reads it from now on.
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
