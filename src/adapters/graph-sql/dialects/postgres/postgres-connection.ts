import { setTimeout as wait } from 'node:timers/promises';
import { Kysely } from 'kysely';
import { toFailure } from '../../../../core/failure.ts';
import { getOwn } from '../../../../core/own.ts';
import { type Database, isOwned, TABLES, type TableName } from '../../schema/schema.ts';
import type { Cell, SqlConnection, SqlTurn } from '../dialect.ts';
import { Serial } from '../serial.ts';
import { refuseNewer } from '../versions.ts';
import { createKyselyDialect } from './postgres-dialect.ts';
import { isPassing } from './postgres-errors.ts';
import type { Session } from './session.ts';
import { toText } from './values.ts';

/** How often a transaction that lost against others is done, and how long it waits at first. */
const TRIES_MAX = 8;
const WAIT_MS = 20;
const ROWS_AT_A_TIME = 500;
/** Rows of one statement, so that what is on its way stays small. */
const ROWS_IN_STATEMENT = 2_000;

/** The port over one session. */
export function createConnection(session: Session, schemaVersion: number): SqlConnection {
  const serial = new Serial();
  const turn: SqlTurn = {
    transaction: (work, forget) => runTransaction(session, work, forget),
    snapshot: (work) => runSnapshot(session, work),
    claimShard: (shard) => claimShard(session, shard),
  };
  return {
    db: new Kysely<Database>({ dialect: createKyselyDialect(session) }),
    schemaVersion,
    takeTurn: (work) => serial.run(() => work(turn)),
    isStale: async () => {
      const { rows } = await session.run('select 1 from schema_version where stale = 1');
      return rows.length > 0;
    },
    markReplayed: async () => {
      await session.run('update schema_version set stale = 0 where stale = 1');
    },
    confine: (shard) => session.confine(shard),
    findBypass: async () => {
      const { rows } = await session.run(
        'select rolname as name from pg_roles ' +
          'where rolname = current_user and (rolsuper or rolbypassrls)',
      );
      return rows[0] === undefined ? null : String(rows[0]['name']);
    },
    insertRows: (table, columns, rows, ignore) =>
      insertRows(session, { table, columns, ignore: ignore === true }, rows),
    findIds: (table, keyColumn, shard, keys) => findIds(session, table, keyColumn, shard, keys),
    queryRows: (sql, shard) => queryRows(session, sql, shard),
    close: () => serial.run(() => session.close()),
  };
}

/**
 * Read committed (GS12). What lost against others is done again from its beginning. Where the
 * connection was lost at the commit, the server is asked what became of it, so nothing is done
 * twice.
 */
export async function runTransaction<T>(
  session: Pick<Session, 'begin' | 'end' | 'abandon' | 'execute'>,
  work: () => Promise<T>,
  forget: () => void = () => undefined,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    let begun: string | null = null;
    let done: { readonly value: T } | null = null;
    try {
      const { rows } = await session.begin('begin; select pg_current_xact_id()::text as id');
      begun = String(rows[0]?.['id']);
      done = { value: await work() };
      await session.end('commit');
      return done.value;
    } catch (thrown) {
      const failure = toFailure(thrown);
      await session.abandon();
      // mutant commit-whose-answer-was-lost by postgres/session: operand 1 -> null
      if (done !== null && begun !== null && failure.code === 'STORE_UNREACHABLE')
        if (await isCommitted(session, begun)) return done.value;
      // mutant cache-after-a-rollback by postgres/session: remove
      forget();
      // mutant deadlock-is-tried-again by postgres/session: operand 1 -> true
      if (!isPassing(failure) || tried >= TRIES_MAX) throw thrown;
      await wait(WAIT_MS * 2 ** (tried - 1) * (0.5 + Math.random()));
    }
  }
}

/** What became of a transaction whose connection was lost while it was committed. */
async function isCommitted(session: Pick<Session, 'execute'>, id: string): Promise<boolean> {
  for (let tried = 1; ; tried++) {
    try {
      const { rows } = await session.execute('select pg_xact_status($1::xid8) as status', [id]);
      const status = rows[0]?.['status'];
      if (status !== 'in progress') return status === 'committed';
    } catch (thrown) {
      if (tried >= TRIES_MAX) throw thrown;
    }
    await wait(WAIT_MS * 2 ** tried);
  }
}

async function runSnapshot<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.begin('begin isolation level repeatable read read only');
  try {
    const value = await work();
    await session.end('commit');
    return value;
  } catch (thrown) {
    await session.abandon();
    throw thrown;
  }
}

/**
 * The row of the head is the lock of its shard (GS11). A newer Waybill may have changed the schema
 * since this one opened it.
 */
export async function claimShard(session: Pick<Session, 'execute'>, shard: number): Promise<void> {
  const claim = async () => {
    const { rows } = await session.execute(
      'select (select max(version) from schema_version) as version from log_head ' +
        'where shard = $1 for update',
      [shard],
    );
    return rows[0];
  };
  const first = await claim();
  if (first === undefined)
    await session.execute(
      'insert into log_head (shard, size, frontier, recorded_at, generation) ' +
        "values ($1, 0, '', null, 0) on conflict do nothing",
      [shard],
    );
  const row = first ?? (await claim());
  // mutant writer-of-an-older-schema by postgres/session: remove
  refuseNewer(Number(row?.['version']));
}

interface Insertion {
  readonly table: TableName;
  readonly columns: readonly string[];
  readonly ignore: boolean;
}

async function insertRows(
  session: Session,
  insertion: Insertion,
  rows: Iterable<readonly Cell[]>,
): Promise<void> {
  const { table, columns } = insertion;
  if (isOwned(table) && columns[0] !== 'shard')
    throw new RangeError(`rows of ${table} without their shard (GS1)`);
  let some: (readonly Cell[])[] = [];
  for (const row of rows) {
    some.push(row);
    if (some.length < ROWS_IN_STATEMENT) continue;
    await insertSome(session, insertion, some);
    some = [];
  }
  if (some.length > 0) await insertSome(session, insertion, some);
}

const ARRAY_TYPES = {
  int: 'bigint',
  identity: 'bigint',
  text: 'text',
  bytes: 'bytea',
  real: 'float8',
} as const;

/** As columns (GS6, GS7). A row with bytes goes alone, because an array is text. */
async function insertSome(
  session: Session,
  { table, columns, ignore }: Insertion,
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const names = columns.map((column) => `"${column}"`).join(', ');
  const conflict = ignore ? ' on conflict do nothing' : '';
  const types = columns.map((column) => findType(table, column));
  const texts = types.map((type) => type === 'text');
  if (types.includes('bytes')) {
    const marks = types.map((type, at) => `$${at + 1}::${ARRAY_TYPES[type]}`).join(', ');
    const sql = `insert into "${table}" (${names}) select ${marks}${conflict}`;
    for (const row of rows)
      await session.execute(
        sql,
        row.map((cell, at) => (texts[at] === true ? toText(cell) : cell)),
      );
    return;
  }
  const marks = types.map((type, at) => `$${at + 1}::${ARRAY_TYPES[type]}[]`).join(', ');
  const arrays = columns.map((_, at) =>
    rows.map((row) => (texts[at] === true ? toText(row[at] ?? null) : row[at])),
  );
  await session.execute(
    `insert into "${table}" (${names}) select * from unnest(${marks})${conflict}`,
    arrays,
  );
}

function findType(table: TableName, column: string): keyof typeof ARRAY_TYPES {
  if (column === 'shard') return 'int';
  const declared = getOwn(TABLES[table].columns as Readonly<Record<string, string>>, column);
  if (declared === undefined) throw new RangeError(`${table} has no column ${column}`);
  const type = declared.endsWith('?') ? declared.slice(0, -1) : declared;
  return type as keyof typeof ARRAY_TYPES;
}

async function findIds(
  session: Session,
  table: string,
  keyColumn: string,
  shard: number | null,
  keys: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  if (keys.length === 0) return ids;
  const [confined, values] = shard === null ? ['', []] : ['"shard" = $2 and ', [shard]];
  const { rows } = await session.execute(
    `select "id", "${keyColumn}" as key from "${table}" ` +
      `where ${confined}"${keyColumn}" = any($1::text[])`,
    [keys, ...values],
  );
  for (const { id, key } of rows) ids.set(String(key), Number(id));
  return ids;
}

/** Through a cursor. Reading whole tables, it is free to read them as it likes. */
async function* queryRows(
  session: Session,
  sql: string,
  shard: number,
): AsyncIterable<readonly Record<string, unknown>[]> {
  const isOwn = !session.inTransaction;
  if (isOwn) await session.begin('begin isolation level repeatable read read only');
  try {
    await session.run(
      'set local enable_hashjoin = on; set local enable_seqscan = on; ' +
        'set local join_collapse_limit = 8; set local statement_timeout = 0',
    );
    const text = sql.replaceAll('?', '$1');
    await session.execute(`declare whole no scroll cursor for ${text}`, [shard]);
    for (;;) {
      const { rows } = await session.run(`fetch ${ROWS_AT_A_TIME} from whole`);
      if (rows.length === 0) break;
      yield rows;
    }
  } finally {
    if (isOwn) await session.abandon();
    else await session.run('close whole').catch(() => undefined);
  }
}
