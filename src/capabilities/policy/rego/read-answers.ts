import { Failure } from '../../../core/failure.ts';
import { isJsonObject, type JsonValue } from '../../../core/json.ts';
import { failed, ok, type Result } from '../../../core/result.ts';

/** The variable of the query: an answer is `x = ["rule", "allow"]` or `x = ["rule", "deny", …]`. */
export const ANSWER_VARIABLE = 'x';

/** What OPA answered about one rule. */
export interface RegoAnswer {
  readonly outcome: 'holds' | 'broken' | 'undetermined';
  /** What `deny` says where it is broken. */
  readonly messages: readonly string[];
}

interface PartialAnswers {
  readonly certain: Set<string>;
  readonly possible: Set<string>;
  readonly messages: string[];
}

/**
 * The answers of a partial evaluation. A query that is left with nothing but its answer is certain;
 * one that is left with conditions depends on what is unknown. `deny` that is certain breaks a
 * rule, whatever else is unknown; so does `allow` that cannot become true. A rule holds where
 * `allow` is certain and nothing of `deny` is possible. A query without a rule may be about any.
 */
export function readRegoAnswers(
  answer: JsonValue,
  rules: readonly { readonly id: string }[],
): Result<ReadonlyMap<string, RegoAnswer>> {
  const partial = isJsonObject(answer) ? answer['partial'] : undefined;
  const queries = isJsonObject(partial) ? (partial['queries'] ?? []) : undefined;
  if (!Array.isArray(queries)) return refuse();
  const found = new Map<string, PartialAnswers>(
    rules.map(({ id }) => [id, { certain: new Set(), possible: new Set(), messages: [] }]),
  );
  for (const query of queries as readonly JsonValue[]) {
    if (!Array.isArray(query)) return refuse();
    const named = findAnswer(query);
    const one = named === null ? undefined : found.get(named.rule);
    if (named === null || one === undefined) {
      for (const { possible } of found.values()) possible.add('allow').add('deny');
      continue;
    }
    // mutant rego-residual-is-certain by rego: value -> true
    const isCertain = query.length === 1 && named.isGround;
    (isCertain ? one.certain : one.possible).add(named.part);
    if (isCertain && named.message !== null) one.messages.push(named.message);
  }
  return ok(new Map([...found].map(([id, one]) => [id, decideRule(one)])));
}

function decideRule({ certain, possible, messages }: PartialAnswers): RegoAnswer {
  // mutant rego-deny-that-is-certain by rego: condition -> false
  if (certain.has('deny')) return { outcome: 'broken', messages };
  const allows = certain.has('allow');
  if (!allows && !possible.has('allow')) return { outcome: 'broken', messages: [] };
  // mutant rego-deny-that-is-possible by rego: condition -> allows
  return allows && !possible.has('deny')
    ? { outcome: 'holds', messages: [] }
    : { outcome: 'undetermined', messages: [] };
}

interface NamedAnswer {
  readonly rule: string;
  readonly part: 'allow' | 'deny';
  readonly message: string | null;
  readonly isGround: boolean;
}

/** The expression `x = ["rule", "allow"]` of a query, in the syntax tree that OPA prints. */
function findAnswer(query: readonly JsonValue[]): NamedAnswer | null {
  for (const expression of query) {
    if (!isJsonObject(expression) || expression['negated'] === true || 'with' in expression)
      continue;
    const terms = expression['terms'];
    if (!Array.isArray(terms) || terms.length !== 3) continue;
    const [operator, left, right] = terms as readonly JsonValue[];
    const name = readReference(operator);
    if (name !== 'eq' || readTerm(left, 'var') !== ANSWER_VARIABLE) continue;
    const parts = readTerm(right, 'array');
    if (!Array.isArray(parts)) continue;
    const [rule, part, message] = (parts as readonly JsonValue[]).map((one) =>
      readTerm(one, 'string'),
    );
    if (typeof rule !== 'string' || (part !== 'allow' && part !== 'deny')) continue;
    return {
      ...{ rule, part },
      message: typeof message === 'string' ? message : null,
      isGround: (parts as readonly JsonValue[]).every(isGround),
    };
  }
  return null;
}

const GROUND = ['string', 'number', 'boolean', 'null'];

/** A value without variables, references and calls. The reader of JSON has bounded its depth. */
function isGround(term: JsonValue): boolean {
  if (!isJsonObject(term)) return false;
  const { type, value } = term;
  if (type === 'array' || type === 'set') return Array.isArray(value) && value.every(isGround);
  if (type === 'object')
    return (
      Array.isArray(value) && value.every((pair) => Array.isArray(pair) && pair.every(isGround))
    );
  return GROUND.includes(`${type}`);
}

function readTerm(term: JsonValue | undefined, type: string): JsonValue | undefined {
  return isJsonObject(term) && term['type'] === type ? term['value'] : undefined;
}

/** The name of an operator: a reference of one variable. */
function readReference(term: JsonValue | undefined): JsonValue | undefined {
  const value = readTerm(term, 'ref');
  return Array.isArray(value) && value.length === 1
    ? readTerm((value as readonly JsonValue[])[0], 'var')
    : undefined;
}

function refuse(): Result<never> {
  return failed(
    new Failure('MALFORMED', 'OPA gave no partial evaluation', 'Use OPA 1.0 or newer.'),
  );
}
