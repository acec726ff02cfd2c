import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { LogStamp } from '../../../capabilities/evidence/index.ts';
import { toAnswer } from '../../../core/api-version.ts';
import { formatInstant } from '../../../core/instant.ts';
import { takeBody } from '../bodies.ts';
import { addGraphql } from '../graphql/routes.ts';
import { sendTagged } from '../page/page.ts';
import type { TeamParts } from '../team-parts.ts';
import type { Caller, TokenRole } from '../tokens.ts';
import type { OpenSpan } from '../traces/traces.ts';
import { AskBudget, type AskLimits } from './ask-budget.ts';
import type { AskWatch } from './ask-watch.ts';
import { buildOpenApi } from './openapi.ts';
import type { QuestionHandler } from './questions.ts';

export interface Asking {
  readonly reader: { onRequest(request: FastifyRequest): Promise<void> };
  readonly auditor: object;
  readonly authorised: (request: FastifyRequest, role: TokenRole | null) => Promise<Caller>;
  readonly findTeam: (request: FastifyRequest) => Promise<TeamParts>;
  /** The tenant of who was let in. */
  readonly findTenant: (request: FastifyRequest) => string | null;
  readonly findSpan: (request: FastifyRequest) => OpenSpan | null;
  readonly askLimits: AskLimits;
  readonly watch: AskWatch | null;
}

type Query = Readonly<Record<string, string>>;

/** What is asked of the graph: one question by its address, or several in GraphQL. */
export function addQuestions(app: FastifyInstance, asking: Asking): void {
  const { reader, auditor, authorised, findTeam, findTenant, watch } = asking;
  const take = ({ name, tenant }: Caller, request: FastifyRequest) =>
    budget.take(`${tenant ?? ''} ${name} ${request.ip}`);
  const budget = new AskBudget(asking.askLimits, () => performance.now());
  const reading = {
    onRequest: async (request: FastifyRequest) => {
      const caller = await authorised(request, 'read');
      // mutant asker-is-not-counted by app: remove
      take(caller, request);
    },
  };
  const find = async (request: FastifyRequest) =>
    watchQuestions(asking, request, (await findTeam(request)).questions);
  // mutant token-needed-to-read by app: remove argument 2
  app.get('/v1/ask/:question', reading, async (request, reply) => {
    const { question } = request.params as { question: string };
    const ask = await find(request);
    const { json, exitCode, ahead } = await ask(question, request.query as Query);
    if (exitCode !== null) reply.header('waybill-exit-code', String(exitCode));
    noteAhead(reply, ahead);
    // A client keeps it, and asks each time whether it is still the answer.
    reply.header('cache-control', 'private, no-cache').type('application/json');
    return sendTagged(request, reply, Buffer.from(JSON.stringify(toAnswer(json))));
  });
  addGraphql(app, {
    ...{ reading: reader, find },
    count: async (request) => take(await authorised(request, 'read'), request),
  });
  // The same for everybody, and as public as this repository.
  let described: Promise<Buffer> | undefined;
  app.get('/v1/openapi.json', async (request, reply) => {
    described ??= buildOpenApi().then((document) => Buffer.from(JSON.stringify(document)));
    reply.header('cache-control', 'no-cache').type('application/json');
    return sendTagged(request, reply, await described);
  });
  // The only question with a document from the client: the policy that is tried.
  app.post('/v1/ask/what-if', reading, async (request, reply) => {
    const ask = await find(request);
    const { json, ahead } = await ask('what-if', request.query as Query, takeBody(request));
    noteAhead(reply, ahead);
    return send(reply, json);
  });
  // mutant slowest-questions-for-everybody by ask-watch: remove argument 2
  app.get('/v1/slowest', auditor, async (request, reply) =>
    send(reply, { questions: watch?.list(findTenant(request)) ?? [] }),
  );
}

/** Times of the answer may come from a clock that was ahead, as `waybill ask` notes. */
function noteAhead(reply: FastifyReply, ahead: LogStamp | null = null): void {
  if (ahead === null) return;
  reply.header('waybill-clock-ahead', `${ahead.position} ${formatInstant(ahead.recordedAt)}`);
}

function watchQuestions(
  { watch, findTenant, findSpan }: Asking,
  request: FastifyRequest,
  ask: QuestionHandler,
): QuestionHandler {
  if (watch === null) return ask;
  const about = { tenant: findTenant(request), parent: findSpan(request) };
  return (question, parameters, body) =>
    watch.run({ ...about, question, parameters }, () => ask(question, parameters, body));
}

function send(reply: FastifyReply, answer: object): FastifyReply {
  return reply.type('application/json').send(JSON.stringify(toAnswer(answer)));
}
