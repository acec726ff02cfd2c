import type { Server } from 'node:https';
import type { Readable } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Policy } from '../../capabilities/policy/index.ts';
import { toAnswer } from '../../core/api-version.ts';
import { parseDigest } from '../../core/digest.ts';
import { FAILURES, Failure, toFailure } from '../../core/failure.ts';
import { formatInstant, type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { orThrow } from '../../core/result.ts';
import type { ClusterTokens } from '../compose/cluster-tokens.ts';
import { type AdmissionDesk, answerReview } from './admission/admit.ts';
import { addExceptions } from './admission/exceptions-route.ts';
import { answerMutation } from './admission/mutate.ts';
import { answerProvider, formatSystemError } from './admission/provide.ts';
import { BodyReader, takeBody } from './bodies.ts';
import {
  askForCertificate,
  buildTlsContext,
  isKnownClient,
  type Tls,
} from './client-certificate.ts';
import { boundConnections } from './connections.ts';
import type { Drain } from './drain.ts';
import type { PostedDocument } from './evidence/durable-ingest.ts';
import { addInbox, readKey, sendOutcome } from './evidence/inbox-routes.ts';
import { holdToCluster } from './evidence/ingest.ts';
import { findRole } from './evidence/posted-kinds.ts';
import { type Authorities, authenticate } from './identities/authenticate.ts';
import type { LogEntry } from './log.ts';
import type { Metrics } from './metrics.ts';
import { addPage, type PageFiles, refuseOtherSites, SAFETY_HEADERS } from './page/page.ts';
import type { AskLimits } from './questions/ask-budget.ts';
import type { AskWatch } from './questions/ask-watch.ts';
import { type Asking, addQuestions } from './questions/routes.ts';
import { addStanding } from './standing/routes.ts';
import { chooseTeam, requirePart, type TeamParts } from './team-parts.ts';
import type { Caller, TokenRole } from './tokens.ts';
import { traceRequests } from './traces/trace-requests.ts';
import type { Traces } from './traces/traces.ts';

/** Tokens are required on every endpoint that reads or writes evidence. */
export interface ServerParts extends Authorities, TeamParts {
  readonly desk: AdmissionDesk;
  /** The parts of another tenant than the server's own; absent: there is none. */
  readonly findTenant?: (name: string) => Promise<TeamParts>;
  readonly metrics: Metrics;
  /** Null if the server can decide; else the failure that prevents it. */
  readonly unready: () => Promise<Failure | null>;
  /** How the server stops; absent: without notice. */
  readonly drain?: Drain;
  /** The age of the oldest advisory feed in force; null if unknown. */
  readonly dataAge?: () => Promise<Instant | null>;
  /** Whose watcher a token is of; absent: none is known. */
  readonly clusterTokens?: ClusterTokens;
  /** How often each client may ask; absent: as LIMITS say. */
  readonly askLimits?: AskLimits;
  /** The files of the page; absent: there is none. */
  readonly page?: () => PageFiles;
  readonly log: (entry: LogEntry) => void;
  /** Absent: no request is traced. */
  readonly traces?: Pick<Traces, 'begin'>;
  /** The policy by which it decides; absent: nobody is told of its exceptions. */
  readonly loadPolicy?: () => Promise<Policy>;
  /** Absent: nobody looks how long questions take. */
  readonly watch?: AskWatch;
}

/** The server's routes; the caller listens and closes. */
export function buildServer(parts: ServerParts, tls: Tls): FastifyInstance {
  const app = fastify({
    https: { ...buildTlsContext(tls), ...askForCertificate(tls), handshakeTimeout: 10_000 },
    bodyLimit: LIMITS.admissionRequestBytesMax,
    requestTimeout: 60_000,
    // What was asked is answered before the server ends (`Drain`).
    // mutant stop-cuts-answers-off by drain: value -> true
    forceCloseConnections: 'idle',
  }) as unknown as FastifyInstance;
  app.removeAllContentTypeParsers();
  const bodies = new BodyReader();
  app.addContentTypeParser('*', (request: FastifyRequest, stream: Readable) =>
    bodies.read({ stream, address: request.ip, bytesStated: readLength(request) }),
  );
  boundConnections(app.server as Server);
  app.setErrorHandler((error, request, reply) => {
    const failure = toFailure(error);
    // Nobody waits longer for a body that does not come.
    if (failure.code === 'DEADLINE_EXCEEDED' && !request.raw.complete)
      reply.header('connection', 'close');
    return answerFailure(reply, failure);
  });
  app.setNotFoundHandler(({ method }, reply) => {
    // mutant wrong-path-is-no-objection by app: condition -> false
    if (method === 'POST') return sendProvided(reply.code(404), formatSystemError(NO_ENDPOINT));
    return answerFailure(reply, NO_ENDPOINT);
  });
  const findSpan = traceRequests(app, parts.traces ?? { begin: () => null });
  app.addHook('onRequest', async (_request, reply) => void reply.headers(SAFETY_HEADERS));
  parts.drain?.watch(app);
  addProbes(app, parts);
  addPage(app, parts.page ?? (() => new Map()));
  const asker = { onRequest: async (request: FastifyRequest) => requireAsker(request, tls) };
  app.post('/admit', asker, async (request, reply) => {
    const timeoutMs = readTimeout(request);
    const answer = await answerReview(takeBody(request), timeoutMs, parts.desk, request.ip);
    return reply.type('application/json').send(answer);
  });
  app.post('/mutate', asker, async (request, reply) => {
    const timeoutMs = readTimeout(request);
    const answer = await answerMutation(takeBody(request), timeoutMs, parts.desk, request.ip);
    return reply.type('application/json').send(answer);
  });
  addProvider(app, parts, asker);
  addEvidence(app, parts, findSpan);
  return app;
}

/**
 * Gatekeeper does not look at the status, and a template may take an answer without items for no
 * objection: every failure is in the answer as a system error, and so is a wrong path.
 */
function addProvider(app: FastifyInstance, { desk }: ServerParts, asker: object): void {
  app.register((scope, _options, registered) => {
    // mutant provider-failure-in-the-status by app: remove
    scope.setErrorHandler((error, _request, reply) =>
      sendProvided(reply, formatSystemError(toFailure(error))),
    );
    scope.post('/gatekeeper/verify', asker, async (request, reply) => {
      const timeoutMs = readTimeout(request);
      const answer = await answerProvider(takeBody(request), timeoutMs, desk, request.ip);
      return sendProvided(reply, answer);
    });
    registered();
  });
}

const NO_ENDPOINT = new Failure('NOT_FOUND', 'no such endpoint', 'See docs/reference/server.md.');

function sendProvided(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('application/json').send(text);
}

/** Before the body is read: what a stranger asks is neither decided nor remembered. */
function requireAsker(request: FastifyRequest, { clientCa }: Tls): void {
  refuseOtherSites(request);
  const { raw } = request;
  // mutant stranger-asks-for-verdicts by client-certificate: condition -> true
  if (clientCa === undefined || isKnownClient(raw.socket)) return;
  throw new Failure(
    'UNAUTHORISED',
    'this server answers only API servers that show a client certificate',
    'Give the API server a certificate of --client-ca for this webhook (AdmissionConfiguration).',
  );
}

function addProbes(app: FastifyInstance, parts: ServerParts): void {
  app.get('/healthz', async () => 'ok\n');
  app.get('/readyz', async (_request, reply) => {
    const lack = parts.drain?.findUnready() ?? (await parts.unready());
    const describeAge = async () => formatDataAge((await parts.dataAge?.()) ?? null);
    if (lack === null) return `ok\n${await describeAge()}`;
    // Anyone who can reach the port can ask. They get only the code; the paths in the message go to
    // the log.
    parts.log({
      level: 'warn',
      event: 'not-ready',
      code: lack.code,
      message: toOneLine(lack.message),
    });
    const reason = lack.code === 'ADVISORIES_STALE' ? await describeAge() : '';
    // mutant readiness-hides-paths: argument -> $receiver.message + $
    return reply.code(503).send(`not ready [${lack.code}]\n${reason}`);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4').send(await parts.metrics.text()),
  );
}

/** For people and their scripts; a probe looks at the status alone. */
function formatDataAge(at: Instant | null): string {
  return `advisories: data of ${at === null ? 'unknown age' : formatInstant(at)}\n`;
}

function addEvidence(app: FastifyInstance, parts: ServerParts, findSpan: Asking['findSpan']): void {
  const callers = new WeakMap<FastifyRequest, Caller>();
  // Checked before the body is read, so that a stranger cannot fill the memory of the server.
  const guard = (findRoleOf: (request: FastifyRequest) => TokenRole | null) => ({
    onRequest: async (request: FastifyRequest) => {
      await authorised(request, findRoleOf(request));
    },
  });
  const authorised = async (request: FastifyRequest, role: TokenRole | null) => {
    refuseOtherSites(request);
    const caller = await authenticate(request.headers.authorization, parts, role);
    callers.set(request, caller);
    return caller;
  };
  const findTeam = (request: FastifyRequest) => chooseTeam(parts, callers.get(request)?.tenant);
  const sensing = guard(() => 'events');
  app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    const posting = { onRequest: async (request: FastifyRequest) => void (await posted(request)) };
    const posted = (request: FastifyRequest) =>
      findPoster(request, parts, () => authorised(request, findPostedRole(request)));
    // mutant token-needed-to-write: remove argument 2
    scope.post('/v1/evidence', posting, async (request, reply) => {
      const document = readArrival(request, await posted(request));
      return sendOutcome(reply, await takeDocument(await findTeam(request), document));
    });
    registered();
  });
  const allow = (role: TokenRole) => guard(() => role);
  if (parts.durable !== undefined)
    addInbox(app, async (request) => requirePart((await findTeam(request)).durable), allow);
  if (parts.standing !== undefined)
    addStanding(app, async (request) => requirePart((await findTeam(request)).standing), allow);
  app.post('/v1/violations', sensing, async (request, reply) => {
    const { name } = await authorised(request, 'events');
    const { runtimeEvents } = await findTeam(request);
    const answer = await runtimeEvents(takeBody(request), name);
    return sendAnswer(reply, 201, answer);
  });
  const { loadPolicy } = parts;
  const findTenant = (request: FastifyRequest) => callers.get(request)?.tenant ?? null;
  if (loadPolicy !== undefined)
    addExceptions(app, {
      ...{ reader: guard(() => 'read'), findTenant, loadPolicy },
      now: () => toInstant(Date.now()),
    });
  addQuestions(app, {
    ...{ reader: guard(() => 'read'), auditor: allow('audit'), authorised, findTeam, findSpan },
    ...{ findTenant, askLimits: parts.askLimits ?? LIMITS, watch: parts.watch ?? null },
  });
}

/** Who posts a document: the holder of a token of this server, or the watcher of one cluster. */
interface Poster {
  readonly name: string;
  /** The only cluster that it may speak of; null: any. */
  readonly cluster: string | null;
}

/**
 * A projected token of a cluster's watcher counts for what runs there, and for nothing else. It is
 * asked about where no token of this server is the same.
 */
async function findPoster(
  request: FastifyRequest,
  { clusterTokens }: Pick<ServerParts, 'clusterTokens'>,
  authorised: () => Promise<{ readonly name: string }>,
): Promise<Poster> {
  const { kind, cluster } = request.query as { kind?: unknown; cluster?: unknown };
  const token = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/.exec(request.headers.authorization ?? '')?.[1];
  const isWatcher = clusterTokens !== undefined && kind === 'deployment';
  if (!isWatcher || token === undefined || typeof cluster !== 'string')
    return { name: (await authorised()).name, cluster: null };
  refuseOtherSites(request);
  await clusterTokens.prove(cluster, token);
  return { name: `cluster:${encodeURIComponent(cluster)}`, cluster };
}

function findPostedRole(request: FastifyRequest): TokenRole | null {
  const { kind } = request.query as { kind?: unknown };
  return typeof kind === 'string' ? findRole(kind) : null;
}

async function takeDocument({ durable, ingest }: TeamParts, document: PostedDocument) {
  if (durable !== undefined) return durable.post(document);
  return { kind: 'recorded', receipt: await ingest(document), replayed: false } as const;
}

function readArrival(request: FastifyRequest, { name, cluster }: Poster): PostedDocument {
  const { kind = '', subject } = request.query as { kind?: string; subject?: string };
  return {
    kind: `${kind}`,
    poster: name,
    mediaType: request.headers['content-type'] ?? 'application/octet-stream',
    subject: subject === undefined ? null : orThrow(parseDigest(subject)),
    pieces: cluster === null ? request.raw : holdToCluster(request.raw, cluster),
    bytesStated: readLength(request),
    ...readKey(request),
  };
}

function readLength({ headers }: FastifyRequest): number | null {
  const stated = headers['content-length'];
  return stated === undefined ? null : Number(stated);
}

/** The API server states how long it waits: `?timeout=10s`. */
function readTimeout(request: FastifyRequest): number {
  const { timeout } = request.query as { timeout?: string };
  const seconds = /^(\d{1,3})s$/.exec(timeout ?? '')?.[1];
  // mutant deadline-of-api-server: branch 2 -> $receiver.admissionDeadlineMs
  const asked =
    seconds === undefined
      ? LIMITS.admissionDeadlineMs
      : Number(seconds) * 1_000 - LIMITS.admissionReserveMs;
  return Math.max(100, Math.min(asked, LIMITS.admissionDeadlineMs));
}

function answerFailure(reply: FastifyReply, failure: Failure): FastifyReply {
  const status = STATUS[failure.code] ?? (FAILURES[failure.code].exit === 2 ? 500 : 422);
  if (failure.code === 'RATE_EXCEEDED') reply.header('retry-after', '1');
  const error = { code: failure.code, message: failure.message, remedy: failure.remedy };
  return sendAnswer(reply, status, { error });
}

function sendAnswer(reply: FastifyReply, status: number, answer: object): FastifyReply {
  return reply
    .code(status)
    .type('application/json')
    .send(JSON.stringify(toAnswer(answer)));
}

const STATUS: Readonly<Record<string, number>> = {
  UNAUTHORISED: 401,
  ROLE_MISSING: 403,
  RATE_EXCEEDED: 429,
  NOT_FOUND: 404,
  UNKNOWN_NAME: 404,
  USAGE: 400,
  MALFORMED: 400,
  // Of a policy that somebody sent; our own would be CONFIG_INVALID (answerTrial).
  POLICY_INVALID: 422,
  LIMIT_EXCEEDED: 413,
  UNSUPPORTED: 415,
  STORE_LOCKED: 503,
  STORE_UNREACHABLE: 503,
  STORE_REFUSED: 503,
  DISK_FULL: 507,
  CLUSTER_UNREACHABLE: 503,
  DEADLINE_EXCEEDED: 504,
};
