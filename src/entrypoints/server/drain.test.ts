import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import { SeenWorkloads } from './admission/seen-workloads.ts';
import { buildServer } from './app.ts';
import { Drain } from './drain.ts';
import { createMetrics } from './metrics.ts';
import { loadOwnTls } from './tls.ts';
import { parseTokens } from './tokens.ts';

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
let folder: string;
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-drain-'));
});
afterAll(() => {
  agent.destroy();
  rmSync(folder, { recursive: true });
});

/** A server whose verdicts wait until they are let go. */
async function serve() {
  const asked = Promise.withResolvers<void>();
  const verdict = Promise.withResolvers<never>();
  const drain = new Drain();
  const app = buildServer(
    {
      desk: {
        cluster: 'eu-1',
        decide: () => {
          asked.resolve();
          return verdict.promise;
        },
        isObserving: () => false,
        counted: () => undefined,
        workloads: await SeenWorkloads.open(null),
      },
      ingest: async () => ({}) as never,
      questions: async () => ({ json: {}, exitCode: 0 }),
      runtimeEvents: async () => ({ recorded: 1, replays: 0, ignored: 0, broken: [] }),
      metrics: createMetrics(),
      unready: async () => null,
      drain,
      tokens: orThrow(parseTokens('a-token-of-sufficient-length')),
      log: () => undefined,
    },
    loadOwnTls(folder, ['localhost']),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const allow = {
    ...{ image: 'a', resolved: 'a', refuses: false, cause: null, record: null },
    verdict: { decision: 'allow', results: [], validUntil: null },
  };
  return { app, drain, asked: asked.promise, decide: () => verdict.resolve(allow as never) };
}

async function send(app: FastifyInstance, method: string, path: string, body?: string) {
  const { port } = app.server.address() as AddressInfo;
  const call = request({ host: '127.0.0.1', port, path, method, agent });
  call.end(body);
  const [response] = await once(call, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return { status: response.statusCode, connection: response.headers.connection, text };
}

describe('A server that stops', () => {
  it('I7: answers what it was asked before', async () => {
    const { app, drain, asked, decide } = await serve();
    const answer = send(app, 'POST', '/admit', REVIEW);
    await asked;
    const stopped = drain.stop(app, { noticeMs: 0 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    decide();
    expect(JSON.parse((await answer).text)).toMatchObject({ response: { allowed: true } });
    await stopped;
  });

  it('I7: says so before it closes, and still answers', async () => {
    const { app, drain, decide } = await serve();
    decide();
    expect(await send(app, 'GET', '/readyz')).toMatchObject({
      status: 200,
      connection: 'keep-alive',
    });
    const stopped = drain.stop(app, { noticeMs: 500 });
    const ready = await send(app, 'GET', '/readyz');
    expect(ready).toMatchObject({ status: 503, connection: 'close' });
    expect(ready.text).toContain('INTERRUPTED');
    expect((await send(app, 'POST', '/admit', REVIEW)).status).toBe(200);
    await stopped;
    await expect(send(app, 'GET', '/healthz')).rejects.toThrow();
  });

  it('attack G28: does not wait for ever for one who asks and never ends', async () => {
    const { app, drain, asked } = await serve();
    const answer = send(app, 'POST', '/admit', REVIEW).catch((cause: Error) => cause.message);
    await asked;
    await drain.stop(app, { noticeMs: 0, answersMs: 50 });
    expect(await answer).toMatch(/hang up|reset/i);
  });
});
