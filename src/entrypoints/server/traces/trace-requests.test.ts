import fastify from 'fastify';
import { expect, it } from 'vitest';
import { traceRequests } from './trace-requests.ts';

it('attack: a span has the pattern of a route, and nothing that a request says', async () => {
  const begun: unknown[][] = [];
  const ended: object[] = [];
  const app = fastify();
  const findSpan = traceRequests(app, {
    begin: (...said) => {
      begun.push(said);
      return { traceId: 'a', spanId: 'b', end: (more = {}) => void ended.push(more) };
    },
  });
  app.get('/v1/ask/:question', async (request) => findSpan(request)?.spanId);
  app.get('/healthz', async () => 'ok');
  const secret = 'geheim';
  const { body } = await app.inject({
    url: `/v1/ask/${secret}?subject=${secret}`,
    headers: { authorization: `Bearer ${secret}`, traceparent: secret, cookie: secret },
  });
  await app.inject({ url: '/healthz' });
  await app.inject({
    url: '/v1/ask/x',
    headers: { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` },
  });
  await app.close();
  expect(body).toBe('b');
  const attributes = { 'http.request.method': 'GET', 'http.route': '/v1/ask/:question' };
  expect(begun).toEqual([['GET /v1/ask/:question', 'server', null, attributes]]);
  expect(ended).toEqual([{ attributes: { 'http.response.status_code': 200 }, failed: false }]);
});
