import fastify from 'fastify';
import { expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import { toFailure } from '../../../core/failure.ts';
import type { TokenRole } from '../tokens.ts';
import type { DurableIngest } from './durable-ingest.ts';
import { addInbox, readKey, sendOutcome } from './inbox-routes.ts';

const entry = { id: '1-a', state: 'waiting', digest: sha256('a'), bytes: 1 } as never;
const inbox: DurableIngest = {
  post: async () => ({ kind: 'kept', entry }),
  retry: async () => ({ position: 1, digest: sha256('a'), fresh: true }),
  drop: async () => entry,
  list: (after, rowsMax) => (after === null ? Array(rowsMax).fill(entry) : []),
  close: async () => undefined,
};

function serve() {
  const app = fastify();
  const asked: TokenRole[] = [];
  app.setErrorHandler((error, _request, reply) =>
    reply.code(400).send({ code: toFailure(error).code }),
  );
  addInbox(
    app,
    async () => inbox,
    (role) => ({
      onRequest: async () => void asked.push(role),
    }),
  );
  app.post('/read', async (request) => readKey(request));
  app.post('/kept', async (_, reply) => sendOutcome(reply, { kind: 'kept', entry }));
  app.post('/twice', async (_, reply) => {
    const receipt = { position: 1, digest: sha256('a'), fresh: true };
    return sendOutcome(reply, { kind: 'recorded', receipt, replayed: true });
  });
  return { app, asked };
}

it('the inbox is listed in pages for auditors, and changed by who manages the server', async () => {
  const { app, asked } = serve();
  const get = async (url: string) => (await app.inject({ method: 'GET', url })).json();
  expect(await get('/v1/inbox?limit=2')).toMatchObject({ documents: [{}, {}], next: '1-a' });
  expect(await get('/v1/inbox?after=1-a')).toMatchObject({ documents: [], next: null });
  for (const limit of ['0', '1001', 'x', ''])
    expect(await get(`/v1/inbox?limit=${limit}`)).toEqual({ code: 'USAGE' });
  for (const [what, status] of [
    ['retry', 201],
    ['drop', 200],
  ] as const)
    expect((await app.inject({ method: 'POST', url: `/v1/inbox/1-a/${what}` })).statusCode).toBe(
      status,
    );
  expect(new Set(asked)).toEqual(new Set(['audit', 'manage']));
  expect(asked.slice(-2)).toEqual(['manage', 'manage']);
  await app.close();
});

it('headers say how a document is to be taken, and what was done with it', async () => {
  const { app } = serve();
  const read = async (headers: Record<string, string>) =>
    (await app.inject({ method: 'POST', url: '/read', headers })).json();
  expect(await read({})).toEqual({ key: null, later: false });
  const asked = { 'idempotency-key': 'a-b', prefer: 'wait=1, Respond-Async' };
  expect(await read(asked)).toEqual({ key: 'a-b', later: true });
  for (const key of ['', 'a b', 'x'.repeat(256)])
    expect(await read({ 'idempotency-key': key })).toEqual({ code: 'USAGE' });
  const post = (url: string) => app.inject({ method: 'POST', url });
  expect((await post('/kept')).statusCode).toBe(202);
  const twice = await post('/twice');
  expect([twice.statusCode, twice.headers['idempotency-replayed']]).toEqual([201, 'true']);
  await app.close();
});
