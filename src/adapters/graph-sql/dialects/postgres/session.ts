import { readFileSync } from 'node:fs';
import { checkServerIdentity } from 'node:tls';
import type { Client, ClientConfig } from 'pg';
import { Failure } from '../../../../core/failure.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { Serial } from '../serial.ts';
import { findPassword, findUser } from './password.ts';
import { postgresFailure } from './postgres-errors.ts';
import { formatPlace, type PostgresPlace } from './postgres-place.ts';
import { TYPES, toParameter } from './values.ts';

/** Statements that the server keeps prepared. There are some hundred texts in all. */
const STATEMENTS_MAX = 1_000;
const VERSION_MIN = 15;

export interface Rows {
  readonly rows: readonly Record<string, unknown>[];
  readonly count: number;
}

/**
 * One connection to the server. It is made anew at the next statement after it was lost, but never
 * within a transaction: that one has failed.
 */
export class Session {
  readonly #place: PostgresPlace;
  readonly #mode: 'write' | 'read';
  readonly #serial = new Serial();
  readonly #names = new Map<string, string>();
  #client: Client | null = null;
  #inTransaction = false;
  /** The shard whose rows the server gives; null: those of none. */
  #shard: number | null = null;

  constructor(place: PostgresPlace, mode: 'write' | 'read') {
    this.#place = place;
    this.#mode = mode;
  }

  get inTransaction(): boolean {
    return this.#inTransaction;
  }

  /** Begins a transaction with the first of some statements without parameters. */
  async begin(sql: string): Promise<Rows> {
    const begun = await this.run(sql);
    this.#inTransaction = true;
    return begun;
  }

  /** Ends the transaction. After a failure there is none, whatever the server says. */
  async end(sql: 'commit' | 'rollback'): Promise<void> {
    this.#inTransaction = false;
    await this.run(sql);
  }

  /** Rolls back what is left of a transaction that failed. */
  async abandon(): Promise<void> {
    this.#inTransaction = false;
    if (this.#client === null) return;
    try {
      await this.run('rollback');
    } catch {
      await this.#drop();
    }
  }

  /** Statements without parameters; the rows of the last one. */
  run(sql: string): Promise<Rows> {
    return this.#serial.run(async () => this.#query({ text: sql }));
  }

  /** One statement. Its text is prepared once for each connection. */
  execute(sql: string, parameters: readonly unknown[]): Promise<Rows> {
    return this.#serial.run(async () =>
      this.#query({ text: sql, values: parameters.map(toParameter), ...this.#name(sql) }),
    );
  }

  /** For this connection, and for every later one that takes its place. */
  async confine(shard: number): Promise<void> {
    this.#shard = shard;
    await this.run(buildConfinement(shard));
  }

  close(): Promise<void> {
    return this.#serial.run(() => this.#drop());
  }

  #name(sql: string): { readonly name?: string } {
    const known = this.#names.get(sql);
    if (known !== undefined) return { name: known };
    if (this.#names.size >= STATEMENTS_MAX) return {};
    const name = `w${this.#names.size}`;
    this.#names.set(sql, name);
    return { name };
  }

  async #query(query: { text: string; values?: unknown[]; name?: string }): Promise<Rows> {
    const isOpen = this.#client !== null;
    if (!isOpen && this.#inTransaction) throw lost();
    try {
      const client = this.#client ?? (await this.#connect());
      const answered = await client.query(query);
      const last = Array.isArray(answered) ? answered.at(-1) : answered;
      return { rows: last.rows, count: last.rowCount ?? 0 };
    } catch (thrown) {
      const failure = postgresFailure(thrown);
      if (failure.code === 'STORE_UNREACHABLE') await this.#drop();
      throw failure;
    }
  }

  async #connect(): Promise<Client> {
    const { default: driver } = await import('pg');
    const client = new driver.Client(buildOptions(this.#place));
    // Without a listener, the loss of a connection that waits would end the process.
    client.on('error', () => {
      if (this.#client === client) this.#client = null;
    });
    try {
      await client.connect();
      const { rows } = await client.query('show server_version_num');
      requireVersion(Number(rows[0]?.server_version_num), this.#place);
      await client.query(buildSettings(this.#place, this.#mode));
      // mutant new-connection-of-any-tenant by postgres/tenants: remove
      if (this.#shard !== null) await client.query(buildConfinement(this.#shard));
    } catch (thrown) {
      await client.end().catch(() => undefined);
      throw thrown;
    }
    this.#names.clear();
    this.#client = client;
    return client;
  }

  async #drop(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }
}

export function buildOptions(place: PostgresPlace): ClientConfig {
  const { host, port, database, tls, authorities } = place;
  return {
    ...{ host, port, database, user: findUser(place), password: () => findPassword(place) },
    ssl:
      tls === 'off'
        ? false
        : {
            rejectUnauthorized: true,
            minVersion: 'TLSv1.2',
            ...(authorities === null ? {} : { ca: readAuthorities(authorities) }),
            // By its own name: the driver names no host for an address (RFC 6125 §6).
            // mutant server-with-another-name by postgres/session: value -> () => undefined
            checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
          },
    types: TYPES,
    application_name: 'waybill',
    connectionTimeoutMillis: LIMITS.serverConnectMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
}

function readAuthorities(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    throw new Failure(
      'FILE_UNREADABLE',
      `the certificates of the database server cannot be read from ${path}`,
      'Name a PEM file: ?sslrootcert=FILE.',
      { cause: thrown },
    );
  }
}

/**
 * The planner takes the joins as they are nested, one row after the other by indexes, and one plan
 * for all parameters. Which side of a join comes first it still decides by its statistics.
 */
const PLANS = [
  'plan_cache_mode = force_generic_plan',
  'join_collapse_limit = 1',
  'enable_hashjoin = off',
  'enable_mergejoin = off',
  'enable_seqscan = off',
  'max_parallel_workers_per_gather = 0',
  'jit = off',
];

/** What the policies of `row-security.ts` compare with. */
function buildConfinement(shard: number): string {
  return `set waybill.shard = ${shard}`;
}

function buildSettings(place: PostgresPlace, mode: 'write' | 'read'): string {
  const lockMs = place.lockWaitMs ?? LIMITS.serverLockWaitMs;
  const statementMs = mode === 'read' ? LIMITS.serverQuestionMs : LIMITS.serverWriteMs;
  return [
    ...PLANS,
    "client_encoding = 'UTF8'",
    'standard_conforming_strings = on',
    'bytea_output = hex',
    // A server that only says that it wrote must not be believed.
    "synchronous_commit = 'on'",
    `lock_timeout = ${lockMs}`,
    `statement_timeout = ${statementMs}`,
    `idle_in_transaction_session_timeout = ${LIMITS.serverWriteMs}`,
    `default_transaction_read_only = ${mode === 'read' ? 'on' : 'off'}`,
  ]
    .map((setting) => `set ${setting}`)
    .join('; ');
}

export function requireVersion(version: number, place: PostgresPlace): void {
  // mutant old-database-server by postgres/session: condition -> false
  if (version < VERSION_MIN * 10_000)
    throw new Failure(
      'STORE_REFUSED',
      `${formatPlace(place)} is PostgreSQL ${Math.floor(version / 10_000)}`,
      `Use PostgreSQL ${VERSION_MIN} or newer.`,
    );
}

function lost(): Failure {
  return new Failure(
    'STORE_UNREACHABLE',
    'the connection to the database server was lost within a transaction',
    'Run the command again. What was acknowledged before is kept.',
  );
}
