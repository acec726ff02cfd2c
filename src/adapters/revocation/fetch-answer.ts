import { failRevocation, type RevocationRequest } from '../../capabilities/signing/index.ts';
import { LIMITS } from '../../core/limits.ts';
import { ok, type Result } from '../../core/result.ts';
import { discardBody, readBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import type { Reach } from '../../system/http/hosts.ts';
import type { IncomingResponse, Transport } from '../../system/http/transport.ts';

export interface FetchOptions {
  readonly transport: Transport;
  /** Hosts, with the port where it is not the usual one, that may be at private addresses. */
  readonly privateHosts: ReadonlySet<string>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const EVERYWHERE: ReadonlySet<Reach> = new Set(['private', 'loopback', 'link-local']);
const PUBLIC: ReadonlySet<Reach> = new Set();

/**
 * The bytes that a revocation service answers: over HTTP alone (N48), at most so many, within so
 * much time, and from no private address unless its host is configured. A certificate names the
 * address, so it must not lead into a network (G26).
 */
export async function fetchAnswer(
  { url, kind, body }: RevocationRequest,
  { transport, privateHosts }: FetchOptions,
): Promise<Result<Uint8Array>> {
  const ms = kind === 'ocsp' ? LIMITS.ocspMs : LIMITS.crlMs;
  const bytesMax = kind === 'ocsp' ? LIMITS.ocspBytesMax : LIMITS.crlBytesMax;
  const own = AbortSignal.timeout(ms);
  const first = parseAddress(url, 'http:');
  if (first === null) return failRevocation(`${quoteAddress(url)} is no HTTP address`);
  let at: URL = first;
  const method = body === null ? 'GET' : 'POST';
  const type = body === null ? {} : { 'Content-Type': 'application/ocsp-request' };
  for (let hop = 0; ; hop++) {
    try {
      const incoming = await transport.send({
        method,
        url: at,
        headers: { 'User-Agent': 'waybill', 'Accept-Encoding': 'identity', ...type },
        signal: own,
        // mutant revocation-in-a-private-network by revocation: condition -> true
        reachable: privateHosts.has(at.host) ? EVERYWHERE : PUBLIC,
        ...(body === null ? {} : { body }),
      });
      // mutant revocation-of-any-status by revocation: operand 2 -> $operand
      if (incoming.status === 200) return ok(await readBody(incoming, bytesMax, ms));
      discardBody(incoming);
      const next: URL | null = findRedirect(incoming, at, method);
      if (next === null)
        return failRevocation(`${at.host} answered with the status ${incoming.status}`);
      // mutant revocation-redirects-without-end by revocation: condition -> false
      if (hop === LIMITS.redirectsMax)
        return failRevocation(`${at.host} redirects more than ${LIMITS.redirectsMax} times`);
      at = next;
    } catch (thrown) {
      const failure = networkFailure(thrown, { url: at, signal: own, method });
      const isNear = failure.code === 'REDIRECT_REFUSED';
      const why = isNear
        ? 'it is at a private address, and not in revocation.privateHosts'
        : failure.message;
      return failRevocation(`${kind} of ${at.host}: ${why}`, thrown);
    }
  }
}

/** A question that is posted is not sent on. */
function findRedirect(
  { status, headers: { location } }: IncomingResponse,
  from: URL,
  method: string,
): URL | null {
  if (!REDIRECTS.has(status) || method !== 'GET' || location === undefined) return null;
  return parseAddress(location, null, from);
}

/** Without credentials; a redirect may lead to HTTPS, the certificate may not (N48). */
function parseAddress(text: string, protocol: 'http:' | null, base?: URL): URL | null {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : null;
  if (url === null || url.username !== '' || url.password !== '') return null;
  const isHttp = url.protocol === 'http:' || (protocol === null && url.protocol === 'https:');
  return isHttp ? url : null;
}

function quoteAddress(url: string): string {
  return JSON.stringify(url.slice(0, 200));
}

/** Nobody is asked: only what is cached or came with a signature counts. */
export function refuseOffline({ url }: RevocationRequest): Promise<Result<Uint8Array>> {
  return Promise.resolve(
    failRevocation(`${quoteAddress(url)} is not asked: revocation.offline is set`),
  );
}
