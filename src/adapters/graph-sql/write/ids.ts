import type { Cell, SqlConnection } from '../dialects/dialect.ts';
import type { TableName } from '../schema/schema.ts';
import { prepareQuery } from './prepared-query.ts';

/** Tables whose rows are named by one text, and the column that contains it. */
const KEY_COLUMNS = {
  code_host: 'url',
  repository: 'key',
  code_commit: 'key',
  build: 'key',
  image: 'digest',
  layer: 'digest',
  component_set: 'digest',
  package: 'purl',
  package_version: 'identity',
  match_key: 'key',
  lookup: 'key',
  vulnerability: 'name',
  cluster: 'key',
  signer: 'key',
} as const satisfies Partial<Record<TableName, string>>;

export type NamedTable = keyof typeof KEY_COLUMNS;

/** Columns after `shard`, `id` and the key, and their cells for a new key. */
export interface NewRows {
  readonly columns: readonly string[];
  readonly cells: (key: string) => readonly Cell[];
}

interface Block extends Readonly<Record<string, Cell>> {
  readonly shard: number;
  readonly name: string;
  readonly count: number;
  readonly next: number;
}

const takeBlock = prepareQuery(['shard', 'name', 'count', 'next'], (db, block: Block) =>
  db
    .insertInto('id_block')
    .values({ shard: block.shard, name: block.name, next_id: block.next })
    .onConflict((conflict) =>
      conflict
        .columns(['shard', 'name'])
        .doUpdateSet((row) => ({ next_id: row('id_block.next_id', '+', block.count) })),
    )
    .returning('next_id'),
);

const CACHED_MAX = 500_000;
const NO_MORE: NewRows = { columns: [], cells: () => [] };

/**
 * Surrogate ids of one shard: looked up once, assigned in blocks, forgotten when a transaction
 * fails.
 */
export class Ids {
  readonly #connected: SqlConnection;
  readonly #shard: number;
  readonly #cache = new Map<NamedTable, Map<string, number>>();
  /** Whether every key that is there is remembered: then no other key is looked up. */
  #isWhole: boolean;

  constructor(connected: SqlConnection, shard: number, isNew: boolean) {
    this.#connected = connected;
    this.#shard = shard;
    this.#isWhole = isNew;
  }

  /** The id of every key. New keys are inserted, sorted (GS6). `fresh` are the new keys. */
  async intern(
    table: NamedTable,
    keys: Iterable<string>,
    rows = NO_MORE,
  ): Promise<{ ids: ReadonlyMap<string, number>; fresh: readonly string[] }> {
    const wanted = new Set(keys);
    const ids = await this.lookUp(table, wanted);
    const fresh: string[] = [];
    if (ids.size < wanted.size) for (const key of wanted) if (!ids.has(key)) fresh.push(key);
    if (fresh.length === 0) return { ids, fresh };
    fresh.sort();
    const first = await this.allocate(table, fresh.length);
    const cells = fresh.map((key, at) => [this.#shard, first + at, key, ...rows.cells(key)]);
    await this.#connected.insertRows(
      table,
      ['shard', 'id', KEY_COLUMNS[table], ...rows.columns],
      cells,
    );
    const cache = this.#openCache(table);
    fresh.forEach((key, at) => {
      ids.set(key, first + at);
      cache.set(key, first + at);
    });
    return { ids, fresh };
  }

  async internOne(table: NamedTable, key: string, rows = NO_MORE): Promise<number> {
    const { ids } = await this.intern(table, [key], rows);
    return ids.get(key) ?? 0;
  }

  /** The ids of the existing keys. */
  async lookUp(table: NamedTable, keys: Iterable<string>): Promise<Map<string, number>> {
    const cache = this.#openCache(table);
    const ids = new Map<string, number>();
    const missing: string[] = [];
    for (const key of keys) {
      const id = cache.get(key);
      if (id === undefined) missing.push(key);
      else ids.set(key, id);
    }
    if (missing.length === 0 || this.#isWhole) return ids;
    const found = await this.#connected.findIds(table, KEY_COLUMNS[table], this.#shard, missing);
    for (const [key, id] of found) {
      ids.set(key, id);
      cache.set(key, id);
    }
    return ids;
  }

  /** The first of `count` ids in a row. */
  async allocate(name: string, count: number): Promise<number> {
    const values = { shard: this.#shard, name, count, next: count + 1 };
    const [row] = await takeBlock(this.#connected, values);
    if (row === undefined) throw new RangeError('a block of ids without a row');
    return row.next_id - count;
  }

  /** After a failed transaction or a rebuild: the remembered ids may be wrong. */
  forget(): void {
    this.#isWhole = false;
    this.#cache.clear();
  }

  #openCache(table: NamedTable): Map<string, number> {
    const cache = this.#cache.get(table) ?? new Map<string, number>();
    if (cache.size > CACHED_MAX) {
      this.#isWhole = false;
      cache.clear();
    }
    this.#cache.set(table, cache);
    return cache;
  }
}
