import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { readErrno } from '../files/errno.ts';
import { discardBody, readBody } from './body.ts';
import { classifyAddress, isLoopbackName, isSameOrigin, parseHost, type Reach } from './hosts.ts';
import { type IncomingResponse, outOfTime, type Transport } from './transport.ts';

/** One request, with everything that is needed to send it more than once. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: () => Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /**
   * Reads the body of a success within the try, at most so many bytes; without it the caller reads
   * the body.
   */
  readonly bytesMax?: number;
}

export interface Answer {
  readonly incoming: IncomingResponse;
  readonly status: number;
  readonly headers: IncomingResponse['headers'];
  readonly bytes: Uint8Array;
}

export interface ExchangeOptions {
  readonly transport: Transport;
  /** Hosts (with port) that a redirect may lead to without TLS, beside loopback. */
  readonly insecureHosts: ReadonlySet<string>;
  readonly requestMs: number;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const NOTHING = new Uint8Array();

/**
 * Sends a request and follows redirects when that is safe: only for reads, over TLS, and to no
 * address nearer than the named host (G26). Credentials are sent only to the origin (G27).
 */
export async function followRedirects(
  rooms: ExchangeOptions,
  request: HttpRequest,
  authorization: string | null,
): Promise<Answer> {
  let url = request.url;
  let own: Reach | null = null;
  let away = false; // then no credentials are sent, even if a redirect leads back (A11)
  for (let hop = 0; ; hop++) {
    const reachable = away
      ? new Set([own ?? classifyAddress(parseHost(request.url.host))])
      : undefined;
    const incoming = await rooms.transport.send({
      method: request.method,
      url,
      // mutant credentials-leave-their-origin by hostile-redirect: condition -> false
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
    // mutant redirects-without-end by hostile-redirect: operand 2 -> $ + 1
    if (hop === LIMITS.redirectsMax)
      throw refused(rooms, `more than ${LIMITS.redirectsMax} redirects`);
    // mutant redirect-of-a-write by hostile-redirect: remove
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw refused(rooms, 'a redirect of a write');
    url = checkRedirect(rooms, location, url);
    // mutant credentials-after-a-detour by hostile-redirect:
    //   it -> away = !isSameOrigin(url, request.url);
    away ||= !isSameOrigin(url, request.url);
  }
}

function buildHeaders(request: HttpRequest, authorization: string | null): Record<string, string> {
  const always = { 'User-Agent': 'waybill', 'Accept-Encoding': 'identity', ...request.headers };
  return authorization === null ? always : { ...always, Authorization: authorization };
}

function checkRedirect(rooms: ExchangeOptions, location: string, from: URL): URL {
  const target = URL.canParse(location, from.href) ? new URL(location, from) : null;
  if (target === null) throw refused(rooms, 'a redirect without an address');
  const plain = target.protocol === 'http:' && from.protocol === 'http:';
  const plainMayBe =
    plain && (isLoopbackName(parseHost(target.host)) || rooms.insecureHosts.has(target.host));
  // mutant redirect-without-tls by hostile-redirect: remove
  if (target.protocol !== 'https:' && !plainMayBe)
    throw refused(rooms, `a redirect from ${from.host} without TLS`);
  // mutant redirect-with-credentials by hostile-redirect: remove
  if (target.username !== '' || target.password !== '')
    throw refused(rooms, 'a redirect with credentials in it');
  return target;
}

async function readAnswer(
  rooms: ExchangeOptions,
  request: HttpRequest,
  incoming: IncomingResponse,
): Promise<Answer> {
  const { status, headers } = incoming;
  const encoding = headers['content-encoding'] ?? 'identity';
  // mutant body-encoded-unasked by hostile-content: condition -> false
  if (encoding !== 'identity' && request.method !== 'HEAD' && status < 300) {
    incoming.message.destroy();
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      `${rooms.transport.peer} sent an encoded body that was not requested`,
      `Ask the operator of ${rooms.transport.peer}.`,
    );
  }
  const success = status >= 200 && status < 300;
  if (!success || request.method === 'HEAD') discardBody(incoming);
  const read = success && request.method !== 'HEAD' && request.bytesMax !== undefined;
  const bytes = read ? await readBody(incoming, request.bytesMax, rooms.requestMs) : NOTHING;
  return { incoming, status, headers, bytes };
}

/** The thrown error, as a Failure that names the host and nothing that was sent to it. */
export function networkFailure(
  thrown: unknown,
  request: Pick<HttpRequest, 'url' | 'signal' | 'method'>,
): Failure {
  if (request.signal.aborted) return outOfTime();
  if (thrown instanceof Failure) return thrown;
  const code = readErrno(thrown);
  const what = `${request.method} ${request.url.host}`;
  if (code.startsWith('HPE_')) {
    return new Failure(
      'REGISTRY_MISBEHAVED',
      `${what}: not HTTP (${code})`,
      `Ask the operator of ${request.url.host}.`,
      {
        cause: thrown,
      },
    );
  }
  const tls = /CERT|SIGNED|SSL|TLS|ALTNAME/.test(code);
  const remedy = tls
    ? 'Add its certificate authority with a CA bundle.'
    : 'Check the host name and the network.';
  return new Failure('REGISTRY_UNREACHABLE', `${what} failed (${code || 'cut off'})`, remedy, {
    cause: thrown,
  });
}

function refused({ transport }: ExchangeOptions, what: string): Failure {
  return new Failure(
    'REDIRECT_REFUSED',
    `${transport.peer} answered with ${what}`,
    'Name the host that has the content directly.',
  );
}
