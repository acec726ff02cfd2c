import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { ASKS } from './schema.ts';

export interface QueryCost {
  readonly depth: number;
  readonly fields: number;
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
  cost = { depth: 0, fields: 0, questions: 0 };

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
        this.#count({ depth: place.depth, fields: 1, questions: 0 });
        if (fragment !== undefined) this.add(fragment.selectionSet, place);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        this.#count({ depth: place.depth, fields: 1, questions: 0 });
        this.add(selection.selectionSet, place);
        continue;
      }
      const field = getOwn(place.type?.getFields() ?? {}, selection.name.value);
      const asks = field?.extensions[ASKS] === true;
      this.#count({ depth: place.depth, fields: 1, questions: asks ? place.rows : 0 });
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

  #count({ depth, fields, questions }: QueryCost): void {
    const { cost } = this;
    cost.depth = Math.max(cost.depth, depth);
    cost.fields += fields;
    cost.questions += questions;
    // mutant graphql-of-any-depth by graphql: condition -> false
    if (cost.depth > LIMITS.graphqlDepthMax) throw tooMuch('deep', LIMITS.graphqlDepthMax);
    // mutant graphql-of-any-length by graphql: condition -> false
    if (cost.fields > LIMITS.graphqlFieldsMax) throw tooMuch('long', LIMITS.graphqlFieldsMax);
    // mutant graphql-of-any-cost by graphql: condition -> false
    if (cost.questions > LIMITS.graphqlQuestionsMax)
      throw tooMuch('dear', LIMITS.graphqlQuestionsMax);
  }
}

const WHAT = {
  deep: 'levels',
  long: 'fields',
  dear: 'questions, one for each row that `first` allows',
} as const;

function tooMuch(why: keyof typeof WHAT, max: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `the query has more than ${max} ${WHAT[why]}`,
    'Ask for less at once: fewer fields, a smaller `first`, another request for the next page.',
  );
}
