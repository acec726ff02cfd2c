import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
} from 'graphql';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { ASKS } from './schema.ts';

export interface QueryCost {
  readonly depth: number;
  readonly fields: number;
  /** Those about the schema itself, which repeats what is asked for each of its types. */
  readonly schemaFields: number;
  /** At most so many are asked: one in each row of a page counts once for each row. */
  readonly questions: number;
}

const ROWS_DEFAULT = 100;

/**
 * Refuses a request that is too deep, too long or asks too much, before anything is asked. The
 * document is valid for the schema, so no fragment is within itself. Throws LIMIT_EXCEEDED.
 */
export function requireModest(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): QueryCost {
  const fragments = new Map(
    document.definitions
      .filter((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION)
      .map((one) => [one.name.value, one]),
  );
  const meter = new CostMeter(fragments, variables);
  const query = schema.getQueryType();
  meter.add(operation.selectionSet, { type: query ?? null, depth: 1, rows: 1 });
  return meter.cost;
}

/**
 * Refuses a text whose brackets stand too deep in each other, before the parser descends into them.
 * Throws LIMIT_EXCEEDED, or a GraphQLError where the text has no tokens of GraphQL.
 */
export function requireFlat(query: string, tokensMax: number): void {
  const lexer = new Lexer(new Source(query));
  let depth = 0;
  for (let tokens = 0; tokens <= tokensMax; tokens++) {
    const { kind } = lexer.advance();
    if (kind === TokenKind.EOF) return;
    if (OPENING.has(kind)) depth++;
    else if (CLOSING.has(kind)) depth--;
    // mutant graphql-brackets-without-end by graphql: condition -> false
    if (depth > LIMITS.graphqlBracketsMax) throw tooMuch('nested', LIMITS.graphqlBracketsMax);
  }
}

const OPENING = new Set<string>([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const CLOSING = new Set<string>([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

interface Place {
  /** Null within the description of the schema itself. */
  readonly type: GraphQLObjectType | null;
  readonly depth: number;
  /** How many rows may be there. */
  readonly rows: number;
}

class CostMeter {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Readonly<Record<string, unknown>>;
  cost = { depth: 0, fields: 0, schemaFields: 0, questions: 0 };

  constructor(
    fragments: ReadonlyMap<string, FragmentDefinitionNode>,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.#fragments = fragments;
    this.#variables = variables;
  }

  /** A fragment counts wherever it is used, so that many small ones cannot make a large request. */
  add({ selections }: SelectionSetNode, place: Place): void {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = this.#fragments.get(selection.name.value);
        this.#count(place, 0);
        if (fragment !== undefined) this.add(fragment.selectionSet, place);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#count(place, 0);
        this.add(selection.selectionSet, place);
        continue;
      }
      const field = getOwn(place.type?.getFields() ?? {}, selection.name.value);
      const asks = field?.extensions[ASKS] === true;
      this.#count(place, asks ? place.rows : 0);
      if (selection.selectionSet === undefined) continue;
      const named = field === undefined ? null : getNamedType(field.type);
      const rows = asks ? place.rows * this.#readRows(selection.arguments ?? []) : place.rows;
      const type = isObjectType(named) ? named : null;
      this.add(selection.selectionSet, { type, depth: place.depth + 1, rows });
    }
  }

  #readRows(
    given: readonly { readonly name: { readonly value: string }; value: unknown }[],
  ): number {
    const first = given.find(({ name }) => name.value === 'first')?.value as
      | { readonly kind: string; readonly value?: string; readonly name?: { value: string } }
      | undefined;
    if (first === undefined) return ROWS_DEFAULT;
    const stated =
      first.kind === Kind.VARIABLE
        ? new Map(Object.entries(this.#variables)).get(first.name?.value ?? '')
        : first.value;
    const rows = Number(stated ?? ROWS_DEFAULT);
    return Number.isSafeInteger(rows) && rows > 0 ? rows : LIMITS.pageRowsMax;
  }

  #count({ type, depth }: Place, questions: number): void {
    const { cost } = this;
    cost.depth = Math.max(cost.depth, depth);
    cost.fields++;
    if (type === null) cost.schemaFields++;
    cost.questions += questions;
    // mutant graphql-of-any-depth by graphql: condition -> false
    if (cost.depth > LIMITS.graphqlDepthMax) throw tooMuch('deep', LIMITS.graphqlDepthMax);
    // mutant graphql-of-any-length by graphql: condition -> false
    if (cost.fields > LIMITS.graphqlFieldsMax) throw tooMuch('long', LIMITS.graphqlFieldsMax);
    // mutant graphql-of-the-schema-without-end by graphql: condition -> false
    if (cost.schemaFields > LIMITS.graphqlSchemaFieldsMax)
      throw tooMuch('described', LIMITS.graphqlSchemaFieldsMax);
    // mutant graphql-of-any-cost by graphql: condition -> false
    if (cost.questions > LIMITS.graphqlQuestionsMax)
      throw tooMuch('dear', LIMITS.graphqlQuestionsMax);
  }
}

const WHAT = {
  deep: 'levels',
  long: 'fields',
  described: 'fields about the schema itself',
  nested: 'levels of brackets',
  dear: 'questions, one for each row that `first` allows',
} as const;

function tooMuch(why: keyof typeof WHAT, max: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `the query has more than ${max} ${WHAT[why]}`,
    'Ask for less at once: fewer fields, a smaller `first`, another request for the next page.',
  );
}
