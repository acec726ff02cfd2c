import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema, getIntrospectionQuery, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeAskedWorld } from '../../../../test/support/question-world.ts';
import { openReader } from '../../../adapters/graph-sql/index.ts';
import { QUESTIONS } from '../../../capabilities/graph/questions/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { graphPorts as ports } from '../../compose/graph-ports.ts';
import { createQuestionHandler, type QuestionHandler } from '../questions/questions.ts';
import { answerGraphql, readGraphqlRequest } from './answer-query.ts';
import { toFieldName } from './answer-types.ts';
import { printGraphqlSchema } from './print-schema.ts';

let folder: string;
let questions: QuestionHandler;
let close: () => Promise<void>;
let asked = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-graphql-'));
  const path = join(folder, 'graph.db');
  await writeAskedWorld(path);
  const graph = orThrow(await openReader({ path, ports }));
  close = () => graph.close();
  questions = createQuestionHandler({ graph, tryPolicy: async () => ({}) });
}, 60_000);
afterAll(async () => {
  await close();
  rmSync(folder, { recursive: true });
});

interface GraphqlBody {
  readonly data?: Record<string, unknown>;
  readonly errors?: { readonly message: string; readonly extensions?: { readonly code: string } }[];
}
const send = async (query: string, variables = {}, operationName: string | null = null) => {
  const answer = await answerGraphql(
    { query, operationName, variables },
    {
      ask: async (question, texts) => {
        asked++;
        const { json, exitCode } = await questions(question, texts);
        return { ...json, exitCode };
      },
    },
  );
  const body = JSON.parse(JSON.stringify(answer.body)) as GraphqlBody;
  return { status: answer.status, ...body };
};

describe('GraphQL: the questions of the table', () => {
  it('all of them, each with its parameters, in a schema that is valid', async () => {
    const query = buildSchema(await printGraphqlSchema()).getQueryType();
    if (!isObjectType(query)) throw new Error('no Query');
    expect(Object.keys(query.getFields()).sort()).toEqual(
      QUESTIONS.map(({ name }) => toFieldName(name)).sort(),
    );
    const [exposure] = Object.values(query.getFields()).filter(({ name }) => name === 'exposure');
    expect(exposure?.args.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['vulnerability', 'owner', 'asOf', 'knownAt', 'first', 'after']),
    );
  });

  it('answers what REST answers, and the questions about a row in the row', async () => {
    const { data, errors } = await send(`{
      exposure(vulnerability: "CVE-2021-44228") {
        exitCode
        releases { name owner deployments { cluster } provenance { commits { author } } }
        pageInfo { hasNextPage endCursor }
      }
      all: releases(component: "log4j-core", first: 1) {
        releases { name version } pageInfo { hasNextPage endCursor }
      }
    }`);
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      exposure: {
        exitCode: 1,
        releases: [
          {
            ...{ name: 'trips', owner: 'team-a', deployments: [{ cluster: 'eu-1' }] },
            provenance: { commits: [{ author: 'ada@example.com' }] },
          },
        ],
        pageInfo: { hasNextPage: false },
      },
      all: { releases: [{}], pageInfo: { hasNextPage: true, endCursor: expect.any(String) } },
    });
    const { all } = (data ?? {}) as { all: { pageInfo: { endCursor: string } } };
    const next = await send(
      'query Page($after: String) { releases(component: "log4j-core", first: 1, after: $after) ' +
        '{ releases { name } pageInfo { hasNextPage } } }',
      { after: all.pageInfo.endCursor },
    );
    expect(next.data).toMatchObject({ releases: { pageInfo: { hasNextPage: false } } });
  });

  it('a failure of one question has its code, and the others are answered', async () => {
    const { status, data, errors } = await send(
      '{ findings(subject: "nobody@9") { exitCode } owners { owners { name } } }',
    );
    expect([status, data]).toEqual([200, { findings: null, owners: expect.anything() }]);
    expect(errors).toMatchObject([{ path: ['findings'], extensions: { code: 'UNKNOWN_NAME' } }]);
  });

  it('what has no such field, and what is no query, asks nothing', async () => {
    asked = 0;
    for (const query of ['{', '{ nothing }', 'mutation { a }', '{ exposure { names } }', ''])
      expect([query, (await send(query)).status]).toEqual([query, 400]);
    expect((await send('query A { owners { next } } query B { owners { next } }')).status).toBe(
      400,
    );
    expect(asked).toBe(0);
    for (const body of [
      '[]',
      '[{"query":"{a}"}]',
      '{}',
      '{"query":1}',
      '{"query":"", "variables":[]}',
    ])
      expect(readGraphqlRequest(Buffer.from(body)).ok).toBe(false);
  });

  it('the schema can be asked for, as tools do', async () => {
    const { status, data } = await send(getIntrospectionQuery());
    expect([status, data]).toMatchObject([200, { __schema: { queryType: { name: 'Query' } } }]);
  });
});

describe('attack: GraphQL bombs are refused before anything is asked', () => {
  const nest = (levels: number) =>
    `{ releases(component: "a", first: 1) { releases { ${'provenance { document: exitCode } '.repeat(1)}` +
    `${'where { deployments { '.repeat(levels)} cluster ${'} }'.repeat(levels)} } } }`;
  it.each([
    ['deep', nest(LIMITS.graphqlDepthMax)],
    ['wide', `{ ${Array.from({ length: 300 }, (_, at) => `a${at}: owners { next }`).join(' ')} }`],
    [
      'multiplied by rows',
      '{ owners { next } releases(component: "a", first: 1000) { releases { findings { exitCode } } } }',
    ],
    [
      'multiplied by a variable',
      'query ($n: Int) { releases(component: "a", first: $n) { releases { findings { exitCode } } } }',
    ],
    [
      'of fragments that grow',
      `{ ...f0 } ${Array.from({ length: 20 }, (_, at) => `fragment f${at} on Query { ...f${at + 1} ...f${at + 1} }`).join(' ')} fragment f20 on Query { owners { next } }`,
    ],
    ['of a fragment within itself', '{ ...f } fragment f on Query { owners { next } ...f }'],
    [
      'of the schema in the schema',
      `{ __schema { types { ${'fields { type { '.repeat(6)} name ${'} }'.repeat(6)} } } }`,
    ],
    ['of words', `{ ${'a '.repeat(6_000)} }`],
  ])('%s', async (_, query) => {
    asked = 0;
    const { status, errors } = await send(query, { n: 1_000 });
    expect([status, errors?.length ?? 0, asked]).toEqual([400, expect.any(Number), 0]);
    expect(errors?.[0]?.message).not.toBe('');
  });

  const grow = (levels: number) =>
    `{ ...f0 } ${Array.from({ length: levels }, (_, at) => `fragment f${at} on Query { ...f${at + 1} ...f${at + 1} }`).join(' ')} fragment f${levels} on Query { __typename }`;
  const describeTypes = (times: number) =>
    `{ __schema { types { ${Array.from({ length: times }, (_, at) => `a${at}: fields { type { fields { name } } }`).join(' ')} } } }`;
  it.each([
    ['levels', `{ __type(name: "Query") { ${'ofType { '.repeat(25)} name ${'} '.repeat(25)} } }`],
    ['fields', grow(20)],
    ['fields about the schema', describeTypes(100)],
    ['levels of brackets', `{ exposure(vulnerability: ${'['.repeat(2_000)}`],
    ['levels of brackets', `{ exposure(vulnerability: ${'{a:'.repeat(1_000)}`],
    ['levels of brackets', `${'{ a '.repeat(1_500)} ${'}'.repeat(1_500)}`],
  ])('one with too many %s is told so', async (what, query) => {
    asked = 0;
    const { status, errors } = await send(query);
    expect([status, errors?.[0], asked]).toMatchObject([
      400,
      { message: expect.stringContaining(` ${what}`), extensions: { code: 'LIMIT_EXCEEDED' } },
      0,
    ]);
  });

  it('what is just within the limits is answered', async () => {
    expect(
      (
        await send(
          `{ __type(name: "Query") { ${'ofType { '.repeat(17)} name ${'} '.repeat(17)} } }`,
        )
      ).status,
    ).toBe(200);
    expect((await send(grow(5))).status).toBe(200);
    expect((await send(describeTypes(10))).status).toBe(200);
    expect((await send(`# ${'([{'.repeat(99)}\n{ owners { next } }`)).status).toBe(200);
    const aliases = Array.from({ length: 40 }, (_, at) => `a${at}: owners { next }`).join(' ');
    expect((await send(`{ ${aliases} }`)).status).toBe(200);
  });
});
