import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';

/** A secret that programs use as their password; only its digest is kept. */
export interface RegistryToken {
  readonly name: string;
  /** SHA-256 of the secret, in hex. */
  readonly sha256: string;
  /** Milliseconds; null: it does not expire. */
  readonly expiresAt: number | null;
}

/** bcrypt, as `htpasswd -B` writes it. */
const HASH = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
/** About a second of work; more would let one line of the file stop the server. */
const COST_MAX = 14;
/** bcrypt reads no more of a password. */
const PASSWORD_BYTES_MAX = 72;
const VERIFIED_MAX = 1_000;
const VERIFIED_MS = 60_000;
const AT_ONCE_MAX = 8;
const NOBODY = `$2b$10$${'.'.repeat(53)}`;

/**
 * Verifies passwords of an htpasswd file, and tokens. The file is read again when it changes. A
 * password that was right is remembered for a minute by its digest, because clients send it with
 * each request.
 */
export function openPasswords(
  file: string | null,
  tokens: readonly RegistryToken[],
  nowMs: () => number,
): (user: string, password: string) => Promise<boolean> {
  const users = openUsers(file);
  const verified = new Map<string, number>();
  let running = 0;
  users.read();
  return async (user, password) => {
    if (isToken(tokens, user, password, nowMs())) return true;
    const bytes = Buffer.byteLength(password);
    // mutant password-with-an-end-that-nobody-reads by passwords: condition -> false
    if (bytes === 0 || bytes > PASSWORD_BYTES_MAX) return false;
    const hash = users.read().get(user);
    const key = hashText(`${user}\0${hash ?? ''}\0${password}`).toString('base64');
    if ((verified.get(key) ?? 0) > nowMs()) return true;
    // mutant passwords-without-end by passwords: condition -> false
    if (running >= AT_ONCE_MAX) return false;
    running += 1;
    try {
      const { compare } = await import('bcryptjs');
      // The same work for a name that nobody has, so that the time tells nothing.
      const isRight = await compare(password, hash ?? NOBODY);
      if (!isRight || hash === undefined) return false;
    } finally {
      running -= 1;
    }
    if (verified.size >= VERIFIED_MAX) verified.clear();
    verified.set(key, nowMs() + VERIFIED_MS);
    return true;
  };
}

function isToken(
  tokens: readonly RegistryToken[],
  user: string,
  secret: string,
  now: number,
): boolean {
  const own = tokens.find(({ name }) => name === user);
  if (own === undefined) return false;
  // mutant registry-token-that-expired by passwords: condition -> false
  if (own.expiresAt !== null && now >= own.expiresAt) return false;
  return timingSafeEqual(hashText(secret), Buffer.from(own.sha256, 'hex'));
}

const hashText = (text: string): Buffer => createHash('sha256').update(text).digest();

function openUsers(file: string | null) {
  let known = new Map<string, string>();
  let mark = '';
  return {
    read: (): ReadonlyMap<string, string> => {
      if (file === null) return known;
      const found = statFile(file);
      if (found === mark) return known;
      known = parseHtpasswd(readFile(file));
      mark = found;
      return known;
    },
  };
}

function statFile(file: string): string {
  const found = statSync(file, { throwIfNoEntry: false });
  return found === undefined ? 'gone' : `${found.ino} ${found.size} ${found.mtimeMs}`;
}

function readFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw refuse(file, 'it cannot be read', cause);
  }
}

/** Lines `name:hash`; a form other than bcrypt, and a name that is there twice, are refused. */
export function parseHtpasswd(text: string): Map<string, string> {
  if (text.length > LIMITS.configBytesMax) throw refuse('htpasswd', 'it is too long');
  const users = new Map<string, string>();
  for (const [at, line] of text.split('\n').entries()) {
    const bare = line.trim();
    if (bare === '' || bare.startsWith('#')) continue;
    const colon = bare.indexOf(':');
    const [name, hash] = [bare.slice(0, Math.max(colon, 0)), bare.slice(colon + 1)];
    const cost = Number(HASH.exec(hash)?.[1] ?? COST_MAX + 1);
    // mutant password-in-a-weaker-form by passwords: condition -> false
    if (name === '' || cost > COST_MAX)
      throw refuse(`line ${at + 1}`, `it is no name with bcrypt of a cost up to ${COST_MAX}`);
    if (users.has(name)) throw refuse(`line ${at + 1}`, 'the name is there twice');
    users.set(name, hash);
  }
  return users;
}

/** Shows no line: there are secrets in the file. */
function refuse(where: string, why: string, cause?: unknown): Failure {
  const what = `the file of users cannot be used: ${where}: ${why}`;
  return new Failure('CONFIG_INVALID', what, 'Write it with: htpasswd -B FILE NAME.', { cause });
}
