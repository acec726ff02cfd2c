import {
  type BinaryOperationNode,
  type CompiledQuery,
  type Dialect,
  type Driver,
  OperatorNode,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  PrimitiveValueListNode,
  type QueryId,
  type QueryResult,
  type RootOperationNode,
  ValueListNode,
  ValueNode,
} from 'kysely';
import { Failure } from '../../../../core/failure.ts';
import { ShardGuard } from '../../schema/shard-guard.ts';
import type { Session } from './session.ts';

/** Kysely over one session. Transactions belong to the connection (postgres-connection.ts). */
export function createKyselyDialect(session: Session): Dialect {
  const connection = {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => {
      const { rows, count } = await session.execute(sql, parameters);
      return { rows: rows as R[], numAffectedRows: BigInt(count) };
    },
    streamQuery: () => {
      throw refuse();
    },
  };
  const driver: Driver = {
    init: async () => undefined,
    acquireConnection: async () => connection,
    beginTransaction: async () => Promise.reject(refuse()),
    commitTransaction: async () => Promise.reject(refuse()),
    rollbackTransaction: async () => Promise.reject(refuse()),
    releaseConnection: async () => undefined,
    destroy: async () => undefined,
  };
  return {
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
    createQueryCompiler: () => new QueryCompiler(),
    createDriver: () => driver,
  };
}

function refuse(): Failure {
  return new Failure(
    'INTERNAL',
    'a transaction outside a turn',
    'Report this with the command that shows it.',
  );
}

/** No statement is compiled that does not name its shards (GS4). */
class QueryCompiler extends PostgresQueryCompiler {
  readonly #guard = new ShardGuard();

  override compileQuery(node: RootOperationNode, id: QueryId): CompiledQuery {
    const compiled = super.compileQuery(node, id);
    this.#guard.check(node, compiled.sql);
    return compiled;
  }

  /**
   * A list is one parameter (GS4), so a statement has one text however long the list is. A pattern
   * has no character that takes the next one as it is.
   */
  protected override visitBinaryOperation(node: BinaryOperationNode): void {
    const operator = OperatorNode.is(node.operator) ? node.operator.operator : null;
    const list = operator === 'in' || operator === 'not in' ? readList(node.rightOperand) : null;
    if (list !== null) {
      this.visitNode(node.leftOperand);
      this.append(operator === 'in' ? ' = any(' : ' <> all(');
      this.appendValue(list);
      this.append(')');
      return;
    }
    super.visitBinaryOperation(node);
    if (operator === 'like' || operator === 'not like') this.append(" escape ''");
  }
}

/** The values of a list, or null where it is not one of values alone. */
function readList(node: BinaryOperationNode['rightOperand']): readonly unknown[] | null {
  if (PrimitiveValueListNode.is(node)) return node.values;
  if (!ValueListNode.is(node)) return null;
  const values = node.values.flatMap((one) => (ValueNode.is(one) ? [one.value] : []));
  return values.length === node.values.length ? values : null;
}
