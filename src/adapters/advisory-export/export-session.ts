import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { discardBody } from '../../system/http/body.ts';
import {
  type Answer,
  type ExchangeOptions,
  followRedirects,
  type HttpRequest,
} from '../../system/http/exchange.ts';
import { isLoopbackName, parseHost } from '../../system/http/hosts.ts';
import { openRetrying, pause, type Surroundings } from '../../system/http/retry.ts';
import { openTransport, type TransportOptions } from '../../system/http/transport.ts';
import { checkStatedDigest } from './stated-digest.ts';

export interface ExportOptions extends TransportOptions, Partial<Surroundings> {
  /** The base of the export, with a slash at its end. */
  readonly base: URL;
  /** Hosts (with port) that may be used without TLS, beside loopback. */
  readonly insecureHosts?: readonly string[];
}

/** What a server says of one state of a file: the conditions of later requests (RFC 9110 §13). */
export interface Validators {
  readonly etag: string | null;
  readonly lastModified: string | null;
}

/** A file in memory, or null where it is still the one of the validators. */
export type SmallFile = (Validators & { readonly bytes: Uint8Array }) | null;

export interface ExportSession {
  readonly base: URL;
  readonly surroundings: Surroundings;
  readonly requestMs: number;
  /** A small file whole; fails with NOT_FOUND where the export has none. */
  read(path: string, known: Validators | null, call: ReadCall): Promise<SmallFile>;
  /** The answer to a read, with its body unread. */
  open(path: string, headers: Headers, signal: AbortSignal): Promise<Answer>;
  close(): void;
}

export interface ReadCall {
  readonly bytesMax: number;
  readonly signal: AbortSignal;
}

type Headers = Readonly<Record<string, string>>;

/**
 * Opens a public export, or a mirror with the same files. Fails with USAGE for an address that
 * would send a password, or that is read without TLS although nobody allowed that: plain files are
 * only as true as their connection.
 */
export function openExportSession(options: ExportOptions): ExportSession {
  const { base } = options;
  const insecureHosts = new Set(options.insecureHosts);
  checkBase(base, insecureHosts);
  const requestMs = options.requestMs ?? LIMITS.registryRequestMs;
  const transport = openTransport({ ...options, peer: base.host, requestMs });
  const rooms: ExchangeOptions = { transport, insecureHosts, requestMs };
  const surroundings: Surroundings = {
    nowMs: options.nowMs ?? Date.now,
    sleep: options.sleep ?? pause,
    random: options.random ?? Math.random,
  };
  const send = openRetrying(
    surroundings,
    ({ url }: HttpRequest) => url.host,
    (request) => followRedirects(rooms, request, null),
  );
  const resolvePath = (path: string): URL => new URL(path, base);
  const open = (path: string, headers: Headers, signal: AbortSignal): Promise<Answer> =>
    send({ url: resolvePath(path), method: 'GET', headers, signal });
  return {
    ...{ base, surroundings, requestMs, open },
    read: async (path, known, { bytesMax, signal }) => {
      const url = resolvePath(path);
      const answer = await send({
        ...{ url, method: 'GET', signal, bytesMax },
        headers: toConditions(known),
      });
      // mutant changed-file-is-the-known-one: operand 1 -> true
      if (known !== null && answer.status === 304) return null;
      requireSuccess(answer, url);
      checkStatedDigest(answer.headers, url, [answer.bytes]);
      return { bytes: answer.bytes, ...readValidators(answer) };
    },
    close: transport.close,
  };
}

function checkBase(base: URL, insecureHosts: ReadonlySet<string>): void {
  const isPlain = base.protocol === 'http:';
  if (base.username !== '' || base.password !== '')
    throw usage('the address of the mirror has a password in it', 'Leave it out.');
  if (base.protocol !== 'https:' && !isPlain)
    throw usage(
      `a mirror is not read by ${base.protocol.slice(0, 20)}`,
      'Write https://HOST/PATH/ for plain files, or oci://REGISTRY/REPOSITORY:TAG.',
    );
  // mutant mirror-without-tls by update-advisories: condition -> false
  if (isPlain && !isLoopbackName(parseHost(base.host)) && !insecureHosts.has(base.host))
    throw usage(
      `${base.host} would be read without TLS, and anybody on the way could change it`,
      `Write https://, or allow it with --insecure ${base.host}.`,
    );
}

function usage(message: string, remedy: string): Failure {
  return new Failure('USAGE', message, remedy);
}

function toConditions(known: Validators | null): Record<string, string> {
  return {
    ...(known?.etag ? { 'If-None-Match': known.etag } : {}),
    ...(known?.lastModified ? { 'If-Modified-Since': known.lastModified } : {}),
  };
}

const VALIDATOR_MAX = 1_000;

export function readValidators({ headers }: Pick<Answer, 'headers'>): Validators {
  const take = (name: 'etag' | 'last-modified'): string | null => {
    const value = headers[name] ?? '';
    return value !== '' && value.length <= VALIDATOR_MAX ? value : null;
  };
  return { etag: take('etag'), lastModified: take('last-modified') };
}

/** Throws for an answer that has not the file. */
export function requireSuccess(answer: Answer, url: URL): void {
  const { status } = answer;
  if (status === 200 || status === 206) return;
  discardBody(answer.incoming);
  const what = `${url.host}${url.pathname}`;
  if (status === 404 || status === 410)
    throw new Failure('NOT_FOUND', `${what} does not exist`, 'Check the address of the mirror.');
  if (status === 401 || status === 403)
    throw new Failure(
      'REGISTRY_DENIED',
      `${url.host} refused ${url.pathname} (${status})`,
      'Use a mirror that may be read without a password, or an OCI artifact.',
    );
  if (status === 429 || status >= 500)
    throw new Failure(
      'REGISTRY_UNREACHABLE',
      `${url.host} cannot give ${url.pathname} now (${status})`,
      'Try again later.',
    );
  throw new Failure(
    'REGISTRY_MISBEHAVED',
    `${url.host} answered ${status} for ${url.pathname}`,
    'Check the address of the mirror.',
  );
}
