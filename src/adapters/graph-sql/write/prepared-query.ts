import type { CompiledQuery } from 'kysely';
import { getOwn } from '../../../core/own.ts';
import type { Cell, SqlConnection } from '../dialects/dialect.ts';

/** Stands for a value in a statement that is compiled once. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Values = Readonly<Record<string, Cell>>;

/**
 * A statement that is built and compiled once for each connection, and run with other values each
 * time: to build and compile one takes several times as long as SQLite takes to answer it. A value
 * of `values` must not be null: `is null` is another statement.
 *
 * @example prepareQuery(['shard'], (db, { shard }) => db.selectFrom('image')…)
 */
export function prepareQuery<V extends Values, R>(
  names: readonly (keyof V & string)[],
  build: (db: SqlConnection['db'], values: V) => { compile(): CompiledQuery<R> },
): (connected: Pick<SqlConnection, 'db'>, values: V) => Promise<readonly R[]> {
  const compiled = new WeakMap<SqlConnection['db'], CompiledQuery<R>>();
  const slots = Object.fromEntries(names.map((name) => [name, new Slot(name)]));
  const compile = (db: SqlConnection['db']): CompiledQuery<R> => {
    const query = build(db, slots as unknown as V).compile();
    compiled.set(db, query);
    return query;
  };
  return async ({ db }, values) => {
    const query = compiled.get(db) ?? compile(db);
    const parameters = query.parameters.map((value) =>
      value instanceof Slot ? getOwn(values, value.name) : value,
    );
    return (await db.executeQuery<R>({ ...query, parameters })).rows;
  };
}
