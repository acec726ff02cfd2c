import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { orThrow } from '../../../core/result.ts';
import { sendTagged } from '../page/page.ts';
import type { QuestionHandler } from '../questions/questions.ts';
import type { GraphqlRequest } from './answer-query.ts';

export interface GraphqlParts {
  /** Of the tenant of who asks. */
  readonly find: (request: FastifyRequest) => Promise<QuestionHandler>;
  /** Checks who asks before the body is read. */
  readonly reading: object;
  /** Each question of a request counts, as if it was asked alone. Throws RATE_EXCEEDED. */
  readonly count: (request: FastifyRequest) => Promise<void> | void;
}

/** The same questions as `/v1/ask`, several in one request. */
export function addGraphql(app: FastifyInstance, parts: GraphqlParts): void {
  app.post('/v1/graphql', parts.reading, async (request, reply) => {
    const { readGraphqlRequest } = await import('./answer-query.ts');
    const body = Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
    return answer(request, reply, orThrow(readGraphqlRequest(body)), parts);
  });
  // The same for everybody, and as public as this repository.
  app.get('/v1/schema.graphql', async (request, reply) => {
    const { printGraphqlSchema } = await import('./print-schema.ts');
    reply.header('cache-control', 'no-cache').type('text/plain; charset=utf-8');
    return sendTagged(request, reply, Buffer.from(await printGraphqlSchema()));
  });
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  asked: GraphqlRequest,
  { find, count }: GraphqlParts,
): Promise<FastifyReply> {
  const questions = await find(request);
  const { answerGraphql } = await import('./answer-query.ts');
  const { status, body } = await answerGraphql(asked, {
    ask: async (question, query, policy) => {
      // mutant graphql-asks-without-a-limit by app: remove
      await count(request);
      const document = policy === null ? undefined : Buffer.from(policy);
      const { json, exitCode } = await questions(question, query, document);
      return { ...json, exitCode };
    },
  });
  reply.header('cache-control', 'private, no-cache').type('application/json');
  return sendTagged(request, reply.code(status), Buffer.from(JSON.stringify(body)));
}
