import {
  type DocumentNode,
  execute,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { Failure, toFailure } from '../../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { requireFlat, requireModest } from './query-cost.ts';
import { type AskContext, buildGraphqlSchema } from './schema.ts';

export interface GraphqlRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: JsonObject;
}

export interface GraphqlAnswer {
  /** 200 where something was asked; 400 where nothing was. */
  readonly status: 200 | 400;
  readonly body: object;
}

/** Reads the body of a POST: one request, never a list of them. */
export function readGraphqlRequest(bytes: Uint8Array): Result<GraphqlRequest> {
  const json = parseJson(bytes, { bytesMax: LIMITS.graphqlBytesMax });
  if (!json.ok) return json;
  const {
    query,
    operationName = null,
    variables = null,
  } = isJsonObject(json.value) ? json.value : {};
  const isName = operationName === null || typeof operationName === 'string';
  if (typeof query !== 'string' || !isName || !(variables === null || isJsonObject(variables)))
    return fail(
      'MALFORMED',
      'this is not one request of GraphQL',
      'Send { "query": "…", "variables": { … } }.',
    );
  return ok({ query, operationName, variables: variables ?? {} });
}

let schema: Promise<GraphQLSchema> | undefined;

/** Made at the first request: it loads the schemas of all answers. */
export function loadGraphqlSchema(): Promise<GraphQLSchema> {
  schema ??= buildGraphqlSchema();
  return schema;
}

/** Answers one request. What is wrong with it is in the answer, as GraphQL says it. */
export async function answerGraphql(
  { query, operationName, variables }: GraphqlRequest,
  context: AskContext,
): Promise<GraphqlAnswer> {
  const known = await loadGraphqlSchema();
  const document = parseQuery(query);
  if (document instanceof GraphQLError) return refuse([document]);
  const flaws = validate(known, document, specifiedRules, { maxErrors: ERRORS_MAX });
  if (flaws.length > 0) return refuse(flaws);
  const operation = getOperationAST(document, operationName);
  if (operation === null || operation === undefined)
    return refuse([new GraphQLError('Name one operation: operationName.')]);
  const modest = measure(known, document, operation, variables);
  if (modest !== null) return refuse([modest]);
  const { data, errors } = await execute({
    schema: known,
    document,
    operationName,
    variableValues: variables,
    contextValue: context,
  });
  const shown = errors?.map(explain);
  return { status: 200, body: { ...(shown === undefined ? {} : { errors: shown }), data } };
}

const TOKENS_MAX = 5_000;
const ERRORS_MAX = 10;

function parseQuery(query: string): DocumentNode | GraphQLError {
  try {
    requireFlat(query, TOKENS_MAX);
    return parse(query, { maxTokens: TOKENS_MAX, noLocation: true });
  } catch (thrown) {
    return thrown instanceof GraphQLError ? thrown : wrap(thrown);
  }
}

function measure(
  known: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: JsonObject,
): GraphQLError | null {
  try {
    requireModest(known, document, operation, variables);
    return null;
  } catch (thrown) {
    return wrap(thrown);
  }
}

function wrap(thrown: unknown): GraphQLError {
  const failure = toFailure(thrown);
  return new GraphQLError(failure.message, { originalError: failure });
}

function refuse(errors: readonly GraphQLError[]): GraphqlAnswer {
  return { status: 400, body: { errors: errors.map(explain) } };
}

/** The failure of a question, with its code and what to do about it. */
function explain(error: GraphQLError): object {
  const { originalError: cause } = error;
  if (cause === undefined || cause === null) return error.toJSON();
  const { code, message, remedy } = cause instanceof Failure ? cause : toFailure(cause);
  const { path } = error;
  return { message, ...(path === undefined ? {} : { path }), extensions: { code, remedy } };
}
