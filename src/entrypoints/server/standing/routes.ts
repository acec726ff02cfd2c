import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findQuestion } from '../../../capabilities/graph/questions/index.ts';
import { toAnswer } from '../../../core/api-version.ts';
import { Failure } from '../../../core/failure.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { TokenRole } from '../tokens.ts';
import { parseStanding, type StandingQuestion } from './standing-document.ts';
import { reviveDelivery } from './standing-rounds.ts';
import type { StandingStore } from './standing-store.ts';
import { describeDelivery, describeStanding } from './standing-text.ts';

/** Standing questions over HTTP: listed for auditors, changed by who manages the server. */
export function addStanding(
  app: FastifyInstance,
  find: (request: FastifyRequest) => Promise<StandingStore>,
  allow: (role: TokenRole) => object,
): void {
  // mutant standing-questions-for-everybody by standing-routes: remove argument 2
  app.get('/v1/standing', allow('audit'), async (request, reply) => {
    const store = await find(request);
    const { questions, unread } = store.list();
    const standing = questions.map((one) => describeStanding(one, store.readState(one.name)));
    return send(reply, { standing, unread });
  });
  app.post('/v1/standing', allow('manage'), async (request, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
    const question = orThrow(parseStanding(body));
    requireQuestion(question);
    await (await find(request)).add(question);
    return send(reply.code(201), describeStanding(question, null));
  });
  app.post('/v1/standing/:name/remove', allow('manage'), async (request, reply) => {
    const { name } = request.params as { readonly name: string };
    await (await find(request)).remove(name);
    return send(reply, { removed: name });
  });
  app.get('/v1/notices', allow('audit'), async (request, reply) =>
    send(reply, { notices: (await find(request)).listDeliveries().map(describeDelivery) }),
  );
  app.post('/v1/notices/:id/retry', allow('manage'), async (request, reply) => {
    const now: Instant = toInstant(Date.now());
    return send(
      reply,
      describeDelivery(await reviveDelivery(await find(request), readId(request), now)),
    );
  });
}

/** Throws NOT_FOUND or USAGE: such a question would never be answered. */
export function requireQuestion({ question }: StandingQuestion): void {
  const entry = findQuestion(question);
  if (entry === undefined)
    throw new Failure('NOT_FOUND', `there is no question ${question}`, 'See: waybill ask --help.');
  const needsPolicy = Object.values(entry.parameters).some(({ type }) => type === 'policy');
  if (needsPolicy)
    throw new Failure('USAGE', `${question} cannot be a standing question`, 'Ask it by hand.');
}

function readId(request: FastifyRequest): string {
  return (request.params as { readonly id: string }).id;
}

function send(reply: FastifyReply, answer: object): FastifyReply {
  return reply.type('application/json').send(JSON.stringify(toAnswer(answer)));
}
