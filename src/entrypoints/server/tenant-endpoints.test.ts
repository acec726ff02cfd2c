import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { buildServer, type ServerParts } from './app.ts';
import { createMetrics } from './metrics.ts';
import { StandingStore } from './standing/standing-store.ts';
import type { TeamParts } from './team-parts.ts';
import { loadOwnTls } from './tls.ts';
import { parseTokens } from './tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-tenant-endpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SHOP = 'a-token-of-the-shop-alone';
const SENSOR = 'a-token-of-its-sensor';
const TOKENS = `shop admin ${SHOP} tenant=shop\nfalco events ${SENSOR} tenant=shop\n`;

/** Says whose it is when it is reached. */
function makeTeam(name: string, reached: string[]): TeamParts {
  const reach = async (): Promise<never> => {
    reached.push(name);
    throw new Failure('USAGE', `reached ${name}`, 'x');
  };
  const list = () => {
    reached.push(name);
    return [];
  };
  const durable = { post: reach, retry: reach, drop: reach, list };
  const standing = new StandingStore(join(folder, name));
  for (const method of ['list', 'add', 'remove', 'listDeliveries', 'findDelivery'] as const)
    Object.assign(standing, {
      [method]: () => {
        reached.push(name);
        throw new Failure('USAGE', `reached ${name}`, 'x');
      },
    });
  const parts = { ingest: reach, durable, questions: reach, standing, runtimeEvents: reach };
  return parts as unknown as TeamParts;
}

const question = {
  ...{ apiVersion: 'waybill.dev/v1', kind: 'StandingQuestion', name: 'gaps', digestMs: 0 },
  ...{ question: 'missing', parameters: {} },
  targets: [{ kind: 'email', to: 'sec@shop.example.com' }],
};
const ASKED: Readonly<Record<string, string>> = {
  'GET /v1/ask/:question': '',
  'POST /v1/ask/what-if': 'policy',
  'POST /v1/graphql': '{"query":"{ owners { next } }"}',
  'POST /v1/evidence?kind=sbom': '{}',
  'POST /v1/violations': '{}',
  'GET /v1/inbox': '',
  'POST /v1/inbox/:id/retry': '',
  'POST /v1/inbox/:id/drop': '',
  'GET /v1/standing': '',
  'POST /v1/standing': JSON.stringify(question),
  'POST /v1/standing/:name/remove': '',
  'GET /v1/notices': '',
  'POST /v1/notices/:id/retry': '',
};
/** The same for everybody. */
// The slowest questions are listed by tenant (ask-watch.test.ts), the exceptions for none.
const PUBLIC = [
  'GET /v1/slowest',
  'GET /v1/exceptions',
  'GET /v1/openapi.json',
  'GET /v1/schema.graphql',
];

it('attack: no endpoint gives or takes what is another tenant’s, whatever is sent', async () => {
  const reached: string[] = [];
  const app = buildServer(
    {
      ...makeTeam('own', reached),
      desk: {} as ServerParts['desk'],
      findTenant: async (name) => makeTeam(name, reached),
      metrics: createMetrics(),
      unready: async () => null,
      tokens: orThrow(parseTokens(TOKENS)),
      log: () => undefined,
    },
    loadOwnTls(folder, ['localhost']),
  );
  await app.ready();
  for (const [asked, payload] of Object.entries(ASKED)) {
    const [method = '', url = ''] = asked.split(' ');
    reached.length = 0;
    const token = url.startsWith('/v1/violations') ? SENSOR : SHOP;
    const { body } = await app.inject({
      ...{ method: method as 'GET', url: url.replace(':question', 'owners').replace(/:\w+/, 'x') },
      ...(payload === '' ? {} : { payload }),
      // What a request says of itself does not count.
      headers: { authorization: `Bearer ${token}`, 'x-tenant': 'own', 'waybill-tenant': 'own' },
    });
    expect([asked, new Set(reached)], body).toEqual([asked, new Set(['shop'])]);
  }
  // A new endpoint is asked here too.
  const paths = new Set([...Object.keys(ASKED), ...PUBLIC].map((one) => one.split(/[ ?]/)[1]));
  const served = listPaths(app.printRoutes()).filter((path) => path.startsWith('/v1/'));
  await app.close();
  expect(served.filter((path) => !paths.has(path))).toEqual([]);
  expect(served.length).toBeGreaterThanOrEqual(10);
});

/** The tree of routes as paths: each line is the rest of a path, deeper by four characters. */
function listPaths(tree: string): readonly string[] {
  const parts: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const rest = /^((?:[│ ] {3})*)[├└]── ([^ ]+)(?: \((.*)\))?/.exec(line);
    if (rest === null) return [];
    parts.splice((rest[1] ?? '').length / 4, Infinity, rest[2] ?? '');
    return rest[3] === undefined ? [] : [parts.join('')];
  });
}
