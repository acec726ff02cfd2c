import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readBody } from '../../system/http/body.ts';
import { networkFailure } from '../../system/http/exchange.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';
import { chooseWait, pause } from '../../system/http/retry.ts';
import { openTransport, type Transport } from '../../system/http/transport.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface ServiceOptions {
  /** Its name in messages: `AWS KMS`. */
  readonly peer: string;
  readonly env: Variables;
  /** Certificates to trust beside those of Node, PEM. */
  readonly ca?: readonly string[];
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
  /** Its JSON object; empty for a body that is none. */
  readonly json: JsonObject;
}

/** A service that keeps keys, over HTTP: each request may be sent again. */
export interface ServiceClient {
  readonly peer: string;
  send(
    request: ServiceRequest,
    isBusy?: (answer: ServiceAnswer) => boolean,
  ): Promise<ServiceAnswer>;
}

const BUSY = new Set([408, 429, 500, 502, 503, 504]);
const REMEDY = 'Check its address, your network and its state, then try again.';

/**
 * Sends requests with a bounded time, a bounded answer and a bounded number of tries. Redirects are
 * not followed: what goes to such a service carries credentials. Failures name the host, and
 * nothing that was sent.
 */
export function openServiceClient({ peer, env, ca }: ServiceOptions): ServiceClient {
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
    const bytes = await readBody(incoming, LIMITS.keyServiceBytesMax, LIMITS.keyServiceMs);
    const text = Buffer.from(bytes).toString('utf8');
    return { status: incoming.status, headers: incoming.headers, text, json: readObject(text) };
  };
  return {
    peer,
    send: async (request, isBusy = () => false) => {
      checkAddress(peer, request.url);
      const ms = isMetadata(request.url) ? LIMITS.keyMetadataMs : LIMITS.keyServiceMs;
      const signal = AbortSignal.timeout(ms);
      const transport = open(request.url);
      const sendOnce = () => once(transport, request, signal);
      return sendAgain(peer, request, signal, sendOnce, isBusy).finally(() => transport.close());
    },
  };
}

async function sendAgain(
  peer: string,
  request: ServiceRequest,
  signal: AbortSignal,
  once: () => Promise<ServiceAnswer>,
  isBusy: (answer: ServiceAnswer) => boolean,
): Promise<ServiceAnswer> {
  const surroundings = { nowMs: Date.now, random: Math.random };
  for (let attempt = 1; ; attempt++) {
    const answer = await once().catch((thrown: unknown) => {
      throw unreachable(peer, request, signal, thrown);
    });
    const busy = BUSY.has(answer.status) || isBusy(answer);
    if (!busy || attempt === LIMITS.registryAttemptsMax) return answer;
    const waitMs = chooseWait(answer.headers['retry-after'], attempt, surroundings);
    if (waitMs === null) return answer;
    await pause(waitMs, signal);
  }
}

function unreachable(
  peer: string,
  { url, method }: ServiceRequest,
  signal: AbortSignal,
  thrown: unknown,
): Failure {
  const why = networkFailure(thrown, { url, method, signal });
  return new Failure('KEY_UNUSABLE', `${peer}: ${why.message}`, why.remedy, { cause: thrown });
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

/** An address that the environment gives; `variable` names it in the message. */
export function parseAddress(variable: string, text: string): URL {
  if (URL.canParse(text)) return new URL(text);
  throw new Failure('USAGE', `${variable} is no address`, 'Write it like https://kms.example.com.');
}

// Credentials and what is to be signed never travel in the clear.
function checkAddress(peer: string, url: URL): void {
  if (url.protocol === 'https:') return;
  // mutant key-service-in-the-clear by keys-service: condition -> false
  if (url.protocol !== 'http:' || !isNear(url))
    throw new Failure('USAGE', `${peer} at ${url.host} has no TLS`, 'Name it with https://.');
}

/** The text as a JSON object; an empty one if it is none. */
function readObject(text: string): JsonObject {
  const read = parseJson(text, { bytesMax: LIMITS.keyServiceBytesMax });
  return read.ok && isJsonObject(read.value) ? read.value : {};
}

/** What a refusal says, short and printable, without anything that was sent. */
export function describeRefusal(answer: ServiceAnswer, why: JsonValue | undefined): string {
  const said = typeof why === 'string' ? why.replace(/[^\x20-\x7e]/g, ' ').slice(0, 200) : '';
  return said === '' ? `status ${answer.status}` : `status ${answer.status}: ${said}`;
}

export function refuse(what: string, remedy: string = REMEDY): Failure {
  return new Failure('KEY_UNUSABLE', what, remedy);
}

/** A member that must be a text. */
export function readText(peer: string, holder: JsonObject, name: string): string {
  const value = getOwn(holder, name);
  if (typeof value === 'string' && value !== '') return value;
  throw refuse(`${peer} gave an answer without ${name}`);
}
