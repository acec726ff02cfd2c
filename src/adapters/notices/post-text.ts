import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { discardBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import type { Reach } from '../../system/http/hosts.ts';
import { openTransport } from '../../system/http/transport.ts';

export interface PostOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Proxies, and nothing else of it. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A receiver may be in the own network, never at a link-local address: metadata of clouds. */
const REACHABLE: ReadonlySet<Reach> = new Set(['loopback', 'private']);

/** What may pass by itself; every other refusal will be repeated. */
const PASSING = new Set([408, 409, 425, 429]);

/**
 * Posts a text once; redirects are not followed. Throws DEADLINE_EXCEEDED where another try may
 * help, and USAGE where the receiver refuses what it gets.
 */
export async function postText({ url, headers, body, env }: PostOptions): Promise<void> {
  const at = new URL(url);
  const transport = openTransport({ env, requestMs: LIMITS.noticeMs, peer: 'the receiver' });
  const signal = AbortSignal.timeout(LIMITS.noticeMs);
  try {
    const sent = { 'User-Agent': 'waybill', ...headers };
    const request = {
      ...{ method: 'POST', url: at, headers: sent, body: Buffer.from(body), signal },
      // mutant notice-to-the-metadata-service by notices: remove
      reachable: REACHABLE,
    };
    const incoming = await transport.send(request).catch((thrown: unknown) => {
      // mutant notice-to-the-metadata-service-again by notices: condition -> false
      if (thrown instanceof Failure && thrown.code === 'REDIRECT_REFUSED')
        throw new Failure('USAGE', `${at.host} has a link-local address`, REMEDY);
      const { message } = networkFailure(thrown, { url: at, method: 'POST', signal });
      throw new Failure('DEADLINE_EXCEEDED', `the receiver: ${message}`, REMEDY, { cause: thrown });
    });
    discardBody(incoming);
    const { status } = incoming;
    if (status >= 200 && status < 300) return;
    const isLasting = status >= 300 && status < 500 && !PASSING.has(status);
    const why = `${at.host} answered with the status ${status}`;
    throw new Failure(isLasting ? 'USAGE' : 'DEADLINE_EXCEEDED', why, REMEDY);
  } finally {
    transport.close();
  }
}

const REMEDY =
  'Check the address; a notice that was given up: waybill standing notices --retry ID.';
