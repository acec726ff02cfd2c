import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { EVIDENCE_KINDS } from '../../capabilities/evidence/index.ts';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import type { ImageVerdict } from '../../gates/desk/index.ts';
import { SeenWorkloads } from './admission/seen-workloads.ts';
import { buildServer, type ServerParts } from './app.ts';
import type { Tls } from './client-certificate.ts';
import { createMetrics } from './metrics.ts';
import { loadOwnTls } from './tls.ts';
import { parseTokens } from './tokens.ts';

const TOKEN = 'a-token-of-sufficient-length';
const SENSOR = 'a-token-of-a-sensor-on-a-node';
const SCANNER = 'a-token-of-a-scanner';
const TOKENS = `${TOKEN}\n# on each node\nfalco events ${SENSOR}\nscan evidence,read ${SCANNER}\n`;
const ALLOW: ImageVerdict = {
  image: 'a',
  resolved: 'a',
  verdict: { decision: 'allow', results: [], validUntil: null },
  refuses: false,
  cause: null,
  record: null,
};
const REVIEW = JSON.stringify({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u-1',
    kind: { group: '', version: 'v1', kind: 'Pod' },
    operation: 'CREATE',
    object: { spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
});

const NO_WORKLOADS = await SeenWorkloads.open(null);

let folder: string;
let tls: Tls;
let app: FastifyInstance;
const logged: object[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-app-'));
  tls = loadOwnTls(folder, ['localhost']);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => app.close());

function serving(changes: Partial<ServerParts> = {}): FastifyInstance {
  app = buildServer(
    {
      desk: {
        cluster: 'eu-1',
        decide: async () => ALLOW,
        isObserving: () => false,
        counted: () => undefined,
        workloads: NO_WORKLOADS,
      },
      ingest: async () => ({ position: 1 }) as never,
      questions: async () => ({ json: { answered: true }, exitCode: 3 }),
      runtimeEvents: async () => ({ recorded: 1, replays: 0, ignored: 0, broken: [] }),
      metrics: createMetrics(),
      unready: async () => null,
      tokens: orThrow(parseTokens(TOKENS)),
      log: (entry) => void logged.push(entry),
      ...changes,
    },
    tls,
  );
  return app;
}

describe('The provider of external data', () => {
  const request = JSON.stringify({
    apiVersion: 'externaldata.gatekeeper.sh/v1beta1',
    kind: 'ProviderRequest',
    request: { keys: ['a'] },
  });

  it('I14: answers, and has every failure in the answer: Gatekeeper sees no status', async () => {
    const server = serving();
    const post = async (url: string, payload: string) =>
      (await server.inject({ method: 'POST', url, payload })).json<{
        response: { items: object[]; systemError: string };
      }>().response;
    expect((await post('/gatekeeper/verify?timeout=2s', request)).items).toMatchObject([
      { key: 'a', value: { succeeded: true } },
    ]);
    const large = `${request}${' '.repeat(9 * 1024 * 1024)}`;
    for (const [url, payload] of [
      ['/gatekeeper/verify', large],
      ['/gatekeeper/verify', '{'],
      ['/ratify/gatekeeper/v1/verify', request],
      ['/', request],
    ] as const) {
      const { items, systemError } = await post(url, payload);
      expect([url, items]).toEqual([url, []]);
      expect(systemError).toMatch(/^waybill: /);
    }
  });
});

describe('The endpoints', () => {
  it('a client that asks too often is told when to ask again, and no other client', async () => {
    const server = serving({ askLimits: { questionsPerSecondMax: 1, questionsBurstMax: 2 } });
    const ask = (token: string) =>
      server.inject({
        ...{ method: 'GET', url: '/v1/ask/releases' },
        headers: { authorization: `Bearer ${token}` },
      });
    expect([await ask(TOKEN), await ask(TOKEN)].map(({ statusCode }) => statusCode)).toEqual([
      200, 200,
    ]);
    const third = await ask(TOKEN);
    expect([third.statusCode, third.headers['retry-after']]).toEqual([429, '1']);
    expect(third.json()).toMatchObject({ error: { code: 'RATE_EXCEEDED' } });
    expect((await ask(SCANNER)).statusCode).toBe(200);
  });

  it('GraphQL needs the same token, and each of its questions counts', async () => {
    const server = serving({ askLimits: { questionsPerSecondMax: 1, questionsBurstMax: 4 } });
    const post = (token: string, query: string) =>
      server.inject({
        ...{ method: 'POST', url: '/v1/graphql', payload: JSON.stringify({ query }) },
        headers: { authorization: `Bearer ${token}` },
      });
    expect((await post('another-token-of-that-length', '{ owners { next } }')).statusCode).toBe(
      401,
    );
    expect((await post(SENSOR, '{ owners { next } }')).statusCode).toBe(403);
    const six = Array.from({ length: 6 }, (_, at) => `a${at}: owners { next }`).join(' ');
    const answer = (await post(TOKEN, `{ ${six} }`)).json<{ errors: object[] }>();
    expect(answer.errors.length).toBeGreaterThan(1);
    expect(answer.errors[0]).toMatchObject({ extensions: { code: 'RATE_EXCEEDED' } });
  });

  it.each([
    ['no token', {}],
    ['an empty one', { authorization: 'Bearer ' }],
    ['another one', { authorization: 'Bearer another-token-of-that-length' }],
    ['the token without its scheme', { authorization: TOKEN }],
    ['the token with something after it', { authorization: `Bearer ${TOKEN}x` }],
    ['the first letters of the token', { authorization: `Bearer ${TOKEN.slice(0, 10)}` }],
  ])('A46: evidence is not read or written with %s; with the token it is', async (_, headers) => {
    const server = serving();
    const [read, write] = [
      { method: 'GET' as const, url: '/v1/ask/releases' },
      { method: 'POST' as const, url: '/v1/evidence?kind=sbom', payload: '{}' },
    ];
    for (const call of [read, write]) {
      expect((await server.inject({ ...call, headers })).statusCode).toBe(401);
      const given = { authorization: `Bearer ${TOKEN}` };
      expect((await server.inject({ ...call, headers: given })).statusCode).toBeLessThan(300);
    }
  });

  it('every answer and every failure has the version of its form', async () => {
    const server = serving({
      questions: async () => Promise.reject(new Failure('USAGE', 'a', 'b')),
    });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const answers = [
      { method: 'POST' as const, url: '/v1/evidence?kind=sbom', headers, payload: '{}' },
      { method: 'GET' as const, url: '/v1/ask/releases', headers },
      { method: 'POST' as const, url: '/v1/ask/what-if', headers, payload: 'a' },
      { method: 'GET' as const, url: '/v1/ask/releases' },
      { method: 'GET' as const, url: '/none' },
    ];
    for (const call of answers)
      expect((await server.inject(call)).json()).toMatchObject({ apiVersion: 'waybill.dev/v1' });
    const asSensor = { authorization: `Bearer ${SENSOR}` };
    const event = {
      method: 'POST' as const,
      url: '/v1/violations',
      headers: asSensor,
      payload: '{}',
    };
    expect((await server.inject(event)).json()).toEqual({
      ...{ apiVersion: 'waybill.dev/v1', recorded: 1, replays: 0, ignored: 0, broken: [] },
    });
    const review = await server.inject({ method: 'POST', url: '/admit', payload: REVIEW });
    expect(review.json()).toMatchObject({ apiVersion: 'admission.k8s.io/v1' });
  });

  it.each([
    ['POLICY_INVALID', 422],
    ['CONFIG_INVALID', 500],
  ] as const)('truth B6: what-if answers %s with %d', async (code, status) => {
    // What a client sent is at fault, or the server.
    const server = serving({ questions: async () => Promise.reject(new Failure(code, 'a', 'b')) });
    const headers = { authorization: `Bearer ${TOKEN}` };
    const call = { method: 'POST' as const, url: '/v1/ask/what-if', headers, payload: 'rules: [' };
    expect((await server.inject(call)).statusCode).toBe(status);
  });

  const EVIDENCE = ['image', 'sbom', 'scan', 'statement', 'signature', 'tag'];
  const OWN = ['verification', 'decision', 'facts', 'feeds'];
  const ELSEWHERE = [...OWN, 'violation', 'policy', 'trust'];
  it.each([
    ['of a sensor', SENSOR, []],
    ['of a scanner', SCANNER, EVIDENCE],
    ['alone', TOKEN, Object.keys(EVIDENCE_KINDS).filter((kind) => !ELSEWHERE.includes(kind))],
  ])('truth B6: the token %s posts the kinds of its roles and no other', async (_, token, may) => {
    const server = serving();
    const headers = { authorization: `Bearer ${token}` };
    const post = async (url: string): Promise<number> =>
      (await server.inject({ method: 'POST', url, headers, payload: '{}' })).statusCode;
    for (const kind of Object.keys(EVIDENCE_KINDS)) {
      // Which kinds nobody may post is judged where the document is taken in.
      const expected = ELSEWHERE.includes(kind) || may.includes(kind) ? 201 : 403;
      expect([kind, await post(`/v1/evidence?kind=${kind}`)]).toEqual([kind, expected]);
    }
    expect(await post('/v1/violations')).toBe(token === SENSOR ? 201 : 403);
    const { statusCode } = await server.inject({ method: 'GET', url: '/v1/ask/releases', headers });
    expect(statusCode).toBe(token === SENSOR ? 403 : 200);
  });

  it('P5: an admission needs no token, because the API server asks', async () => {
    const answer = await serving().inject({ method: 'POST', url: '/admit', payload: REVIEW });
    expect(answer.json()).toMatchObject({ response: { uid: 'u-1', allowed: true } });
  });

  it.each([
    ['1s', 500],
    ['0s', 100],
    ['30s', 8_000],
  ])(
    'P9, G39: the answer comes before the %s of the API server are over',
    async (timeout, most) => {
      let signal: AbortSignal | null = null;
      const server = serving({
        desk: {
          cluster: 'eu-1',
          decide: (_image, _workload, given) => {
            signal = given;
            return most > 1_000 ? Promise.resolve(ALLOW) : new Promise(() => undefined);
          },
          isObserving: () => false,
          counted: () => undefined,
          workloads: NO_WORKLOADS,
        },
      });
      const answer = await server.inject({
        method: 'POST',
        url: `/admit?timeout=${timeout}`,
        payload: REVIEW,
      });
      expect(answer.json()).toMatchObject({ response: { allowed: most > 1_000 } });
      const waitMs = /no verdict within (\d+) ms/.exec(answer.body)?.[1] ?? '0';
      expect(Number(waitMs)).toBeLessThanOrEqual(most);
      expect(signal).not.toBeNull();
    },
  );

  it('G38, G47: a desk that throws leads to no admission', async () => {
    const desk = {
      cluster: 'eu-1',
      decide: () => Promise.reject(new Error('a defect')),
      isObserving: () => true,
      counted: () => undefined,
      workloads: NO_WORKLOADS,
    };
    const answer = await serving({ desk }).inject({
      method: 'POST',
      url: '/admit',
      payload: REVIEW,
    });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('"allowed":true');
  });

  it.each([undefined, 'text/plain', 'application/json; charset=utf-16'])(
    'G40: a review is also read as %s, and a missing body is refused',
    async (type) => {
      const server = serving();
      const headers = type === undefined ? {} : { 'content-type': type };
      const call = { method: 'POST' as const, url: '/admit', headers };
      expect((await server.inject({ ...call, payload: REVIEW })).json()).toMatchObject({
        response: { allowed: true },
      });
      expect((await server.inject({ method: 'POST', url: '/admit' })).json()).toMatchObject({
        response: { allowed: false },
      });
    },
  );

  it('/readyz gives a stranger only the code; /metrics names no image, path or token', async () => {
    const unready = async () =>
      new Failure('POLICY_INVALID', '/secret/path/policy.yaml is\nno policy', 'Fix it.');
    const server = serving({ unready });
    const answer = await server.inject({ method: 'GET', url: '/readyz' });
    expect([answer.statusCode, answer.body]).toEqual([503, 'not ready [POLICY_INVALID]\n']);
    expect(logged.at(-1)).toMatchObject({
      code: 'POLICY_INVALID',
      message: '/secret/path/policy.yaml is no policy',
    });
    await server.inject({ method: 'POST', url: '/admit', payload: REVIEW });
    const { body } = await server.inject({ method: 'GET', url: '/metrics' });
    expect(body).toContain('waybill_admission_duration_seconds');
    expect(body).not.toMatch(/secret|token-of|sha256|eu-1/);
  });

  it('an unknown endpoint is not found, in the form of every error', async () => {
    const answer = await serving().inject({ method: 'DELETE', url: '/v1/evidence' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      404,
      { error: { code: 'NOT_FOUND' } },
    ]);
  });
});
