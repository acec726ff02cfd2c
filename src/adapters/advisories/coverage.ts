import { DatabaseSync } from 'node:sqlite';
import type { AdvisoryDocument, AdvisoryLog } from '../../capabilities/advisories/index.ts';
import type { Digest } from '../../core/digest.ts';
import { orThrow } from '../../core/result.ts';

/** A document of the log. The digest shows whether a log is still the one that was covered. */
export interface LogPlace {
  readonly position: number;
  readonly digest: Digest;
}

/**
 * The last document that an index covers: it holds what the log says up to there. Null where it
 * says nothing: an index that an earlier Waybill made, or that stands alone.
 */
export function readCovered(database: DatabaseSync): LogPlace | null {
  const row = database.prepare("SELECT value FROM meta WHERE key = 'covered'").get();
  const value = row?.['value'];
  return typeof value === 'string' ? (JSON.parse(value) as LogPlace) : null;
}

/** With a journal, so that a file that was flushed before stays whole at any moment. */
export function writeCovered(path: string, { position, digest }: LogPlace): void {
  const database = new DatabaseSync(path);
  try {
    database
      .prepare("INSERT OR REPLACE INTO meta (key, value) VALUES ('covered', ?)")
      .run(JSON.stringify({ position, digest }));
  } finally {
    database.close();
  }
}

/**
 * Moves what an index covers over the documents of its own import. Where somebody else appended
 * meanwhile, it stops: from there on, the documents are projected in their order (catch-up.ts).
 */
export async function extendCovered(
  path: string,
  log: AdvisoryLog,
  own: ReadonlySet<number>,
): Promise<void> {
  const database = new DatabaseSync(path);
  const before = readCovered(database);
  database.close();
  const documents = await listUncovered(before, log);
  // mutant import-covers-a-stranger by catch-up: value -> -1
  const end = documents.findIndex(({ position }) => !own.has(position));
  const last = (end === -1 ? documents : documents.slice(0, end)).at(-1);
  if (last !== undefined) writeCovered(path, last);
}

/** Whether the log has the last document that the index at `path` covers. */
export async function isCovered(path: string, log: AdvisoryLog): Promise<boolean> {
  const database = new DatabaseSync(path);
  const covered = readCovered(database);
  database.close();
  if (covered === null) return false;
  const [first] = orThrow(await log.listSince(covered.position));
  return first !== undefined && isSamePlace(first, covered);
}

/** The documents that an index does not cover: all of them if the log is not the covered one. */
export async function listUncovered(
  covered: LogPlace | null,
  log: Pick<AdvisoryLog, 'listSince'>,
): Promise<readonly AdvisoryDocument[]> {
  if (covered !== null) {
    const [first, ...others] = orThrow(await log.listSince(covered.position));
    // mutant covers-another-log by catch-up: condition -> true
    if (first !== undefined && isSamePlace(first, covered)) return others;
  }
  return orThrow(await log.listSince(0));
}

export function isSamePlace(one: LogPlace, other: LogPlace): boolean {
  return one.position === other.position && one.digest === other.digest;
}
