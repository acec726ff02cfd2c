import {
  type Field,
  listFields,
  type Parameter,
  QUESTIONS,
  type QuestionEntry,
} from '../../../capabilities/graph/questions/index.ts';
import { API_VERSION } from '../../../core/api-version.ts';
import { LIMITS } from '../../../core/limits.ts';
import { describeSchema } from '../../../formats/json/describe-schema.ts';

/**
 * The questions over HTTP as OpenAPI 3.1, made from the same table as the endpoint: published as
 * docs/reference/openapi.json and served as `GET /v1/openapi.json`.
 */
export async function buildOpenApi(): Promise<object> {
  const paths = await Promise.all(
    QUESTIONS.map(async (entry) => [`/v1/ask/${entry.name}`, await describePath(entry)] as const),
  );
  return {
    openapi: '3.1.1',
    info: {
      title: 'Waybill: questions to the knowledge graph',
      version: API_VERSION.replace(/^.*\//, ''),
      description:
        'Each question of the command line, with its parameters by the same names. A moment is ' +
        'RFC 3339. An unknown parameter is refused.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'this server' }],
    security: [{ token: [] }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: {
        token: {
          ...{ type: 'http', scheme: 'bearer' },
          description: 'A token with the role `read`. A server on loopback may ask for none.',
        },
      },
      headers: HEADERS,
      responses: { Failure: FAILURE },
    },
  };
}

const HEADERS = {
  ETag: {
    description: 'Names the bytes of the answer: send it as If-None-Match to get 304.',
    schema: { type: 'string' },
  },
  ExitCode: {
    description: 'The exit code of the command: 3 means that something could not be judged.',
    schema: { type: 'integer', enum: [0, 1, 3] },
  },
  ClockAhead: {
    description:
      'Position and time of an entry of the log whose time is yet to come: the clock was ahead, ' +
      'so times of the answer may be wrong. Absent where there is none.',
    schema: { type: 'string' },
  },
};

const FAILURE = {
  description: 'Why there is no answer, and what to do about it.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          apiVersion: { type: 'string', const: API_VERSION },
          error: {
            type: 'object',
            properties: {
              code: { type: 'string' },
              message: { type: 'string' },
              remedy: { type: 'string' },
            },
            required: ['code', 'message', 'remedy'],
            additionalProperties: false,
          },
        },
        required: ['apiVersion', 'error'],
        additionalProperties: false,
      },
    },
  },
};

async function describePath(entry: QuestionEntry): Promise<object> {
  const { name, summary, parameters } = entry;
  const needsPolicy = Object.values(parameters).some(({ type }) => type === 'policy');
  const { $schema: _, ...schema } = describeSchema(await entry.loadSchema());
  const answer = { description: 'The answer.', content: { 'application/json': { schema } } };
  const failure = { $ref: '#/components/responses/Failure' };
  const common = { operationId: `ask-${name}`, summary, parameters: listParameters(entry) };
  if (needsPolicy)
    return {
      post: { ...common, requestBody: POLICY, responses: { 200: answer, default: failure } },
    };
  const headers = {
    ETag: { $ref: '#/components/headers/ETag' },
    'Waybill-Exit-Code': { $ref: '#/components/headers/ExitCode' },
    'Waybill-Clock-Ahead': { $ref: '#/components/headers/ClockAhead' },
  };
  return {
    get: {
      ...common,
      responses: {
        200: { ...answer, headers },
        304: { description: 'The client has the answer.', headers },
        429: failure,
        default: failure,
      },
    },
  };
}

const POLICY = {
  description: 'The policy to try, as if it enforced.',
  required: true,
  content: { 'application/yaml': { schema: { type: 'string' } } },
};

function listParameters({ parameters }: QuestionEntry): readonly object[] {
  return Object.entries(parameters).flatMap(([name, parameter]) =>
    parameter.type === 'policy'
      ? []
      : listFields(name, parameter).map((field) => ({
          name: field.name,
          in: 'query',
          description: field.meaning,
          required: parameter.required && field.fallback === undefined,
          schema: describeField(field, parameter),
        })),
  );
}

/** Moments of the command line may be ages; here they are RFC 3339 alone. */
const MOMENTS: readonly Parameter['type'][] = ['since', 'asOf', 'knownAt'];

function describeField({ name, choices, fallback }: Field, { type }: Parameter): object {
  if (name === 'limit')
    return { type: 'integer', minimum: 1, maximum: LIMITS.pageRowsMax, default: Number(fallback) };
  return {
    type: 'string',
    ...(MOMENTS.includes(type) ? { format: 'date-time' } : {}),
    ...(choices === undefined ? {} : { enum: choices }),
    ...(fallback === undefined ? {} : { default: fallback }),
  };
}
