import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type OpenSpan, readTraceParent, type Traces } from './traces.ts';

/** A span for each request that is answered; the span of a request that is not answered yet. */
export function traceRequests(
  app: FastifyInstance,
  traces: Pick<Traces, 'begin'>,
): (request: FastifyRequest) => OpenSpan | null {
  const spans = new WeakMap<FastifyRequest, OpenSpan>();
  app.addHook('onRequest', async (request) => {
    const route = request.routeOptions.url ?? 'unknown';
    const parent = readTraceParent(request.headers['traceparent']);
    // Probes come every few seconds, and say nothing.
    if (parent === 'not-sampled' || PROBES.has(route)) return;
    // The pattern of the route alone: an address may have a token or a name in it.
    // mutant address-in-a-span by trace-requests: argument 4 -> { 'url.full': request.url }
    const span = traces.begin(`${request.method} ${route}`, 'server', parent, {
      'http.request.method': request.method,
      'http.route': route,
    });
    if (span !== null) spans.set(request, span);
  });
  app.addHook('onResponse', async (request, { statusCode }) =>
    spans.get(request)?.end({
      attributes: { 'http.response.status_code': statusCode },
      failed: statusCode >= 500,
    }),
  );
  return (request) => spans.get(request) ?? null;
}

const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
