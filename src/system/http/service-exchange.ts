import { Failure, type FailureCode } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { readBody } from './body.ts';
import { networkFailure } from './exchange.ts';
import { isLoopbackName, parseHost } from './hosts.ts';
import { chooseWait, pause } from './retry.ts';
import { openTransport, type Transport } from './transport.ts';

type Variables = Readonly<Record<string, string | undefined>>;

export interface ServiceOptions {
  /** Its name in messages: `AWS KMS`. */
  readonly peer: string;
  readonly env: Variables;
  /** Certificates to trust beside those of Node, PEM. */
  readonly ca?: readonly string[];
  /** Of the failure when it does not answer. */
  readonly code: FailureCode;
  /** One answer; without it, that of a service that keeps keys. */
  readonly bytesMax?: number;
  /** Ends the request before its time. */
  readonly signal?: AbortSignal;
}

export interface ServiceRequest {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  readonly bytes: Uint8Array;
}

/** A service over HTTP that gets credentials: each request may be sent again. */
export interface ServiceExchange {
  readonly peer: string;
  send(
    request: ServiceRequest,
    isBusy?: (answer: ServiceAnswer) => boolean,
  ): Promise<ServiceAnswer>;
}

const BUSY = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Sends requests with a bounded time, a bounded answer and a bounded number of tries. Redirects are
 * not followed: what goes to such a service carries credentials. Failures name the host, and
 * nothing that was sent.
 */
export function openServiceExchange(options: ServiceOptions): ServiceExchange {
  const { peer, env, ca, code, signal: ended } = options;
  const bytesMax = options.bytesMax ?? LIMITS.keyServiceBytesMax;
  const trusted = ca === undefined ? {} : { ca };
  // What is near is reached from this machine alone: a proxy would see its credentials.
  const open = (url: URL) =>
    openTransport({
      ...{ peer, requestMs: LIMITS.keyServiceMs, ...trusted },
      // mutant metadata-through-a-proxy by keys-service: value -> env
      env: isNear(url) ? {} : env,
    });
  const once = async (
    transport: Transport,
    request: ServiceRequest,
    signal: AbortSignal,
  ): Promise<ServiceAnswer> => {
    const { body } = request;
    const incoming = await transport.send({
      method: request.method,
      url: request.url,
      headers: { 'User-Agent': 'waybill', 'Accept-Encoding': 'identity', ...request.headers },
      signal,
      ...(body === undefined ? {} : { body: Buffer.from(body) }),
    });
    const bytes = await readBody(incoming, bytesMax, LIMITS.keyServiceMs);
    const text = Buffer.from(bytes).toString('utf8');
    return { status: incoming.status, headers: incoming.headers, text, bytes };
  };
  return {
    peer,
    send: async (request, isBusy = () => false) => {
      checkAddress(peer, request.url);
      const ms = isMetadata(request.url) ? LIMITS.keyMetadataMs : LIMITS.keyServiceMs;
      const late = AbortSignal.timeout(ms);
      const signal = ended === undefined ? late : AbortSignal.any([ended, late]);
      const transport = open(request.url);
      const sendOnce = () => once(transport, request, signal);
      return sendAgain({ peer, code }, request, signal, sendOnce, isBusy).finally(() =>
        transport.close(),
      );
    },
  };
}

async function sendAgain(
  service: Pick<ServiceOptions, 'peer' | 'code'>,
  request: ServiceRequest,
  signal: AbortSignal,
  once: () => Promise<ServiceAnswer>,
  isBusy: (answer: ServiceAnswer) => boolean,
): Promise<ServiceAnswer> {
  const surroundings = { nowMs: Date.now, random: Math.random };
  for (let attempt = 1; ; attempt++) {
    const answer = await once().catch((thrown: unknown) => {
      throw unreachable(service, request, signal, thrown);
    });
    const busy = BUSY.has(answer.status) || isBusy(answer);
    if (!busy || attempt === LIMITS.registryAttemptsMax) return answer;
    const waitMs = chooseWait(answer.headers['retry-after'], attempt, surroundings);
    if (waitMs === null) return answer;
    await pause(waitMs, signal);
  }
}

function unreachable(
  { peer, code }: Pick<ServiceOptions, 'peer' | 'code'>,
  { url, method }: ServiceRequest,
  signal: AbortSignal,
  thrown: unknown,
): Failure {
  const why = networkFailure(thrown, { url, method, signal });
  return new Failure(code, `${peer}: ${why.message}`, why.remedy, { cause: thrown });
}

/** Metadata services of clouds, which have no TLS; the network of the machine reaches them. */
const METADATA_HOSTS = new Set([
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  'metadata.google.internal',
]);

function isMetadata(url: URL): boolean {
  return METADATA_HOSTS.has(parseHost(url.host));
}

function isNear(url: URL): boolean {
  return isLoopbackName(parseHost(url.host)) || isMetadata(url);
}

// Credentials and what is to be signed never travel in the clear.
function checkAddress(peer: string, url: URL): void {
  if (url.protocol === 'https:') return;
  // mutant key-service-in-the-clear by keys-service: condition -> false
  if (url.protocol !== 'http:' || !isNear(url))
    throw new Failure('USAGE', `${peer} at ${url.host} has no TLS`, 'Name it with https://.');
}
