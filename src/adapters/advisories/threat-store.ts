import { randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { copyFile, open, rm } from 'node:fs/promises';
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { constants, gunzipSync } from 'node:zlib';
import {
  type EpssScore,
  type KevEntry,
  recogniseThreats,
  type ThreatData,
  type ThreatIndex,
  type ThreatSource,
  type Threats,
} from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { keepFile } from '../../system/files/write-file.ts';
import { storeFailure } from './schema.ts';

/** The file beside an index that has what is known of exploitation. */
export function formatThreatPath(index: string): string {
  return `${index}.threats`;
}

const APPLICATION_ID = 0x77625448;
const SCHEMA_VERSION = 1;
const SCHEMA = `
CREATE TABLE kev (cve TEXT PRIMARY KEY, added TEXT NOT NULL, due TEXT, ransomware INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE epss (cve TEXT PRIMARY KEY, score REAL NOT NULL, percentile REAL NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE source (kind TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

const START_BYTES = 4_096;

/**
 * The threats of a file, packed with gzip or not; null for every other file, which is not read
 * further.
 */
export async function loadThreatFile(path: string): Promise<ThreatData | null> {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return null;
  const start = await readStart(path);
  const isPacked = start[0] === 0x1f && start[1] === 0x8b;
  const opening = isPacked ? unpackStart(start) : start;
  // Feeds are many times as long as any such file.
  const format = recogniseThreats(opening.toString('utf8', 0, START_BYTES));
  if (format === null) return null;
  if (isPacked && statSync(path).size > LIMITS.threatFileBytesMax) return null;
  const bytes = Buffer.from(await readFileBounded(path, LIMITS.threatFileBytesMax));
  const text = isPacked ? unpack(bytes) : bytes.toString('utf8');
  return text === null ? null : orThrow(format.read(text));
}

async function readStart(path: string): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(START_BYTES);
    const { bytesRead } = await file.read(start, 0, START_BYTES, 0);
    return start.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What the first bytes of a gzip file unpack to; nothing where they are not gzip. */
function unpackStart(start: Buffer): Buffer {
  try {
    return gunzipSync(start, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

/** Null: it is damaged, or too large. */
function unpack(bytes: Buffer): string | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: LIMITS.threatFileBytesMax }).toString('utf8');
  } catch {
    return null;
  }
}

/**
 * Replaces what a source says, in a new file that takes the place of the old one. False: what is
 * there is newer, and stays.
 */
export async function putThreats(
  path: string,
  data: ThreatData,
  importedAt: Instant,
): Promise<boolean> {
  const fresh = `${path}.import-${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    const exists = existsSync(path);
    if (exists) await copyFile(path, fresh);
    if (!replaceSource(fresh, exists, data, importedAt)) return false;
    await keepFile(fresh, path);
    return true;
  } catch (thrown) {
    throw storeFailure(thrown, path, 'FILE_UNWRITABLE');
  } finally {
    await rm(fresh, { force: true });
  }
}

function replaceSource(
  path: string,
  exists: boolean,
  data: ThreatData,
  importedAt: Instant,
): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF');
    if (exists) requireHeader(database, path);
    else database.exec(SCHEMA);
    const { kind, entries, version, at } = data;
    const before = readSources(database).find((source) => source.kind === kind);
    // mutant older-threats-replace-newer by threat-store: condition -> false
    if (before !== undefined && (before.at ?? 0) > (at ?? 0)) return false;
    database.exec(`BEGIN; DELETE FROM ${kind}`);
    putEntries(database, data);
    const source: ThreatSource = { kind, version, at, count: entries.length, importedAt };
    database
      .prepare('INSERT OR REPLACE INTO source (kind, value) VALUES (?, ?)')
      .run(kind, JSON.stringify(source));
    database.exec('COMMIT');
    return true;
  } finally {
    database.close();
  }
}

function putEntries(database: DatabaseSync, data: ThreatData): void {
  if (data.kind === 'kev') {
    const put = database.prepare('INSERT OR REPLACE INTO kev VALUES (?, ?, ?, ?)');
    for (const { cve, added, due, ransomware } of data.entries)
      put.run(cve, added, due, Number(ransomware));
    return;
  }
  const put = database.prepare('INSERT OR REPLACE INTO epss VALUES (?, ?, ?)');
  for (const { cve, score, percentile } of data.entries) put.run(cve, score, percentile);
}

function requireHeader(database: DatabaseSync, path: string): void {
  const read = (name: string): number =>
    Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  if (read('application_id') === APPLICATION_ID && read('user_version') === SCHEMA_VERSION) return;
  const remedy = 'Remove it, and import KEV and EPSS again: waybill advisories import.';
  throw new Failure('STORE_CORRUPT', `${path} is not what this Waybill wrote`, remedy);
}

function readSources(database: DatabaseSync): readonly ThreatSource[] {
  const rows = database.prepare('SELECT value FROM source ORDER BY kind').all();
  return rows.map(({ value }) => JSON.parse(String(value)) as ThreatSource);
}

/** Everything that was imported of each source, as it was read. */
export function listThreats(path: string): readonly ThreatData[] {
  if (!existsSync(path)) return [];
  let database: DatabaseSync | null = null;
  try {
    database = openReadOnly(path);
    const open = database;
    return readSources(open).map((source) => readSource(open, source));
  } catch (thrown) {
    throw storeFailure(thrown, path);
  } finally {
    database?.close();
  }
}

function readSource(database: DatabaseSync, { kind, version, at }: ThreatSource): ThreatData {
  const rows = database.prepare(`SELECT * FROM ${kind} ORDER BY cve`).all();
  return kind === 'kev'
    ? { kind, version, at, entries: rows.map(toKevEntry) }
    : { kind, version, at, entries: rows.map(toEpssScore) };
}

function openReadOnly(path: string): DatabaseSync {
  const url = pathToFileURL(path);
  // The file is only replaced as a whole, so no lock is needed.
  url.search = '?immutable=1';
  const database = new DatabaseSync(url, { readOnly: true });
  try {
    requireHeader(database, path);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown;
  }
}

/** An open file of threats. */
export interface OpenThreatIndex extends ThreatIndex {
  close(): void;
}

/** Null where nothing was imported. A file that is there and cannot be read is a failure. */
export function openThreats(path: string): OpenThreatIndex | null {
  if (!existsSync(path)) return null;
  let database: DatabaseSync | null = null;
  try {
    database = openReadOnly(path);
    return createThreatIndex(database, path);
  } catch (thrown) {
    database?.close();
    throw storeFailure(thrown, path);
  }
}

function createThreatIndex(database: DatabaseSync, path: string): OpenThreatIndex {
  const kev = database.prepare('SELECT * FROM kev WHERE cve = ?');
  const epss = database.prepare('SELECT * FROM epss WHERE cve = ?');
  return {
    sources: readSources(database),
    find: (cve) => findThreats(cve.toUpperCase(), { kev, epss, path }),
    close: () => database.close(),
  };
}

interface ThreatQueries {
  readonly kev: StatementSync;
  readonly epss: StatementSync;
  readonly path: string;
}

function findThreats(cve: string, { kev, epss, path }: ThreatQueries): Result<Threats> {
  try {
    const [listed, scored] = [kev.get(cve), epss.get(cve)];
    return ok({
      kev: listed === undefined ? null : toKevEntry(listed),
      epss: scored === undefined ? null : toEpssScore(scored),
    });
  } catch (thrown) {
    return failed(storeFailure(thrown, path));
  }
}

type Row = Readonly<Record<string, SQLOutputValue>>;

function toKevEntry(row: Row): KevEntry {
  return {
    cve: String(row['cve']),
    added: String(row['added']),
    due: row['due'] === null ? null : String(row['due']),
    ransomware: row['ransomware'] === 1,
  };
}

function toEpssScore(row: Row): EpssScore {
  const [score, percentile] = [Number(row['score']), Number(row['percentile'])];
  return { cve: String(row['cve']), score, percentile };
}
