import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sha256, takeHex } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';

/** The files of the built page by their paths; empty where it was not built. */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

/**
 * What a browser may do with the page: run its own files and ask this server. No inline script or
 * style, no other site, no frame; text that is shown never becomes markup (Trusted Types).
 */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** On every answer: what a browser must not guess, keep or tell others. */
export const SAFETY_HEADERS = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['html', 'text/html; charset=utf-8'],
  ['js', 'text/javascript; charset=utf-8'],
  ['css', 'text/css; charset=utf-8'],
  ['svg', 'image/svg+xml'],
]);

const HASHED_LIFETIME_S = 31_536_000;

/** `GET /` and the files that it names. They are the same for everybody, and need no token. */
export function addPage(app: FastifyInstance, readFiles: () => PageFiles): void {
  let read: PageFiles | undefined;
  const files = (): PageFiles => {
    if (read === undefined || read.size === 0) read = readFiles();
    return read;
  };
  app.get('/', (request, reply) => {
    reply.header('cache-control', 'no-cache');
    return sendFile(request, reply, files(), 'index.html');
  });
  app.get('/assets/:file', (request, reply) => {
    const { file } = request.params as { file: string };
    // The name has a hash of the content.
    reply.header('cache-control', `public, max-age=${HASHED_LIFETIME_S}, immutable`);
    return sendFile(request, reply, files(), `assets/${file}`);
  });
}

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  files: PageFiles,
  path: string,
): FastifyReply {
  const whole = files.get(path);
  const type = MEDIA_TYPES.get(path.slice(path.lastIndexOf('.') + 1));
  if (whole === undefined || type === undefined) {
    reply.header('cache-control', 'no-store');
    throw files.size === 0 ? NO_PAGE : NO_FILE;
  }
  const small = acceptsBrotli(request) ? files.get(`${path}.br`) : undefined;
  if (small !== undefined) reply.header('content-encoding', 'br');
  reply.header('vary', 'accept-encoding').type(type);
  return sendTagged(request, reply, small ?? whole);
}

/** Sends bytes with their ETag, or the tag alone if the client has them (RFC 9110 §13.1.2). */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  bytes: Uint8Array,
): FastifyReply {
  const tag = `"${takeHex(sha256(bytes)).slice(0, 32)}"`;
  reply.header('etag', tag);
  const known = (request.headers['if-none-match'] ?? '').split(',').map((one) => one.trim());
  // mutant unchanged-answer-is-sent-again by page: remove
  if (known.includes(tag) || known.includes(`W/${tag}`)) return reply.code(304).send();
  return reply.send(bytes);
}

function acceptsBrotli({ headers }: FastifyRequest): boolean {
  const accepted = String(headers['accept-encoding'] ?? '').split(',');
  return accepted.some((one) => {
    const [name = '', weight = 'q=1'] = one.split(';').map((part) => part.trim());
    return name === 'br' && Number(weight.slice('q='.length)) > 0;
  });
}

const NO_FILE = new Failure('NOT_FOUND', 'the page has no such file', 'Load / again.');
const NO_PAGE = new Failure(
  'NOT_FOUND',
  'the page has not been built',
  'In a checkout, start the server with: npm run waybill -- serve.',
);

/**
 * Refuses what another site makes a browser send: a browser that shows the page trusts the
 * certificate of this server, and on loopback there may be no token. Programs send neither header.
 * Throws UNAUTHORISED.
 */
export function refuseOtherSites({ headers }: FastifyRequest): void {
  const site = headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  // mutant request-of-another-site by page: condition -> true
  if (isOwn && isSameOrigin(headers.origin, headers.host)) return;
  throw new Failure(
    'UNAUTHORISED',
    'a page of another site made this request',
    'Open the page of this server itself.',
  );
}

/** Browsers without fetch metadata send the origin of what is posted (RFC 6454 §7). */
function isSameOrigin(origin: string | undefined, host: string | undefined): boolean {
  // mutant origin-of-another-site by page: value -> true
  return origin === undefined || origin === `https://${host}`;
}
