import { readFileSync, statSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../../core/failure.ts';
import type { PostgresPlace } from './postgres-place.ts';

const FILE_BYTES_MAX = 1024 * 1024;

export function findUser(place: PostgresPlace): string {
  return place.user ?? (process.env['PGUSER'] || userInfo().username);
}

/**
 * PGPASSWORD, or the first line of the password file that fits
 * (postgresql.org/docs/15/libpq-pgpass.html). Asked when the server wants a password.
 */
export function findPassword(place: PostgresPlace): string {
  const given = process.env['PGPASSWORD'];
  if (given !== undefined && given !== '') return given;
  const file = process.env['PGPASSFILE'] || join(homedir(), '.pgpass');
  const found = matchLine(readPasswordFile(file), place);
  if (found !== null) return found;
  throw new Failure(
    'STORE_REFUSED',
    `the database server wants a password of ${JSON.stringify(findUser(place))}`,
    `Write the line HOST:PORT:DATABASE:USER:PASSWORD into ${file}, with mode 0600.`,
  );
}

/** Empty where there is no file. A file that others may read does not count, as for libpq. */
function readPasswordFile(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size > FILE_BYTES_MAX) return '';
  // mutant password-file-of-everybody by postgres/session: condition -> false
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new Failure(
      'STORE_REFUSED',
      `others may read the password file ${path}`,
      `Run chmod 0600 ${path}.`,
    );
  }
  return readFileSync(path, 'utf8');
}

function matchLine(text: string, place: PostgresPlace): string | null {
  const wanted = [
    place.host.startsWith('/') ? 'localhost' : place.host,
    String(place.port),
    place.database,
    findUser(place),
  ];
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue;
    const [password, ...fields] = splitLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    const fits = wanted.every(
      (value, at) =>
        fields[at] === '*' || fields[at] === value || (at === 0 && fields[at] === place.host),
    );
    if (password !== undefined && fits) return password;
  }
  return null;
}

/** The password first, then the fields before it. A backslash takes the next character as it is. */
function splitLine(line: string): readonly string[] {
  const fields = [''];
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? '';
    if (char === ':') fields.push('');
    else fields[fields.length - 1] += char === '\\' ? (line[++at] ?? '') : char;
  }
  const [host, port, database, user, password] = fields;
  return fields.length === 5
    ? [password ?? '', host ?? '', port ?? '', database ?? '', user ?? '']
    : [];
}
