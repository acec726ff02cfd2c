import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';

/** A database of a PostgreSQL server that holds log and graph, instead of a file. */
export interface DatabaseServer {
  /** A name or an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** Null: PGUSER, or the user of the operating system. */
  readonly user: string | null;
  readonly tls: 'off' | 'verify';
  /** A file of certificates, PEM, or null. */
  readonly authorities: string | null;
}

const ADDRESS_CHARACTERS_MAX = 2_000;
const PARAMETERS: ReadonlySet<string> = new Set(['host', 'sslmode', 'sslrootcert']);

/**
 * Reads `postgres://USER@HOST:PORT/DATABASE?sslmode=…&sslrootcert=FILE`. The connection is
 * encrypted and the server proves its name, except on this machine. An address holds no password,
 * and a message about an address does not repeat it. `base` is the folder of a relative file.
 */
export function parseDatabaseServer(text: string, base: string): DatabaseServer {
  const url = text.length > ADDRESS_CHARACTERS_MAX ? null : URL.parse(text);
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol))
    throw refuse('is not postgres://USER@HOST:PORT/DATABASE');
  // mutant password-in-an-address by database-server: condition -> false
  if (url.password !== '' || url.searchParams.has('password'))
    throw new Failure(
      'CONFIG_INVALID',
      'the address of the database holds a password',
      'Write the password into the file that PGPASSFILE names, with mode 0600, or into PGPASSWORD.',
    );
  for (const name of url.searchParams.keys())
    if (!PARAMETERS.has(name)) throw refuse(`has the unknown parameter ${quote(name)}`);
  const host = decode(url.searchParams.get('host') ?? url.hostname.replace(/^\[|\]$/g, ''));
  const database = decode(url.pathname.slice(1));
  if (host === '' || database === '' || database.includes('/'))
    throw refuse('names no host or no database');
  if (url.hash !== '') throw refuse('has a part behind #');
  const authorities = url.searchParams.get('sslrootcert');
  return {
    ...{ host, database, port: url.port === '' ? 5_432 : Number(url.port) },
    user: url.username === '' ? null : decode(url.username),
    tls: chooseTls(url.searchParams.get('sslmode'), host),
    authorities: authorities === null ? null : resolve(base, authorities),
  };
}

/** Whether a text is an address, and not the path of a file. */
export function isServerAddress(text: string): boolean {
  return /^postgres(?:ql)?:/i.test(text);
}

/** As the graph is named in reports. */
export function formatDatabaseServer({ host, port, database, user }: DatabaseServer): string {
  const name = encodeURIComponent(database);
  const as = user === null ? '' : `${encodeURIComponent(user)}@`;
  if (host.startsWith('/'))
    return `postgres://${as}localhost:${port}/${name}?host=${encodeURIComponent(host)}`;
  return `postgres://${as}${isIP(host) === 6 ? `[${host}]` : host}:${port}/${name}`;
}

function chooseTls(mode: string | null, host: string): 'off' | 'verify' {
  if (mode === 'verify-full') return 'verify';
  if (mode === 'disable') return 'off';
  if (mode !== null) throw refuse('has an sslmode other than verify-full or disable');
  // mutant plain-text-to-another-machine by database-server: value -> 'off'
  return isOnThisMachine(host) ? 'off' : 'verify';
}

function isOnThisMachine(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

function decode(text: string): string {
  try {
    const decoded = decodeURIComponent(text);
    if (!/\p{Cc}/u.test(decoded)) return decoded;
  } catch {
    // The percent signs stand for no text.
  }
  throw refuse('has characters that name nothing');
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 50));
}

function refuse(why: string): Failure {
  return new Failure(
    'CONFIG_INVALID',
    `the address of the database ${why}`,
    'Write WAYBILL_DATABASE=postgres://USER@HOST:PORT/DATABASE, or `database:` in waybill.yaml.',
  );
}
