import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { toAnswer } from '../../../core/api-version.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { TokenRole } from '../tokens.ts';
import type { DurableIngest, PostedDocument, PostOutcome } from './durable-ingest.ts';

/** How a sender wants its document to be taken, from the headers of its request. */
export function readKey({ headers }: FastifyRequest): Pick<PostedDocument, 'key' | 'later'> {
  const key = headers['idempotency-key'];
  // mutant idempotency-key-of-any-text by inbox-routes: condition -> false
  if (key !== undefined && !(typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)))
    throw new Failure(
      'USAGE',
      'the idempotency key is not 1 to 255 visible ASCII characters',
      'Send a new UUID with each document.',
    );
  const prefers = String(headers['prefer'] ?? '').toLowerCase();
  const later = prefers.split(',').some((one) => one.trim() === 'respond-async');
  return { key: key ?? null, later };
}

/** 201: it is in the log. 202: it is on the disk, and listed in the inbox until it is there too. */
export function sendOutcome(reply: FastifyReply, outcome: PostOutcome): FastifyReply {
  if (outcome.kind === 'kept') {
    const { id, state, digest, bytes } = outcome.entry;
    return send(reply.code(202), { inbox: { id, state, digest, bytes } });
  }
  if (outcome.replayed) reply.header('idempotency-replayed', 'true');
  return send(reply.code(201), outcome.receipt);
}

/** What the inbox keeps: listed for auditors, tried again and dropped by who manages the server. */
export function addInbox(
  app: FastifyInstance,
  find: (request: FastifyRequest) => Promise<DurableIngest>,
  allow: (role: TokenRole) => object,
): void {
  // mutant inbox-for-everybody by inbox-routes: remove argument 2
  app.get('/v1/inbox', allow('audit'), async (request, reply) => {
    const { after = null, limit = '100' } = request.query as { after?: string; limit?: string };
    const rowsMax = Number(limit);
    if (!Number.isSafeInteger(rowsMax) || rowsMax < 1 || rowsMax > LIMITS.pageRowsMax)
      throw new Failure('USAGE', 'limit is not a number of rows', 'Write 1 to 1000.');
    const inbox = await find(request);
    const documents = inbox.list(after === null ? null : `${after}`, rowsMax);
    const last = documents.length === rowsMax ? documents.at(-1) : undefined;
    return send(reply, { documents, next: last?.id ?? null });
  });
  app.post('/v1/inbox/:id/retry', allow('manage'), async (request, reply) =>
    send(reply.code(201), await (await find(request)).retry(readId(request))),
  );
  app.post('/v1/inbox/:id/drop', allow('manage'), async (request, reply) => {
    const { id, digest } = await (await find(request)).drop(readId(request));
    return send(reply, { dropped: { id, digest } });
  });
}

function readId(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}

function send(reply: FastifyReply, answer: object): FastifyReply {
  return reply.type('application/json').send(JSON.stringify(toAnswer(answer)));
}
