import { statSync } from 'node:fs';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  type Advisory,
  type AdvisoryDataInfo,
  type AdvisoryHead,
  type AdvisoryIndex,
  foldPackageName,
  hasFoldedNames,
} from '../../capabilities/advisories/index.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { type LogPlace, readCovered } from './coverage.ts';
import { parseEntries } from './entry-form.ts';
import {
  APPLICATION_ID,
  corrupt,
  ENTRIES_MAX,
  SCHEMA_VERSION,
  SCHEMA_VERSION_MIN,
  storeFailure,
} from './schema.ts';
import { formatSupportPath, loadSupportTerms } from './support-store.ts';
import { formatThreatPath, openThreats } from './threat-store.ts';

/**
 * An index on disk. It keeps reading the file that it opened, even after an import has replaced
 * that file.
 */
export interface OpenAdvisoryIndex extends AdvisoryIndex {
  /** Up to which document of the log the index holds everything; null if it does not say. */
  covered(): LogPlace | null;
  /** Whether the file at the path is still the file that is open. */
  isCurrent(): boolean;
  /**
   * Reads the whole file and compares every index with its table. A lookup alone cannot notice a
   * missing row.
   */
  verify(): Result<null>;
  close(): void;
}

/**
 * Opens an index for reading. It loads nothing, locks nothing and writes nothing, so any number of
 * processes may open it.
 *
 * @example const index = orThrow(openAdvisoryIndex('advisories.db'));
 */
export function openAdvisoryIndex(path: string): Result<OpenAdvisoryIndex> {
  let database: DatabaseSync | null = null;
  try {
    const file = statSync(path);
    if (!file.isFile())
      throw new Failure('FILE_UNREADABLE', `${path} is not a file`, 'Name the index file.');
    const url = pathToFileURL(path);
    // The file is only replaced as a whole, so no lock is needed.
    url.search = '?immutable=1';
    database = new DatabaseSync(url, { readOnly: true });
    const version = checkHeader(database, path, file.size);
    const identity = { inode: file.ino, changedMs: file.mtimeMs };
    const besides = [formatThreatPath(path), formatSupportPath(path)];
    const identities = besides.map(readIdentity);
    const threats = openThreats(formatThreatPath(path));
    const support = loadSupportTerms(formatSupportPath(path));
    const index = createIndex(database, path, version, identity);
    return ok({
      ...index,
      ...{ threats, support },
      isCurrent: () =>
        index.isCurrent() &&
        besides.every((file, at) => isSameFile(identities[at] ?? null, readIdentity(file))),
      close: () => {
        threats?.close();
        index.close();
      },
    });
  } catch (thrown) {
    database?.close();
    return failed(storeFailure(thrown, path));
  }
}

/** The version of its schema. */
function checkHeader(database: DatabaseSync, path: string, size: number): number {
  const readPragma = (name: string): number =>
    Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  if (readPragma('application_id') !== APPLICATION_ID) throw corrupt(path);
  const version = readPragma('user_version');
  if (version > SCHEMA_VERSION) {
    throw new Failure(
      'STORE_TOO_NEW',
      `${path} has schema ${version}, but this Waybill reads ${SCHEMA_VERSION}`,
      `Update Waybill, or ${AGAIN}`,
    );
  }
  if (version < SCHEMA_VERSION_MIN) {
    const message = `${path} has schema ${version}, which this Waybill no longer reads`;
    throw new Failure('STORE_TOO_OLD', message, `Make it again from feeds: ${AGAIN}`);
  }
  // mutant index-of-another-length: remove
  if (readPragma('page_count') * readPragma('page_size') !== size) throw corrupt(path);
  return version;
}

const AGAIN = 'remove it and run: waybill advisories import FEED';

/** Null: there is no such file. */
function readIdentity(path: string): Identity | null {
  const file = statSync(path, { throwIfNoEntry: false });
  return file === undefined ? null : { inode: file.ino, changedMs: file.mtimeMs };
}

function isSameFile(one: Identity | null, other: Identity | null): boolean {
  return one?.inode === other?.inode && one?.changedMs === other?.changedMs;
}

interface Identity {
  readonly inode: number;
  readonly changedMs: number;
}

/** The entries `f` of the advisory `a`: by their numbers; in schema 2, by an index. */
const OWNED = `f.number BETWEEN a.number * ${ENTRIES_MAX} AND
       a.number * ${ENTRIES_MAX} + ${ENTRIES_MAX - 1}`;
const OWNED_BY_INDEX = 'f.advisory = a.number';

/** The rows `a` of an id or alias. */
const NAMED = `a.number IN (SELECT advisory FROM alias WHERE id = ?1
       UNION SELECT number FROM advisory WHERE id = ?1)`;

function createIndex(
  database: DatabaseSync,
  path: string,
  version: number,
  identity: Identity,
): OpenAdvisoryIndex {
  const info = readInfo(database, path);
  // A limit that is bound would make SQLite prepare the statement anew each time.
  const find = database.prepare(
    `SELECT f.number, a.id, a.modified, a.withdrawn, a.head, f.ecosystem, f.name, f.body
     FROM affected f JOIN advisory a ON a.number = f.advisory
     WHERE f.ecosystem = ? AND f.name = ? AND f.number > ? ORDER BY f.number LIMIT ${PIECE}`,
  );
  const absent = new Set<string>();
  const readPackage = (
    ecosystem: string,
    name: string,
    recordsMax?: number,
  ): readonly Advisory[] | Promise<readonly Advisory[]> => {
    const key = `${ecosystem}\n${name}`;
    if (absent.has(key)) return [];
    return readInPieces((after) => {
      const rows = find.all(ecosystem, name, after);
      // mutant every-package-absent by open-index: condition -> true
      if (rows.length === 0 && after === START) remember(absent, key);
      return rows;
    }, recordsMax);
  };
  const spellings = new Spellings(database);
  const readSpellings = async (ecosystem: string, name: string, recordsMax?: number) => {
    const rows: Advisory[] = [];
    for (const one of spellings.list(ecosystem, name))
      rows.push(...(await readPackage(ecosystem, one)));
    // What one record says of each spelling belongs together.
    return sortById(uniteRows(rows)).slice(0, recordsMax);
  };
  const heads = database.prepare(
    `SELECT DISTINCT a.id, a.modified, a.withdrawn, a.head
     FROM advisory a WHERE ${NAMED} ORDER BY a.id, a.ecosystem`,
  );
  const byId = database.prepare(
    `SELECT a.id, a.modified, a.withdrawn, a.head, f.ecosystem, f.name, f.body
     FROM advisory a LEFT JOIN affected f ON ${version < SCHEMA_VERSION ? OWNED_BY_INDEX : OWNED}
     WHERE ${NAMED} ORDER BY a.id, a.ecosystem, f.number`,
  );
  return {
    find: (ecosystem, name, recordsMax) =>
      tryRead(path, () =>
        hasFoldedNames(ecosystem)
          ? readSpellings(ecosystem, name, recordsMax)
          : readPackage(ecosystem, name, recordsMax),
      ),
    // What is spelled in many ways is listed by none of them.
    isAbsent: (ecosystem, name) =>
      !hasFoldedNames(ecosystem) && absent.has(`${ecosystem}\n${name}`),
    breathe: takeBreaths(),
    findHeads: (id) => tryRead(path, () => selectAll(heads, id).map(toHead)),
    findById: (id) => tryRead(path, () => uniteRows(selectAll(byId, id).map(toAdvisory))),
    info: () => info,
    covered: () => readCovered(database),
    isCurrent: () => isUnchanged(path, identity),
    verify: () => verify(database, path),
    close: () => database.close(),
  };
}

/**
 * An index of before names were folded has them as the feed wrote them: all that mean one package
 * are asked for.
 */
class Spellings {
  readonly #names: StatementSync;
  readonly #known = new Map<string, ReadonlyMap<string, readonly string[]>>();

  constructor(database: DatabaseSync) {
    this.#names = database.prepare('SELECT DISTINCT name FROM affected WHERE ecosystem = ?');
  }

  list(ecosystem: string, name: string): readonly string[] {
    const known = this.#known.get(ecosystem) ?? this.#read(ecosystem);
    return known.get(foldPackageName(ecosystem, name)) ?? [];
  }

  #read(ecosystem: string): ReadonlyMap<string, readonly string[]> {
    const all = selectAll(this.#names, ecosystem).map((row) => String(row['name']));
    const read = Map.groupBy(all, (one) => foldPackageName(ecosystem, one));
    this.#known.set(ecosystem, read);
    return read;
  }
}

/** Rows that are read in one go: it takes some milliseconds. */
const PIECE = 256;
/** Before the number of every row. */
const START = -1;

/** Packages that no advisory names: most of an image, and the same ones of the next image. */
const ABSENT_MAX = 20_000;

function remember(absent: Set<string>, key: string): void {
  if (absent.size >= ABSENT_MAX) absent.clear();
  absent.add(key);
}

/**
 * Other work of the process goes on between the pieces; one piece is given at once. In the order of
 * ids.
 */
function readInPieces(
  select: (after: number) => readonly Row[],
  recordsMax = Number.POSITIVE_INFINITY,
): readonly Advisory[] | Promise<readonly Advisory[]> {
  const first = select(START);
  return first.length < PIECE
    ? sortById(first.slice(0, recordsMax).map(toAdvisory))
    : readFurther(select, first, recordsMax);
}

async function readFurther(
  select: (after: number) => readonly Row[],
  first: readonly Row[],
  recordsMax: number,
): Promise<readonly Advisory[]> {
  const found: Advisory[] = [];
  for (let rows = first; ; ) {
    for (const row of rows.slice(0, recordsMax - found.length)) found.push(toAdvisory(row));
    if (rows.length < PIECE || found.length >= recordsMax) break;
    // mutant records-of-a-package-in-one-go by open-index: remove
    await setImmediate();
    rows = select(Number(rows.at(-1)?.['number']));
  }
  return sortById(found);
}

function sortById(records: readonly Advisory[]): readonly Advisory[] {
  return records.toSorted((one, other) => (one.id < other.id ? -1 : Number(one.id > other.id)));
}

const BREATH_MS = 10;

/** Lets other work of the process go on, where some time was spent since it last did. */
function takeBreaths(): () => Promise<void> {
  let breathedAt = performance.now();
  return async () => {
    if (performance.now() - breathedAt < BREATH_MS) return;
    // mutant package-matched-without-a-breath by open-index: remove
    await setImmediate();
    breathedAt = performance.now();
  };
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function selectAll(statement: StatementSync, ...values: readonly string[]): readonly Row[] {
  return statement.all(...values);
}

/** A lookup that fails never counts as an empty answer. */
async function tryRead<T>(path: string, read: () => T | Promise<T>): Promise<Result<T>> {
  try {
    const value = read();
    return ok(value instanceof Promise ? await value : value);
  } catch (thrown) {
    // mutant failed-lookup-is-not-none: value -> ok([])
    return failed(storeFailure(thrown, path));
  }
}

function toHead(row: Row): AdvisoryHead {
  const head = JSON.parse(String(row['head'])) as Omit<
    AdvisoryHead,
    'id' | 'modified' | 'withdrawn'
  >;
  return {
    id: String(row['id']),
    modified: readInstant(row['modified']),
    withdrawn: readInstant(row['withdrawn']),
    ...head,
  };
}

function toAdvisory(row: Row): Advisory {
  const { body, ecosystem, name: filed } = row;
  const written =
    typeof body === 'string' ? parseEntries(body, String(ecosystem), String(filed)) : [];
  const affected = written.map((entry) => {
    const name = foldPackageName(entry.ecosystem, entry.name);
    return name === entry.name ? entry : { ...entry, name };
  });
  return { ...toHead(row), affected };
}

/** The packages of one record are in several rows. */
function uniteRows(rows: readonly Advisory[]): readonly Advisory[] {
  const byId = new Map<string, Advisory>();
  for (const row of rows) {
    const known = byId.get(row.id);
    byId.set(
      row.id,
      known === undefined ? row : { ...known, affected: [...known.affected, ...row.affected] },
    );
  }
  return [...byId.values()];
}

function readInstant(value: SQLOutputValue | undefined): AdvisoryHead['modified'] {
  return value === null || value === undefined ? null : toInstant(Number(value));
}

export function readInfo(database: DatabaseSync, path: string): AdvisoryDataInfo {
  const row = database.prepare("SELECT value FROM meta WHERE key = 'info'").get();
  if (typeof row?.['value'] !== 'string') throw corrupt(path);
  // An earlier Waybill did not record which feed covers what: nothing is known to be covered.
  const { ecosystems: _, ...info } = JSON.parse(row['value']) as AdvisoryDataInfo & {
    readonly ecosystems?: readonly string[];
  };
  const coverage = (info.coverage ?? []).map((feed) => ({
    ...feed,
    databases: feed.databases ?? [],
  }));
  return { ...info, coverage };
}

function isUnchanged(path: string, identity: Identity): boolean {
  const now = statSync(path, { throwIfNoEntry: false });
  return now !== undefined && now.ino === identity.inode && now.mtimeMs === identity.changedMs;
}

function verify(database: DatabaseSync, path: string): Result<null> {
  try {
    const [first] = database.prepare('PRAGMA integrity_check(1)').all();
    const sound = Object.values(first ?? {})[0] === 'ok';
    return sound ? ok(null) : failed(corrupt(path));
  } catch (thrown) {
    return failed(toFailure(storeFailure(thrown, path)));
  }
}
