import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { discardBody, readBody } from '../../system/http/body.ts';
import {
  classifyAddress,
  isLoopbackName,
  isSameOrigin,
  parseHost,
  type Reach,
} from '../../system/http/hosts.ts';
import { type IncomingResponse, outOfTime, type Transport } from '../../system/http/transport.ts';
import type { Authoriser } from './auth.ts';

/** One request of the distribution API, with all that may be needed to send it more than once. */
export interface ApiRequest {
  readonly registry: string;
  readonly url: URL;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly scopes: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /**
   * Read the body of a success within the try, at most so many bytes; without it the body is left
   * to the caller.
   */
  readonly bytesMax?: number;
}

export interface Answer {
  readonly incoming: IncomingResponse;
  readonly status: number;
  readonly headers: IncomingResponse['headers'];
  readonly bytes: Uint8Array;
}

/** Time and chance, handed in. */
export interface Surroundings {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Evenly from 0 up to 1. */
  readonly random: () => number;
}

export interface Exchanger {
  send(request: ApiRequest): Promise<Answer>;
}

const BUSY = new Set([408, 429, 500, 502, 503, 504]);
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'EAI_AGAIN']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const NOTHING = new Uint8Array();

export interface ExchangerOptions extends Surroundings {
  readonly transport: Transport;
  readonly authoriser: Authoriser;
  readonly insecureHosts: ReadonlySet<string>;
  readonly requestMs: number;
}

/**
 * Sends requests: authorised, redirected only where that is safe, tried again where that may help,
 * some at a time.
 */
export function openExchanger(rooms: ExchangerOptions): Exchanger {
  const turns = new Map<string, Semaphore>();
  return {
    send: async (request) => {
      const queue = turns.get(request.registry) ?? new Semaphore(LIMITS.registryRequestsMax);
      turns.set(request.registry, queue);
      for (let attempt = 1; ; attempt++) {
        const last =
          attempt === LIMITS.registryAttemptsMax ||
          request.method === 'POST' ||
          request.method === 'PATCH';
        await queue.acquire(request.signal);
        const outcome = await sendAuthorised(rooms, request)
          .catch((thrown: unknown) => networkFailure(thrown, request))
          .finally(() => queue.release());
        const waitMs = last ? null : computeWait(outcome, attempt, rooms);
        if (waitMs === null) return unwrapOutcome(outcome);
        if (!(outcome instanceof Failure)) discardBody(outcome.incoming);
        await rooms.sleep(waitMs, request.signal);
        if (request.signal.aborted) throw outOfTime();
      }
    },
  };
}

function unwrapOutcome(outcome: Answer | Failure): Answer {
  if (outcome instanceof Failure) throw outcome;
  return outcome;
}

/** How long to wait for the next try; null where there should be none. */
function computeWait(
  outcome: Answer | Failure,
  attempt: number,
  rooms: Surroundings,
): number | null {
  if (outcome instanceof Failure) {
    const code =
      outcome.cause instanceof Error && 'code' in outcome.cause ? String(outcome.cause.code) : '';
    if (outcome.code !== 'REGISTRY_UNREACHABLE' || !CUT_OFF.has(code)) return null;
  } else if (!BUSY.has(outcome.status)) return null;
  const asked =
    outcome instanceof Failure
      ? null
      : parseRetryAfter(outcome.headers['retry-after'], rooms.nowMs());
  if (asked !== null) return asked <= LIMITS.registryRetryWaitMs ? asked : null;
  return Math.min(LIMITS.registryRetryWaitMs, 100 * 2 ** attempt) * (0.5 + rooms.random() / 2);
}

/** Retry-After in seconds or as a date (RFC 9110 §10.2.3). */
function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/**
 * With the credentials known so far; where they do not do, once more with an answer to the
 * challenge.
 */
async function sendAuthorised(rooms: ExchangerOptions, request: ApiRequest): Promise<Answer> {
  const known = rooms.authoriser.findHeader(request.registry, request.scopes);
  const first = await followRedirects(rooms, request, known);
  const challenge = first.headers['www-authenticate'];
  if (first.status !== 401 || challenge === undefined) return first;
  discardBody(first.incoming);
  const answered = await rooms.authoriser.answer({
    registry: request.registry,
    origin: request.url,
    reach: first.incoming.reach,
    scopes: request.scopes,
    challenge,
    signal: request.signal,
  });
  return followRedirects(rooms, request, orThrow(answered));
}

async function followRedirects(
  rooms: ExchangerOptions,
  request: ApiRequest,
  authorization: string | null,
): Promise<Answer> {
  let url = request.url;
  let own: Reach | null = null;
  let away = false; // once elsewhere, credentials stay behind even if the way leads back (A11)
  for (let hop = 0; ; hop++) {
    const reachable = away
      ? new Set([own ?? classifyAddress(parseHost(request.url.host))])
      : undefined;
    const incoming = await rooms.transport.send({
      method: request.method,
      url,
      headers: buildHeaders(request, away ? null : authorization),
      signal: request.signal,
      ...(request.body === undefined ? {} : { body: request.body() }),
      ...(reachable === undefined ? {} : { reachable }),
    });
    own ??= incoming.reach;
    const location = incoming.headers['location'];
    if (!REDIRECTS.has(incoming.status) || location === undefined)
      return readAnswer(rooms, request, incoming);
    discardBody(incoming);
    if (hop === LIMITS.redirectsMax) throw refused(`more than ${LIMITS.redirectsMax} redirects`);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw refused('a redirect of what is being written');
    url = checkRedirect(location, url, rooms.insecureHosts);
    away ||= !isSameOrigin(url, request.url);
  }
}

function buildHeaders(request: ApiRequest, authorization: string | null): Record<string, string> {
  const always = { 'User-Agent': 'waybill', 'Accept-Encoding': 'identity', ...request.headers };
  return authorization === null ? always : { ...always, Authorization: authorization };
}

function checkRedirect(location: string, from: URL, insecureHosts: ReadonlySet<string>): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (target === null) throw refused('a redirect to no address');
  const plain = target.protocol === 'http:' && from.protocol === 'http:';
  const plainMayBe =
    plain && (isLoopbackName(parseHost(target.host)) || insecureHosts.has(target.host));
  if (target.protocol !== 'https:' && !plainMayBe)
    throw refused(`a redirect from ${from.host} without TLS`);
  if (target.username !== '' || target.password !== '')
    throw refused('a redirect with credentials in it');
  return target;
}

async function readAnswer(
  rooms: ExchangerOptions,
  request: ApiRequest,
  incoming: IncomingResponse,
): Promise<Answer> {
  const { status, headers } = incoming;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity' && request.method !== 'HEAD' && status < 300) {
    incoming.message.destroy();
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      'the registry sent an encoded body unasked',
      'Ask who runs the registry.',
    );
  }
  const success = status >= 200 && status < 300;
  if (!success || request.method === 'HEAD') discardBody(incoming);
  const read = success && request.method !== 'HEAD' && request.bytesMax !== undefined;
  const bytes = read ? await readBody(incoming, request.bytesMax, rooms.requestMs) : NOTHING;
  return { incoming, status, headers, bytes };
}

/** What was thrown, as a Failure that names the host and nothing that was sent to it. */
export function networkFailure(
  thrown: unknown,
  request: Pick<ApiRequest, 'url' | 'signal' | 'method'>,
): Failure {
  if (request.signal.aborted) return outOfTime();
  if (thrown instanceof Failure) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const what = `${request.method} ${request.url.host}`;
  if (code.startsWith('HPE_')) {
    return new Failure(
      'REGISTRY_MISBEHAVED',
      `${what}: not HTTP (${code})`,
      'Ask who runs the registry.',
      {
        cause: thrown,
      },
    );
  }
  const tls = /CERT|SIGNED|SSL|TLS|ALTNAME/.test(code);
  const remedy = tls
    ? 'Give its certificate authority as a CA bundle.'
    : 'Check the host name and the network.';
  return new Failure('REGISTRY_UNREACHABLE', `${what} failed (${code || 'cut off'})`, remedy, {
    cause: thrown,
  });
}

function refused(what: string): Failure {
  return new Failure(
    'REDIRECT_REFUSED',
    `the registry answered with ${what}`,
    'Name the registry that holds it directly.',
  );
}

/** So many at once; the others wait in order, and leave the queue when their time is over. */
class Semaphore {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  async acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw outOfTime();
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(outOfTime());
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(go);
    });
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
