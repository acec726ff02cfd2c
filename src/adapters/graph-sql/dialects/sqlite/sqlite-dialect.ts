import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  JoinNode,
  type QueryId,
  type QueryResult,
  type RootOperationNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { Failure } from '../../../../core/failure.ts';
import { sqliteFailure } from '../../../../system/sqlite/sqlite-errors.ts';
import { ShardGuard } from '../../schema/shard-guard.ts';
import { isInOrder } from '../dialect.ts';

const STATEMENTS_MAX = 256;

/**
 * A statement, and whether it returns rows: to ask SQLite for its columns costs as much as a row.
 */
interface CachedStatement {
  readonly statement: StatementSync;
  readonly returnsRows: boolean;
}

/** Prepared statements by their text. The least recently used one is dropped first. */
export class StatementCache {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, CachedStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get(sql: string): StatementSync {
    return this.find(sql).statement;
  }

  find(sql: string): CachedStatement {
    const found = this.#prepared.get(sql);
    if (found !== undefined) {
      this.#prepared.delete(sql);
      this.#prepared.set(sql, found);
      return found;
    }
    const statement = this.#database.prepare(sql);
    const prepared = { statement, returnsRows: statement.columns().length > 0 };
    this.#prepared.set(sql, prepared);
    for (const oldest of this.#prepared.keys()) {
      if (this.#prepared.size <= STATEMENTS_MAX) break;
      this.#prepared.delete(oldest);
    }
    return prepared;
  }
}

/** Kysely over node:sqlite: one connection, statements prepared once. */
export function createKyselyDialect(statements: StatementCache): Dialect {
  const connection = new Connection(statements);
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
    createQueryCompiler: () => new QueryCompiler(),
    createDriver: () => buildDriver(connection),
  };
}

/**
 * No statement is compiled that does not name its shards (GS4). SQLite keeps to the order of a
 * cross join (sqlite.org/optoverview.html, "CROSS JOIN").
 */
class QueryCompiler extends SqliteQueryCompiler {
  readonly #guard = new ShardGuard();

  override compileQuery(node: RootOperationNode, id: QueryId): CompiledQuery {
    const compiled = super.compileQuery(node, id);
    // mutant sql-statement-without-its-shard by shard-guard: remove
    this.#guard.check(node, compiled.sql);
    return compiled;
  }

  protected override visitJoin(node: JoinNode): void {
    // mutant sql-join-without-its-order: argument -> node
    super.visitJoin(isInOrder(node) ? JoinNode.create('CrossJoin', node.table) : node);
  }
}

/**
 * Transactions belong to the connection (sqlite-connection.ts). There is only one connection, so
 * nothing is handed out.
 */
function buildDriver(connection: Connection): Driver {
  const refuse = async () => {
    throw new Failure(
      'INTERNAL',
      'a transaction outside a turn',
      'Report this with the command that shows it.',
    );
  };
  return {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
}

class Connection implements DatabaseConnection {
  readonly #statements: StatementCache;

  constructor(statements: StatementCache) {
    this.#statements = statements;
  }

  async executeQuery<R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> {
    try {
      const { statement, returnsRows } = this.#statements.find(sql);
      const values = parameters as readonly SQLInputValue[];
      if (returnsRows) return { rows: statement.all(...values) as R[] };
      const { changes } = statement.run(...values);
      return { rows: [], numAffectedRows: BigInt(changes) };
    } catch (thrown) {
      throw sqliteFailure(thrown);
    }
  }

  async *streamQuery<R>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    for (const row of this.#statements
      .get(sql)
      .iterate(...(parameters as readonly SQLInputValue[]))) {
      yield { rows: [row as R] };
    }
  }
}
