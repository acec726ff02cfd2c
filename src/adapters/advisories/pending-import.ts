import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { AdvisoryLog } from '../../capabilities/advisories/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { keepFile, renameInto } from '../../system/files/write-file.ts';
import { openSqliteFile } from '../../system/sqlite/open-sqlite.ts';
import { readBatches, readImported, readPosition } from './batches.ts';
import { extendCovered, isCovered } from './coverage.ts';
import { storeFailure } from './schema.ts';

/**
 * An import that was read whole and is on its way into log and index. The index that it makes and
 * the batches that the log is to have lie beside the index; the name of the batches is given last,
 * and from then on the import is completed, by itself or at the next start.
 */
interface PendingFiles {
  readonly index: string;
  readonly batches: string;
}

function namePending(path: string): PendingFiles {
  return { index: `${path}.pending`, batches: `${path}.pending-log` };
}

/** Where an import writes its batches before they are published. */
export function nameBatches(fresh: string): string {
  return `${fresh}-log`;
}

/** Whether an import was published and is not yet in the log and in the index. */
export function hasPending(path: string): boolean {
  return existsSync(namePending(path).batches);
}

/** A lock that the kernel releases when its holder dies. */
export function takeLock(path: string, waitMs: number = LIMITS.lockWaitMs): DatabaseSync {
  return openSqliteFile(`${path}.lock`, { lockWaitMs: waitMs }, (lock) => {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  });
}

/** So that two updates do not download into one file; as `takeLock`, and it makes the folder. */
export function takeUpdateLock(folder: string): { close(): void } {
  const path = join(folder, 'update');
  try {
    makeFolders(folder, 0o700);
    return takeLock(path, 0);
  } catch (thrown) {
    const failure = storeFailure(thrown, path, 'FILE_UNWRITABLE');
    if (failure.code !== 'STORE_LOCKED') throw failure;
    const remedy = 'Wait for it to end: it brings the same data.';
    throw new Failure('STORE_LOCKED', 'another update is at work', remedy, { cause: thrown });
  }
}

/** What killed imports left before they were published; the caller holds the lock. */
export async function removeLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}.import-`;
  // mutant killed-import-leaves-nothing: remove
  for (const name of await readdir(dirname(path)))
    if (name.startsWith(prefix)) await rm(join(dirname(path), name), { force: true });
  const pending = namePending(path);
  // mutant published-import-is-kept: condition -> true
  if (!existsSync(pending.batches)) await rm(pending.index, { force: true });
}

/** The bytes reach the disk before the names, the name of the batches last. */
export async function publishPending(fresh: string, path: string): Promise<void> {
  const pending = namePending(path);
  await keepFile(fresh, pending.index);
  await renameInto(nameBatches(fresh), pending.batches);
}

/** Gives an import that was published other batches, at once. */
export async function replaceBatches(fresh: string, path: string): Promise<void> {
  await renameInto(nameBatches(fresh), namePending(path).batches);
}

export interface CompletionOptions {
  readonly signal?: AbortSignal;
  readonly onRecorded?: (records: number) => void;
}

/**
 * Appends the batches that the log does not hold yet, then puts the index in its place. Without
 * batches, the log was drafted (recorder.ts): if it was not published, nothing of the import is
 * kept. The caller holds the lock.
 */
export async function completePending(
  path: string,
  log: AdvisoryLog,
  { signal, onRecorded }: CompletionOptions = {},
): Promise<void> {
  const pending = namePending(path);
  if (!existsSync(pending.batches)) return;
  const listed = orThrow(await log.listSince(readPosition(pending.batches)));
  const recorded = new Map(listed.map(({ digest, position }) => [digest, position]));
  const own = new Set<number>();
  let records = 0;
  for (const batches of groupBatches(readBatches(pending.batches))) {
    if (signal?.aborted === true) throw interrupted();
    // mutant import-recorded-twice: remove call
    const missing = batches.filter((batch) => {
      const position = recorded.size === 0 ? undefined : recorded.get(sha256(batch));
      if (position !== undefined) own.add(position);
      return position === undefined;
    });
    if (missing.length > 0) {
      // mutant index-without-its-log: call -> ($argument, [])
      const positions = orThrow(await log.append(missing));
      for (const position of positions) own.add(position);
    }
    records += batches.reduce((sum, batch) => sum + countLines(batch), 0);
    onRecorded?.(records);
  }
  const imported = readImported(pending.batches);
  // mutant import-without-its-feeds: condition -> false
  if (imported !== null) orThrow(await log.recordFeeds(imported));
  // mutant import-killed-after-its-name: condition -> true
  if (existsSync(pending.index)) {
    if (own.size > 0) await extendCovered(pending.index, log, own);
    // mutant draft-never-published by recorder: condition -> true
    if (own.size > 0 || (await isCovered(pending.index, log))) await keepFile(pending.index, path);
    else await rm(pending.index);
  }
  await rm(pending.batches, { force: true });
}

/** What one transaction takes: large enough to be cheap, short enough for who waits behind it. */
const GROUP_BYTES = 4 * 1024 * 1024;
const GROUP_BATCHES = 8;

function* groupBatches(batches: Iterable<Buffer>): Generator<readonly Buffer[]> {
  let group: Buffer[] = [];
  let bytes = 0;
  for (const batch of batches) {
    group.push(batch);
    bytes += batch.length;
    if (group.length < GROUP_BATCHES && bytes < GROUP_BYTES) continue;
    yield group;
    [group, bytes] = [[], 0];
  }
  if (group.length > 0) yield group;
}

function countLines(batch: Buffer): number {
  let lines = 0;
  for (let at = batch.indexOf(10); at !== -1; at = batch.indexOf(10, at + 1)) lines++;
  return lines;
}

/**
 * Completes an import that was interrupted behind its publication, unless the process that began it
 * is still at work. Cheap where there is none: one look for a file.
 */
export async function completeImport(
  path: string,
  openLog: () => AdvisoryLog,
): Promise<Result<null>> {
  if (!existsSync(namePending(path).batches)) return ok(null);
  let lock: DatabaseSync | null = null;
  let log: AdvisoryLog | null = null;
  try {
    // mutant import-still-running: remove
    lock = takeLock(path, 0);
    log = openLog();
    await completePending(path, log);
    return ok(null);
  } catch (thrown) {
    const failure = storeFailure(thrown, path, 'FILE_UNWRITABLE');
    // mutant failed-completion-is-reported: condition -> true
    return lock === null && failure.code === 'STORE_LOCKED' ? ok(null) : failed(failure);
  } finally {
    await log?.close();
    lock?.close();
  }
}

function interrupted(): Failure {
  return new Failure(
    'INTERRUPTED',
    'the import was stopped while it was recorded',
    'The next command that uses the advisories completes it.',
  );
}
