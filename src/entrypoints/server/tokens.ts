import { timingSafeEqual } from 'node:crypto';
import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant, parseInstant, toInstant } from '../../core/instant.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** What a token may do; the texts are for messages. */
export const TOKEN_ROLES = {
  read: 'ask questions',
  evidence: 'post what images contain and who signed it',
  release: 'post releases, builds, commits and owners',
  advisories: 'post advisories',
  watch: 'post what runs in clusters',
  events: 'post runtime events',
  audit: 'list what the inbox keeps and the standing questions',
  manage: 'retry what the inbox keeps, and change standing questions',
} as const;

/** Names for several roles, as people have them. */
export const ROLE_SETS: Readonly<Record<string, readonly TokenRole[]>> = {
  reader: ['read'],
  publisher: ['evidence', 'release', 'advisories', 'watch'],
  auditor: ['read', 'audit'],
  admin: ['read', 'evidence', 'release', 'advisories', 'watch', 'audit', 'manage'],
};

export type TokenRole = keyof typeof TOKEN_ROLES;

export interface ServerToken {
  /** Documents are marked with this name. */
  readonly name: string;
  readonly roles: readonly TokenRole[];
  /** SHA-256 of the token; the token itself is not kept. */
  readonly digest: Digest;
  /** Null: it does not end by itself. */
  readonly expiresAt: Instant | null;
  /** Whose rows alone it reads and writes; null: those of the server's own tenant. */
  readonly tenant: string | null;
}

/** The roles of a set; of another name, the name itself. */
export function namesInSet(name: string): readonly string[] {
  return getOwn(ROLE_SETS, name) ?? [name];
}

/** Who asks, and what they may do. */
export type Caller = Pick<ServerToken, 'name' | 'roles' | 'tenant'>;

/** Tokens that can change while the server runs. */
export interface TokenSource {
  current(): readonly ServerToken[];
}

/** A sensor runs on every node: what it holds may not say what was released. */
const PLAIN_ROLES = Object.keys(TOKEN_ROLES).filter(
  (role) => role !== 'events',
) as readonly TokenRole[];

const TOKEN_CHARACTERS_MIN = 16;
const TOKENS_MAX = 100;

/**
 * Reads tokens: one on each line, as `NAME ROLE,ROLE TOKEN`, or a token alone, which is called
 * `token` and has every role but `events`. In the place of a token may stand its SHA-256,
 * `sha256:HEX`; after it, `expires=MOMENT` and `tenant=NAME`. Lines that begin with # are comments.
 * Fails with CONFIG_INVALID, and never repeats a token.
 */
export function parseTokens(text: string): Result<readonly ServerToken[]> {
  const tokens: ServerToken[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.trimStart().startsWith('#')) continue;
    const token = parseLine(line.trim());
    if (!token.ok) return refuse(`line ${index + 1}: ${token.failure.message}`);
    const twin = tokens.find(
      ({ name, digest }) => name === token.value.name || digest === token.value.digest,
    );
    if (twin !== undefined) return refuse(`line ${index + 1}: its name or token is there twice`);
    tokens.push(token.value);
  }
  if (tokens.length === 0) return refuse('it contains no token');
  if (tokens.length > TOKENS_MAX) return refuse(`it has more than ${TOKENS_MAX} tokens`);
  return ok(tokens);
}

function parseLine(line: string): Result<ServerToken> {
  const words = line.split(/[ \t]+/);
  const [name = '', list = '', token = '', ...more] =
    words.length === 1 ? ['token', PLAIN_ROLES.join(), words[0] ?? ''] : words;
  if (words.length === 2) return refuse('it is not NAME ROLES TOKEN');
  const digest = readToken(token);
  if (!digest.ok) return digest;
  const rest = readRest(more);
  if (!rest.ok) return rest;
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name))
    return refuse('its name has more than small letters, digits, dots, hyphens');
  const roles = [...new Set(list.split(',').flatMap(namesInSet))];
  const unknown = roles.find((role) => !Object.hasOwn(TOKEN_ROLES, role));
  if (unknown !== undefined) return refuse(`there is no role ${JSON.stringify(unknown)}`);
  // mutant token-of-sensor-alone: remove
  if (roles.includes('events') && roles.some((role) => role !== 'events' && role !== 'read'))
    return refuse('a token with the role events has only the role read beside it');
  return ok({ name, roles: roles as TokenRole[], digest: digest.value, ...rest.value });
}

/** What follows a token, each at most once. */
function readRest(words: readonly string[]): Result<Pick<ServerToken, 'expiresAt' | 'tenant'>> {
  let rest: Pick<ServerToken, 'expiresAt' | 'tenant'> = { expiresAt: null, tenant: null };
  for (const word of words) {
    const moment = rest.expiresAt === null && /^expires=(.*)$/.exec(word);
    const tenant =
      rest.tenant === null && /^tenant=([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)$/.exec(word);
    const end = moment ? parseInstant(moment[1] ?? '') : null;
    if (tenant) rest = { ...rest, tenant: tenant[1] ?? null };
    else if (end?.ok === true) rest = { ...rest, expiresAt: end.value };
    else return refuse('what follows the token is not expires=MOMENT or tenant=NAME');
  }
  return ok(rest);
}

/** The digest of a token, or the digest in its place. */
function readToken(token: string): Result<Digest> {
  if (token.startsWith('sha256:')) {
    const digest = parseDigest(token);
    return digest.ok ? digest : refuse('the hash of the token is not sha256: and 64 hex digits');
  }
  // mutant token-minimum by tokens: remove
  if (token.length < TOKEN_CHARACTERS_MIN)
    return refuse(`the token is shorter than ${TOKEN_CHARACTERS_MIN} characters`);
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) return refuse('the token is not visible ASCII');
  return ok(sha256(token));
}

/** The line of a token, which only its holder knows. */
export function formatToken(token: ServerToken): string {
  const { name, roles, digest, expiresAt, tenant } = token;
  const end = expiresAt === null ? '' : ` expires=${formatInstant(expiresAt)}`;
  return `${name} ${roles.join()} ${digest}${end}${tenant === null ? '' : ` tenant=${tenant}`}`;
}

function refuse(why: string): Result<never> {
  const roles = [...Object.keys(ROLE_SETS), ...Object.keys(TOKEN_ROLES)].join(', ');
  return fail(
    'CONFIG_INVALID',
    why,
    `Make tokens with waybill token create; a line is NAME ROLES TOKEN, with roles of ${roles}.`,
  );
}

/** Who works without a token: the server then listens on loopback only. */
const LOOPBACK = {
  name: 'loopback',
  roles: Object.keys(TOKEN_ROLES) as TokenRole[],
  tenant: null,
};

/**
 * The holder of a token with this role; null asks for any token. Throws UNAUTHORISED or
 * ROLE_MISSING.
 */
export function authorise(
  authorization: string | undefined,
  tokens: readonly ServerToken[] | TokenSource | null,
  role: TokenRole | null,
  now: Instant = toInstant(Date.now()),
): Caller {
  if (tokens === null) return LOOPBACK;
  const given = sha256(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
  // Digests are compared, and all of them, so that the time reveals neither length nor content.
  // mutant token-is-compared by app: value -> $receiver
  const listed = 'current' in tokens ? tokens.current() : tokens;
  const held = listed.filter(({ digest }) => isSame(digest, given));
  const [token] = held;
  if (token === undefined)
    throw new Failure(
      'UNAUTHORISED',
      'this endpoint needs a token',
      'Send it as: Authorization: Bearer TOKEN.',
    );
  // mutant token-that-expired by token-file: condition -> false
  if (token.expiresAt !== null && token.expiresAt <= now)
    throw new Failure(
      'UNAUTHORISED',
      `the token ${token.name} has expired`,
      'Ask for a new one: waybill token create.',
    );
  requireRole(token, role);
  return token;
}

/** Throws ROLE_MISSING; null asks for no role. */
export function requireRole(caller: Caller, role: TokenRole | null): void {
  // mutant token-role-missing by app: remove
  if (role !== null && !caller.roles.includes(role)) throw createRoleFailure(caller, role);
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function createRoleFailure({ name }: Caller, role: TokenRole): Failure {
  return new Failure(
    'ROLE_MISSING',
    `the token ${name} may not ${TOKEN_ROLES[role]}`,
    `Use a token with the role ${role}.`,
  );
}
