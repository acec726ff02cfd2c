import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { readErrno } from '../files/errno.ts';
import { discardBody } from './body.ts';
import { type Answer, type HttpRequest, networkFailure } from './exchange.ts';
import { outOfTime } from './transport.ts';
import { Turns } from './turns.ts';

/** Time and randomness, as arguments. */
export interface Surroundings {
  readonly nowMs: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Evenly distributed from 0 up to 1. */
  readonly random: () => number;
}

const BUSY = new Set([408, 429, 500, 502, 503, 504]);
const CUT_OFF = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ECONNREFUSED', 'EAI_AGAIN']);

/** Sends once; an error that it throws is about this try. */
export type Send<R extends HttpRequest> = (request: R) => Promise<Answer>;

/**
 * Sends requests again when that may help, and a limited number at a time to one server; `server`
 * names the server whose turn a request waits for.
 */
export function openRetrying<R extends HttpRequest>(
  surroundings: Surroundings,
  server: (request: R) => string,
  send: Send<R>,
): Send<R> {
  const turns = new Map<string, Turns>();
  return async (request) => {
    const queue = turns.get(server(request)) ?? new Turns({ count: LIMITS.registryRequestsMax });
    turns.set(server(request), queue);
    for (let attempt = 1; ; attempt++) {
      const last =
        attempt === LIMITS.registryAttemptsMax ||
        request.method === 'POST' ||
        request.method === 'PATCH';
      const end = queue.takeFree(request.signal) ?? (await queue.take(request.signal));
      const outcome = await trySend(send, request);
      end();
      const waitMs = last ? null : computeWait(outcome, attempt, surroundings);
      if (waitMs === null) return unwrapOutcome(outcome);
      if (!(outcome instanceof Failure)) discardBody(outcome.incoming);
      await surroundings.sleep(waitMs, request.signal);
      if (request.signal.aborted) throw outOfTime();
    }
  };
}

async function trySend<R extends HttpRequest>(
  send: Send<R>,
  request: R,
): Promise<Answer | Failure> {
  try {
    return await send(request);
  } catch (thrown) {
    return networkFailure(thrown, request);
  }
}

function unwrapOutcome(outcome: Answer | Failure): Answer {
  if (outcome instanceof Failure) throw outcome;
  return outcome;
}

/** How long to wait before the next try; null when there should be none. */
function computeWait(
  outcome: Answer | Failure,
  attempt: number,
  { nowMs, random }: Surroundings,
): number | null {
  if (outcome instanceof Failure) {
    if (outcome.code !== 'REGISTRY_UNREACHABLE' || !CUT_OFF.has(readErrno(outcome.cause)))
      return null;
  } else if (!BUSY.has(outcome.status)) return null;
  const asked = outcome instanceof Failure ? undefined : outcome.headers['retry-after'];
  return chooseWait(asked, attempt, { nowMs, random });
}

/**
 * The milliseconds until the next try: what the server asks for (Retry-After), or longer each time;
 * null when it asks for more than we wait.
 */
export function chooseWait(
  retryAfter: string | undefined,
  attempt: number,
  { nowMs, random }: Omit<Surroundings, 'sleep'>,
): number | null {
  const asked = parseRetryAfter(retryAfter, nowMs());
  if (asked !== null) return asked <= LIMITS.registryRetryWaitMs ? asked : null;
  return Math.min(LIMITS.registryRetryWaitMs, 100 * 2 ** attempt) * (0.5 + random() / 2);
}

/** Retry-After in seconds or as a date (RFC 9110 §10.2.3). */
function parseRetryAfter(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** Waits, no longer than the signal allows. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
