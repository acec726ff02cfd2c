import { timingSafeEqual } from 'node:crypto';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** What a token may do; the texts are for messages. */
export const TOKEN_ROLES = {
  read: 'ask questions',
  evidence: 'post what images contain and who signed it',
  release: 'post releases, builds, commits and owners',
  advisories: 'post advisories',
  watch: 'post what runs in clusters',
  events: 'post runtime events',
} as const;

export type TokenRole = keyof typeof TOKEN_ROLES;

export interface ServerToken {
  /** Documents are marked with this name. */
  readonly name: string;
  readonly roles: readonly TokenRole[];
  /** SHA-256 of the token; the token itself is not kept. */
  readonly digest: Digest;
}

/** A sensor runs on every node: what it holds may not say what was released. */
const PLAIN_ROLES = Object.keys(TOKEN_ROLES).filter(
  (role) => role !== 'events',
) as readonly TokenRole[];

const TOKEN_CHARACTERS_MIN = 16;
const TOKENS_MAX = 100;

/**
 * Reads tokens: one on each line, as `NAME ROLE,ROLE TOKEN`, or a token alone, which is called
 * `token` and has every role but `events`. Lines that begin with # are comments. Fails with
 * CONFIG_INVALID, and never repeats a token.
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
  const [name = '', list = '', token = ''] =
    words.length === 1 ? ['token', PLAIN_ROLES.join(), words[0] ?? ''] : words;
  if (words.length !== 1 && words.length !== 3) return refuse('it is not NAME ROLES TOKEN');
  // mutant token-minimum: remove
  if (token.length < TOKEN_CHARACTERS_MIN)
    return refuse(`the token is shorter than ${TOKEN_CHARACTERS_MIN} characters`);
  if (!/^[\x21-\x7e]{1,512}$/.test(token)) return refuse('the token is not visible ASCII');
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name))
    return refuse('its name has more than small letters, digits, dots, hyphens');
  const roles = list.split(',');
  const unknown = roles.find((role) => !Object.hasOwn(TOKEN_ROLES, role));
  if (unknown !== undefined) return refuse(`there is no role ${JSON.stringify(unknown)}`);
  // mutant token-of-sensor-alone: remove
  if (roles.includes('events') && roles.some((role) => role !== 'events' && role !== 'read'))
    return refuse('a token with the role events has only the role read beside it');
  return ok({ name, roles: roles as TokenRole[], digest: sha256(token) });
}

function refuse(why: string): Result<never> {
  const roles = Object.keys(TOKEN_ROLES).join(', ');
  return fail(
    'CONFIG_INVALID',
    why,
    `Make tokens with openssl rand -hex 32; write NAME ROLES TOKEN, with roles of ${roles}.`,
  );
}

/** Who works without a token: the server then listens on loopback only. */
const LOOPBACK = { name: 'loopback', roles: Object.keys(TOKEN_ROLES) as TokenRole[] };

/**
 * The holder of a token with this role; null asks for any token. Throws UNAUTHORISED or
 * ROLE_MISSING.
 */
export function authorise(
  authorization: string | undefined,
  tokens: readonly ServerToken[] | null,
  role: TokenRole | null,
): Pick<ServerToken, 'name' | 'roles'> {
  if (tokens === null) return LOOPBACK;
  const given = sha256(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
  // Digests are compared, and all of them, so that the time reveals neither length nor content.
  // mutant token-is-compared by app: value -> $receiver
  const held = tokens.filter(({ digest }) => isSame(digest, given));
  const [token] = held;
  if (token === undefined)
    throw new Failure(
      'UNAUTHORISED',
      'this endpoint needs a token',
      'Send it as: Authorization: Bearer TOKEN.',
    );
  // mutant token-role-missing by app: remove
  if (role !== null && !token.roles.includes(role)) throw createRoleFailure(token, role);
  return token;
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function createRoleFailure({ name }: ServerToken, role: TokenRole): Failure {
  return new Failure(
    'ROLE_MISSING',
    `the token ${name} may not ${TOKEN_ROLES[role]}`,
    `Use a token with the role ${role}.`,
  );
}
