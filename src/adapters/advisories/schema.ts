import { Failure } from '../../core/failure.ts';
import { classifyErrno, readErrno } from '../../system/files/errno.ts';
import { readResultCode } from '../../system/sqlite/sqlite-errors.ts';

/** `WBAD`: PRAGMA application_id of an advisory index. */
export const APPLICATION_ID = 0x57_42_41_44;
/**
 * 2: names are kept in the form in which they are looked up. 3: entries in their short form
 * (entry-form.ts), numbered by their advisory; an id is no alias of its own.
 */
export const SCHEMA_VERSION = 3;
/** The oldest that is read; an import makes the newest of it. */
export const SCHEMA_VERSION_MIN = 2;

/** The entries of the advisory n have the numbers from n times this on. */
export const ENTRIES_MAX = 4_194_304;

export const PACKAGE_INDEX = 'CREATE INDEX affected_by_package ON affected (ecosystem, name)';

/**
 * `advisory` has one row for each record and ecosystem, because AlmaLinux publishes one id once for
 * each release. `affected` holds the entries of one package, so a lookup reads only what it needs;
 * those of one advisory are found by their numbers. `run` describes what one import wrote.
 */
export const SCHEMA = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE source (
  name TEXT PRIMARY KEY, digest TEXT NOT NULL, records INTEGER NOT NULL, rejected INTEGER NOT NULL,
  imported_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE advisory (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL, ecosystem TEXT NOT NULL, modified INTEGER,
  withdrawn INTEGER,
  run INTEGER NOT NULL, head TEXT NOT NULL, UNIQUE (id, ecosystem)
) STRICT;
CREATE TABLE affected (
  number INTEGER PRIMARY KEY, ecosystem TEXT NOT NULL, name TEXT NOT NULL,
  advisory INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;
${PACKAGE_INDEX};
CREATE TABLE alias (id TEXT NOT NULL, advisory INTEGER NOT NULL, PRIMARY KEY (id, advisory))
  STRICT, WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** The ecosystem under which the severities without packages are kept. */
export const SEVERITY_ONLY = '#severity';

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
const SQLITE_CANTOPEN = 14;

type FileUse = 'FILE_UNREADABLE' | 'FILE_UNWRITABLE';

/** Turns an error of SQLite or the file system into a Failure. */
export function storeFailure(
  thrown: unknown,
  path: string,
  use: FileUse = 'FILE_UNREADABLE',
): Failure {
  if (thrown instanceof Failure) return thrown;
  const primary = readResultCode(thrown);
  const errno = readErrno(thrown);
  const cause = { cause: thrown };
  if (primary === SQLITE_FULL || classifyErrno(thrown) === 'full') {
    return new Failure(
      'DISK_FULL',
      `no disk space is left for ${path}`,
      'Free some space, then import again.',
      cause,
    );
  }
  if (primary === SQLITE_BUSY) {
    return new Failure(
      'STORE_LOCKED',
      `another import is using ${path}`,
      'Wait for it to end, then import again.',
      cause,
    );
  }
  if (primary === SQLITE_CANTOPEN || primary === SQLITE_IOERR || /^E[A-Z]+$/.test(errno)) {
    return fileFailure(thrown, path, use);
  }
  if (primary !== null || thrown instanceof SyntaxError) return corrupt(path, thrown);
  return new Failure(
    'INTERNAL',
    String(thrown),
    'Report this with the command that shows it.',
    cause,
  );
}

function fileFailure(thrown: unknown, path: string, use: FileUse): Failure {
  const cause = { cause: thrown };
  if (readErrno(thrown) === 'ENOENT')
    return new Failure('FILE_NOT_FOUND', `${path} does not exist`, 'Check the path.', cause);
  const verb = use === 'FILE_UNWRITABLE' ? 'written' : 'read';
  return new Failure(
    use,
    `${path} cannot be ${verb} (${readErrno(thrown)})`,
    'Check its permissions, or choose another path.',
    cause,
  );
}

export function corrupt(path: string, cause?: unknown): Failure {
  const options = cause === undefined ? {} : { cause };
  const remedy = 'Remove it and run: waybill advisories import';
  return new Failure('STORE_CORRUPT', `the advisory index ${path} is damaged`, remedy, options);
}
