import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { openSpanSender } from '../../compose/notices.ts';
import { readTraceSettings } from './trace-settings.ts';
import { readTraceParent, Traces } from './traces.ts';

const ENDPOINT = 'http://127.0.0.1:4318';
const read = (env: Record<string, string>) => {
  try {
    return readTraceSettings(env);
  } catch (thrown) {
    return String((thrown as Error).message);
  }
};

it('nothing is traced unless an endpoint is named, and it can be switched off', () => {
  expect(read({})).toBeNull();
  expect(read({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b' })).toBeNull();
  const named = { OTEL_EXPORTER_OTLP_ENDPOINT: `${ENDPOINT}/` };
  expect(read({ ...named, OTEL_SDK_DISABLED: 'true' })).toBeNull();
  expect(read({ ...named, OTEL_TRACES_EXPORTER: 'none' })).toBeNull();
  const headers = { OTEL_EXPORTER_OTLP_HEADERS: 'Authorization=Bearer%20x, tenant=a' };
  expect(read({ ...named, ...headers, OTEL_SERVICE_NAME: 'shop' })).toEqual({
    ...{ url: `${ENDPOINT}/v1/traces`, service: 'shop' },
    headers: { authorization: 'Bearer x', tenant: 'a' },
  });
  expect(read({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${ENDPOINT}/x` })).toMatchObject({
    url: `${ENDPOINT}/x`,
  });
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'file:///etc/passwd' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://:geheim@b' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://geheim@b' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'geheim' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: 'a=geheim%0d%0ab: c' }],
])('%j is refused, and no secret is repeated', (env) => {
  expect(read(env)).toEqual(expect.not.stringContaining('geheim'));
  expect(typeof read(env)).toBe('string');
});

it('a trace of the caller goes on; any other text begins a new one', () => {
  const [traceId, spanId] = ['a'.repeat(32), 'b'.repeat(16)];
  expect(readTraceParent(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId });
  expect(readTraceParent(`00-${traceId}-${spanId}-00`)).toBe('not-sampled');
  expect(readTraceParent(`00-${'0'.repeat(32)}-${spanId}-01`)).toBeNull();
  fc.assert(
    fc.property(fc.anything(), (text) => readTraceParent(text) === null),
    { numRuns: 50 },
  );
});

it('a batch is OTLP in JSON; a collector that is away costs a line and no memory', async () => {
  const got: { headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  const collector = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    got.push({ headers: request.headers, body });
    response.writeHead(got.length > 1 ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  const { port } = collector.address() as AddressInfo;
  const settings = readTraceSettings({
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    ...{ OTEL_EXPORTER_OTLP_HEADERS: 'x-key=geheim' },
  });
  const logged: object[] = [];
  const traces = new Traces(settings, {
    ...{ send: openSpanSender({}), nowMs: () => 1_700_000_000_000.5 },
    log: (entry) => void logged.push(entry),
  });
  const outer = traces.begin('GET /v1/ask/:question', 'server', null, { 'http.route': '/v1' });
  traces.begin('ask owners', 'internal', outer)?.end({ failed: true });
  outer?.end({ attributes: { 'http.response.status_code': 200 } });
  traces.flush();
  for (let at = 0; at <= LIMITS.traceSpansMax; at++) traces.begin('x', 'server', null)?.end();
  await traces.close();
  await new Promise((resolve) => collector.close(resolve));
  const [first] = got;
  expect(first?.headers).toMatchObject({ 'x-key': 'geheim', 'content-type': 'application/json' });
  const { traceId, spanId } = outer ?? {};
  const listSpans = (body = '{}') => JSON.parse(body).resourceSpans[0].scopeSpans[0].spans;
  const spans = listSpans(first?.body);
  expect(listSpans(got[1]?.body)).toHaveLength(LIMITS.traceSpansMax);
  expect(spans).toMatchObject([
    { name: 'ask owners', traceId, parentSpanId: spanId, kind: 1, status: { code: 2 } },
    { traceId, spanId, kind: 2, startTimeUnixNano: '1700000000000500000', status: {} },
  ]);
  expect(spans[1].attributes).toContainEqual({
    ...{ key: 'http.response.status_code', value: { intValue: '200' } },
  });
  expect(logged).toMatchObject([{ event: 'traces-not-sent', lost: LIMITS.traceSpansMax + 1 }]);
  expect(JSON.stringify(logged)).not.toContain('geheim');
  const none = new Traces(null, { send: () => Promise.reject(), nowMs: () => 0, log: () => 0 });
  expect(none.begin('x', 'server', null)).toBeNull();
  await none.close();
});
