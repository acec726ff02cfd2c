import {
  AliasNode,
  AndNode,
  BinaryOperationNode,
  ColumnNode,
  DeleteQueryNode,
  IdentifierNode,
  InsertQueryNode,
  type JoinNode,
  type OperationNode,
  OperatorNode,
  ParensNode,
  RawNode,
  ReferenceNode,
  type RootOperationNode,
  SelectQueryNode,
  TableNode,
  UpdateQueryNode,
} from 'kysely';
import { Failure } from '../../../core/failure.ts';
import { isOwned, TABLES } from './schema.ts';

/**
 * GS4: every statement names its shards by a parameter, and every join of owned tables compares
 * `shard`. Any other statement is refused before it runs: on a distributed database it would ask
 * every node, or mix tenants.
 */
export class ShardGuard {
  readonly #passed = new Set<string>();

  /** `text` is what `node` is compiled to. Of equal texts one is checked: they ask the same. */
  check(node: RootOperationNode, text: string): void {
    if (this.#passed.has(text)) return;
    checkNode(node, new Set());
    if (this.#passed.size >= PASSED_MAX) this.#passed.clear();
    this.#passed.add(text);
  }
}

/** As many as a connection keeps prepared. */
const PASSED_MAX = 256;

/** `anchored` are the aliases of outer queries whose shard is known. */
function checkNode(node: OperationNode, anchored: ReadonlySet<string>): void {
  if (RawNode.is(node)) checkRaw(node);
  if (InsertQueryNode.is(node)) checkInsert(node);
  if (node.kind === 'MergeQueryNode') refuse('a MERGE (GS8)');
  const inner =
    SelectQueryNode.is(node) || UpdateQueryNode.is(node) || DeleteQueryNode.is(node)
      ? checkScope(node, anchored)
      : anchored;
  for (const child of listChildren(node)) checkNode(child, inner);
}

function checkScope(
  query: SelectQueryNode | UpdateQueryNode | DeleteQueryNode,
  outer: ReadonlySet<string>,
): ReadonlySet<string> {
  const tables = [...listSources(query)].flatMap(readTable);
  const anchored = new Set(outer);
  for (const { alias } of tables) anchored.delete(alias);
  const only = tables.length === 1 ? (tables[0]?.alias ?? null) : null;
  const pairs = [
    ...splitConjuncts(query.where?.where).flatMap((condition) => findShardPairs(condition, only)),
    ...(query.joins ?? []).flatMap((join) => findJoinPairs(join, only)),
  ];
  for (let grew = true; grew; ) {
    grew = false;
    for (const [alias, other] of pairs) {
      if (anchored.has(alias) || (other !== null && !anchored.has(other))) continue;
      anchored.add(alias);
      grew = true;
    }
  }
  for (const { table, alias } of tables) if (isOwned(table) && !anchored.has(alias)) refuse(table);
  return anchored;
}

/**
 * The ON of an outer join confines only the joined table: the other tables keep the rows for which
 * the ON is false.
 */
function findJoinPairs(
  join: JoinNode,
  only: string | null,
): readonly (readonly [string, string | null])[] {
  const pairs = splitConjuncts(join.on?.on).flatMap((condition) => findShardPairs(condition, only));
  if (join.joinType === 'InnerJoin') return pairs;
  const joined = readTable(join.table).map(({ alias }) => alias);
  return pairs.filter(([alias]) => joined.includes(alias));
}

function* listSources(
  query: SelectQueryNode | UpdateQueryNode | DeleteQueryNode,
): Iterable<OperationNode> {
  if (UpdateQueryNode.is(query) && query.table !== undefined) yield query.table;
  yield* query.from?.froms ?? [];
  if (DeleteQueryNode.is(query)) yield* query.using?.tables ?? [];
  for (const join of query.joins ?? []) yield join.table;
}

function readTable(
  node: OperationNode,
): readonly { readonly table: string; readonly alias: string }[] {
  if (TableNode.is(node))
    return [{ table: node.table.identifier.name, alias: node.table.identifier.name }];
  if (!AliasNode.is(node) || !TableNode.is(node.node)) return [];
  const alias = IdentifierNode.is(node.alias) ? node.alias.name : '';
  return [{ table: node.node.table.identifier.name, alias }];
}

/** Only conditions that must hold count. A condition in an OR does not confine. */
function splitConjuncts(node: OperationNode | undefined): readonly OperationNode[] {
  if (node === undefined) return [];
  if (AndNode.is(node)) return [...splitConjuncts(node.left), ...splitConjuncts(node.right)];
  return ParensNode.is(node) ? splitConjuncts(node.node) : [node];
}

/**
 * The alias whose shard is confined, and the alias that confines it. Null if a value confines it.
 */
function findShardPairs(
  node: OperationNode,
  only: string | null,
): readonly (readonly [string, string | null])[] {
  if (!BinaryOperationNode.is(node) || !OperatorNode.is(node.operator)) return [];
  if (node.operator.operator !== '=' && node.operator.operator !== 'in') return [];
  const left = findShardAlias(node.leftOperand, only);
  const right = findShardAlias(node.rightOperand, only);
  if (left === null) return [];
  if (right !== null)
    return [
      [left, right],
      [right, left],
    ];
  const isValue = ['ValueNode', 'PrimitiveValueListNode'].includes(node.rightOperand.kind);
  return isValue ? [[left, null]] : [];
}

function findShardAlias(node: OperationNode, only: string | null): string | null {
  if (!ReferenceNode.is(node) || !ColumnNode.is(node.column)) return null;
  return node.column.column.name === 'shard' ? (node.table?.table.identifier.name ?? only) : null;
}

function checkInsert(node: InsertQueryNode): void {
  const table = node.into?.table.identifier.name ?? '';
  if (isOwned(table) && !node.columns?.some(({ column }) => column.name === 'shard')) refuse(table);
}

/**
 * Text that names an owned table, directly or through an inserted part, must confine the shard by a
 * parameter or by another shard. GS5 forbids the database's clock.
 */
function checkRaw(node: RawNode): void {
  const text = node.sqlFragments
    .map((part, at) => part + formatParameter(node.parameters[at]))
    .join('');
  if (/\b(now|clock_timestamp)\s*\(|current_timestamp/i.test(text)) refuse('the clock');
  if (!/\b(from|join|into|update|using)\b/i.test(text)) return;
  const owned = Object.keys(TABLES).find(
    (table) => isOwned(table) && new RegExp(`\\b${table}\\b`, 'i').test(text),
  );
  if (
    owned !== undefined &&
    !/\bshard"?\s*(=\s*|in\s*\(\s*|=\s*any\s*\(\s*)(\?|["\w]+\."?shard\b)/i.test(text)
  )
    refuse(owned);
}

/** A parameter is a question mark. A table that is inserted into the text is its name. */
function formatParameter(node: OperationNode | undefined): string {
  if (node === undefined) return '';
  if (['ValueNode', 'PrimitiveValueListNode', 'ValueListNode'].includes(node.kind)) return '?';
  if (IdentifierNode.is(node)) return node.name;
  if (RawNode.is(node))
    return node.sqlFragments
      .map((part, at) => part + formatParameter(node.parameters[at]))
      .join('');
  return listChildren(node).map(formatParameter).join('.');
}

/** Many statements are checked, so this walks without copies of their lists. */
function listChildren(node: OperationNode): readonly OperationNode[] {
  if (WITHOUT_CHILDREN.has(node.kind)) return NO_CHILDREN;
  const children: OperationNode[] = [];
  for (const value of Object.values(node) as unknown[]) {
    if (!Array.isArray(value)) {
      if (isNode(value)) children.push(value);
    } else for (const one of value as unknown[]) if (isNode(one)) children.push(one);
  }
  return children;
}

/** They hold names and parameters, of which a statement may have hundreds. */
const WITHOUT_CHILDREN: ReadonlySet<string> = new Set<OperationNode['kind']>([
  'ValueNode',
  'PrimitiveValueListNode',
  'IdentifierNode',
  'OperatorNode',
]);
const NO_CHILDREN: readonly OperationNode[] = [];

function isNode(value: unknown): value is OperationNode {
  return (
    typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string'
  );
}

function refuse(table: string): never {
  throw new Failure(
    'INTERNAL',
    `a statement does not name the shard of ${table} (GS4)`,
    'Report this with the command that shows it.',
  );
}
