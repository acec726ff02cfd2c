import { lookup as resolveName } from 'node:dns';
import type { ClientRequest, Agent as HttpAgent, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as sendHttps } from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { classifyAddress, parseHost, type Reach } from './hosts.ts';
import { readProxies } from './proxies.ts';

/**
 * Not by an import: that reads every member of the module, and one of them loads a client of
 * WebSockets with HTTP/2. It took 25 ms of each command that asks a registry.
 */
const http = process.getBuiltinModule('node:http');

/**
 * One HTTP exchange over node:http, which, unlike fetch, lets us see the address before connecting
 * (G26), bound the headers, and stop a body at any byte. The layer above decides on redirects,
 * credentials and retries.
 */
export interface OutgoingRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /**
   * The addresses nearer than public that this request may reach; undefined when the user named the
   * host.
   */
  readonly reachable?: ReadonlySet<Reach>;
}

export interface IncomingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly message: IncomingMessage;
  /** The address of the connection; null behind a proxy, which connects for us. */
  readonly reach: Reach | null;
  readonly peer: string;
}

export interface Transport {
  /** The name of its servers in messages. */
  readonly peer: string;
  send(outgoing: OutgoingRequest): Promise<IncomingResponse>;
  close(): void;
}

export interface TransportOptions {
  /** Certificates to trust beside those of Node, PEM. */
  readonly ca?: readonly string[];
  /** A server of an authority of its own, and how we show who we are; instead of `ca`. */
  readonly own?: OwnTls;
  /** HTTP_PROXY, HTTPS_PROXY, NO_PROXY in either case; nothing else of the environment is read. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly requestMs?: number;
  /** The name of its servers in messages: `the registry`. */
  readonly peer?: string;
}

/** PEM. Without `ca`, the certificates of Node are trusted. */
export interface OwnTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** The name in the certificate of the server, where it is not that of the address. */
  readonly servername?: string;
}

const HEADER_BYTES_MAX = 64 * 1024;

/** Throws Failure, USAGE, for a proxy that cannot be used. */
export function openTransport(options: TransportOptions = {}): Transport {
  const proxies = readProxies(options.env ?? {});
  const common = { keepAlive: true, scheduling: 'lifo' as const };
  const ca =
    options.own ?? (options.ca === undefined ? {} : { ca: [...rootCertificates, ...options.ca] });
  const direct = openAgents(common, ca);
  const through = openAgents({ ...common, proxyEnv: { ...proxies.env } }, ca);
  const requestMs = options.requestMs ?? LIMITS.registryRequestMs;
  const peer = options.peer ?? 'the server';
  return {
    peer,
    send: (outgoing) => {
      const proxied = proxies.isUsedFor(outgoing.url);
      const agents = proxied ? through : direct;
      const agent = outgoing.url.protocol === 'https:' ? agents.findSecure() : agents.findPlain();
      return exchange(outgoing, { agent, proxied, requestMs, peer });
    },
    close: () => {
      direct.close();
      through.close();
    },
  };
}

interface Agents {
  findPlain(): HttpAgent;
  findSecure(): HttpsAgent;
  close(): void;
}

/** Each is made for its first request: TLS takes 6 ms to load, and few servers need both. */
function openAgents(
  common: ConstructorParameters<typeof HttpAgent>[0],
  ca: { readonly ca?: string[] } | OwnTls,
): Agents {
  let plain: HttpAgent | null = null;
  let secure: HttpsAgent | null = null;
  return {
    findPlain: () => (plain ??= new http.Agent(common)),
    findSecure: () => (secure ??= new HttpsAgent({ ...common, ...ca })),
    close: () => {
      plain?.destroy();
      secure?.destroy();
    },
  };
}

interface Connection {
  readonly agent: HttpAgent | HttpsAgent;
  readonly proxied: boolean;
  readonly requestMs: number;
  readonly peer: string;
}

async function exchange(
  outgoing: OutgoingRequest,
  { agent, proxied, requestMs, peer }: Connection,
): Promise<IncomingResponse> {
  const { url, reachable } = outgoing;
  // mutant redirect-to-near-address by hostile-redirect: remove
  if (reachable !== undefined) await checkReach(url, reachable, proxied);
  // mutant redirect-to-name-of-near-address by hostile-redirect:
  //   condition -> true
  const vetted: LookupFunction | undefined =
    reachable === undefined || proxied ? undefined : createVettingLookup(url, reachable);
  const settings: RequestOptions = {
    agent,
    method: outgoing.method,
    headers: outgoing.headers,
    maxHeaderSize: HEADER_BYTES_MAX,
    ...(vetted === undefined ? {} : { lookup: vetted }),
  };
  const request =
    url.protocol === 'https:' ? sendHttps(url, settings) : http.request(url, settings);
  const message = await awaitHeaders(request, outgoing, requestMs);
  const reach = proxied ? null : classifyPeer(message.socket);
  return {
    status: message.statusCode ?? 0,
    headers: flattenHeaders(message),
    message,
    reach,
    peer,
  };
}

/** Sends and waits for the headers, no longer than the limit and the caller's signal allow. */
function awaitHeaders(
  request: ClientRequest,
  outgoing: OutgoingRequest,
  requestMs: number,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const timer = setTimeout(() => request.destroy(silent(outgoing.url)), requestMs);
  let received: IncomingMessage | null = null;
  const stop = () => (received ?? request).destroy(outOfTime());
  const leave = () => outgoing.signal.removeEventListener('abort', stop);
  outgoing.signal.addEventListener('abort', stop, { once: true });
  request.once('response', (message) => {
    received = message;
    clearTimeout(timer);
    message.once('close', leave);
    // Readers see the error through the stream; without a reader it must not be fatal.
    message.on('error', () => undefined);
    resolve(message);
  });
  request.on('error', (thrown) => {
    clearTimeout(timer);
    if (received === null) leave();
    reject(thrown);
  });
  const { body } = outgoing;
  if (outgoing.signal.aborted) stop();
  else if (body === undefined || body instanceof Uint8Array) request.end(body);
  else
    void writeStream(request, body, () => timer.refresh()).catch((thrown: Error) =>
      request.destroy(thrown),
    );
  return promise;
}

/** Each chunk of a streamed body that the socket takes renews the limit, so only silence counts. */
async function writeStream(
  request: ClientRequest,
  body: AsyncIterable<Uint8Array>,
  progress: () => void,
): Promise<void> {
  for await (const chunk of body) {
    if (request.destroyed) return;
    const flushed = request.write(chunk);
    if (!flushed) await awaitDrain(request);
    progress();
  }
  request.end();
}

/** Both listeners are removed: a large blob waits thousands of times. */
function awaitDrain(request: ClientRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      request.off('drain', done).off('close', done);
      resolve();
    };
    request.on('drain', done).on('close', done);
  });
}

/**
 * A literal address is checked here. Behind a proxy names are checked too, but only as this machine
 * resolves them.
 */
async function checkReach(
  url: URL,
  reachable: ReadonlySet<Reach>,
  proxied: boolean,
): Promise<void> {
  const host = parseHost(url.hostname);
  if (isIP(host) !== 0) return requireReach(url, [host], reachable);
  if (!proxied) return;
  const addresses = await new Promise<string[]>((resolve) => {
    resolveName(host, { all: true }, (error, found) =>
      resolve(error === null ? found.map((one) => one.address) : []),
    );
  });
  requireReach(url, addresses, reachable);
}

/**
 * Checks the same addresses that the connection is then made to, so that a second answer of the
 * name server cannot bypass the check.
 */
function createVettingLookup(url: URL, reachable: ReadonlySet<Reach>): LookupFunction {
  return (host, options, done) => {
    resolveName(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return done(error, '', 0);
      try {
        requireReach(
          url,
          found.map((one) => one.address),
          reachable,
        );
      } catch (thrown) {
        return done(thrown as Error, '', 0);
      }
      const [first] = found;
      if (options.all === true) return done(null, found);
      return done(null, first?.address ?? '', first?.family ?? 0);
    });
  };
}

function requireReach(url: URL, addresses: readonly string[], reachable: ReadonlySet<Reach>): void {
  for (const address of addresses) {
    const reach = classifyAddress(address);
    if (reach === 'public' || reachable.has(reach)) continue;
    const message = `the request was sent on to ${url.host}, which is a ${reach} address`;
    throw new Failure('REDIRECT_REFUSED', message, 'If that is intended, name that host directly.');
  }
}

/** All but cookies, which are a list: Node.js joins the others that are given more than once. */
function flattenHeaders({ headers }: IncomingMessage): Record<string, string | undefined> {
  if (headers['set-cookie'] !== undefined) delete headers['set-cookie'];
  return headers as Record<string, string | undefined>;
}

/** A connection is made once and used for many requests. */
const REACHES = new WeakMap<Socket, Reach>();

function classifyPeer(socket: Socket): Reach | null {
  const known = REACHES.get(socket);
  if (known !== undefined) return known;
  const { remoteAddress } = socket;
  if (remoteAddress === undefined) return null;
  const reach = classifyAddress(remoteAddress);
  REACHES.set(socket, reach);
  return reach;
}

function silent(url: URL): Failure {
  return new Failure(
    'REGISTRY_UNREACHABLE',
    `${url.host} did not answer in time`,
    'Try again later.',
  );
}

export function outOfTime(): Failure {
  return new Failure(
    'DEADLINE_EXCEEDED',
    'the time for the request ran out',
    'Check that the other side answers, and try again.',
  );
}
