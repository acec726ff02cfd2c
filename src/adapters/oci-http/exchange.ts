import { orThrow } from '../../core/result.ts';
import { discardBody } from '../../system/http/body.ts';
import {
  type Answer,
  type ExchangeOptions,
  followRedirects,
  type HttpRequest,
} from '../../system/http/exchange.ts';
import { openRetrying, type Surroundings } from '../../system/http/retry.ts';
import type { Authoriser } from './auth.ts';

/** One request of the distribution API. */
export interface ApiRequest extends HttpRequest {
  readonly registry: string;
  readonly scopes: readonly string[];
}

export interface Exchanger {
  send(request: ApiRequest): Promise<Answer>;
}

export interface ExchangerOptions extends Surroundings, ExchangeOptions {
  readonly authoriser: Authoriser;
}

/**
 * Sends requests: with credentials, redirected only if that is safe, tried again if that may help,
 * and a limited number at the same time.
 */
export function openExchanger(rooms: ExchangerOptions): Exchanger {
  const send = (request: ApiRequest): Promise<Answer> => sendAuthorised(rooms, request);
  return { send: openRetrying(rooms, ({ registry }: ApiRequest) => registry, send) };
}

/**
 * Sends with the credentials known so far. If they are refused, sends once more with an answer to
 * the challenge.
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
