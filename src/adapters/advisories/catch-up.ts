import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import {
  type AdvisoryDataInfo,
  type AdvisoryDocument,
  type AdvisoryDocuments,
  type AdvisoryRecord,
  type FeedImport,
  isSampleHeader,
  readAdvisoryRecord,
  uniteCoverage,
} from '../../capabilities/advisories/index.ts';
import { sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { keepFile } from '../../system/files/write-file.ts';
import { isSamePlace, type LogPlace, listUncovered, writeCovered } from './coverage.ts';
import { openAdvisoryIndex } from './open-index.ts';
import { hasPending, removeLeftovers, takeLock } from './pending-import.ts';
import { storeFailure } from './schema.ts';
import { IndexWriter } from './write-index.ts';

export interface CatchUpOptions {
  /** The index, made where it is not yet. */
  readonly path: string;
  readonly documents: AdvisoryDocuments;
  readonly now: Instant;
}

/** Whether the log holds advisories that the index lacks. One small read of each of the two. */
export function isIndexBehind(
  path: string,
  documents: Pick<AdvisoryDocuments, 'findNewest'>,
): Promise<Result<boolean>> {
  return attempt(async () => {
    const newest = orThrow(await documents.findNewest());
    if (newest === null) return false;
    const covered = readStanding(path).covered;
    return covered === null || !isSamePlace(covered, newest);
  });
}

/**
 * Projects the documents that an index lacks into it: those that came by another way than an
 * import, and all where the index was lost. As an import does it: in a private copy that replaces
 * the index, under the same lock. While a living import has the lock, the index stays as it is;
 * that import catches up when it ends.
 */
export async function catchUpIndex(options: CatchUpOptions): Promise<Result<null>> {
  const path = resolve(options.path);
  try {
    // A document that arrives while this is at work is seen when the lock was released.
    while (orThrow(await isIndexBehind(path, options.documents))) {
      makeFolders(dirname(path));
      const lock = tryLock(path);
      if (lock === null) return ok(null);
      try {
        // What was published comes first: its index would replace the one that is made here.
        // mutant catch-up-before-pending: remove
        if (hasPending(path)) return ok(null);
        await removeLeftovers(path);
        await projectUncovered({ ...options, path });
      } finally {
        lock.close();
      }
    }
    return ok(null);
  } catch (thrown) {
    return failed(storeFailure(thrown, path, 'FILE_UNWRITABLE'));
  }
}

function tryLock(path: string): DatabaseSync | null {
  try {
    return takeLock(path, 0);
  } catch (thrown) {
    const failure = storeFailure(thrown, path, 'FILE_UNWRITABLE');
    if (failure.code === 'STORE_LOCKED') return null;
    throw failure;
  }
}

interface Standing {
  readonly info: AdvisoryDataInfo | null;
  readonly covered: LogPlace | null;
}

function readStanding(path: string): Standing {
  if (!existsSync(path)) return { info: null, covered: null };
  const index = orThrow(openAdvisoryIndex(path));
  try {
    return { info: index.info(), covered: index.covered() };
  } finally {
    index.close();
  }
}

async function projectUncovered({ path, documents, now }: CatchUpOptions): Promise<void> {
  const { info, covered } = readStanding(path);
  // An index that does not say what it covers is given the whole log. Older records change nothing.
  const missing = await listUncovered(covered, documents);
  const last = missing.at(-1);
  if (last === undefined) return;
  const feeds = orThrow(await documents.listFeedsSince(missing[0]?.position ?? 0));
  const fresh = `${path}.import-${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    if (info !== null) await copyFile(path, fresh, constants.COPYFILE_FICLONE);
    const writer = IndexWriter.open(fresh, info !== null, now);
    try {
      const { changed, unreadable } = await putDocuments(writer, missing, documents);
      const unknown = feeds.length === 0 ? unreadable : 0;
      const before = info ?? { ...NOTHING_IMPORTED, rejected: unknown };
      writer.finish([], changed, ({ version, count, newest }) => ({
        ...addFeeds(before, feeds, newest),
        version: changed ? formatVersion(info, missing) : version,
        count,
      }));
    } finally {
      writer.abandon();
    }
    writeCovered(fresh, last);
    await keepFile(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}

type ImportInfo = Omit<AdvisoryDataInfo, 'version' | 'count'>;

/** What the imports said of their feeds, as the log has it: it counts as in an import. */
function addFeeds(
  before: ImportInfo,
  feeds: readonly FeedImport[],
  newest: AdvisoryDataInfo['newest'],
): ImportInfo {
  const last = feeds.at(-1);
  if (last === undefined) return before;
  const rejected = new Map(
    feeds.flatMap(({ files }) => files).map((file) => [file.feed, file.rejected]),
  );
  return {
    source: 'imported',
    newest,
    importedAt: last.importedAt,
    coverage: feeds.reduce(
      (covered, { coverage }) => uniteCoverage(covered, coverage),
      before.coverage,
    ),
    rejected: [...rejected.values()].reduce((sum, count) => sum + count, before.rejected),
  };
}

/**
 * What feeds covered, and when, is known from what imports recorded of it: a document in the log
 * may be one advisory that somebody posted.
 */
const NOTHING_IMPORTED: ImportInfo = {
  source: 'imported',
  newest: null,
  importedAt: null,
  coverage: [],
  rejected: 0,
};

function formatVersion(
  info: AdvisoryDataInfo | null,
  documents: readonly AdvisoryDocument[],
): string {
  return sha256([info?.version ?? '', ...documents.map(({ digest }) => digest)].join('\n'));
}

const BREATH_RECORDS = 256;

async function putDocuments(
  writer: IndexWriter,
  missing: readonly AdvisoryDocument[],
  documents: AdvisoryDocuments,
): Promise<{ readonly changed: boolean; readonly unreadable: number }> {
  let [changed, unreadable, seen] = [false, 0, 0];
  let runAt: Instant | null = null;
  for (const { digest, recordedAt } of missing) {
    // What one import recorded counts together; of two imports, the later one counts.
    // mutant one-run-for-all-imports: condition -> runAt === null
    if (recordedAt !== runAt) writer.beginRun(recordedAt);
    runAt = recordedAt;
    for (const line of splitLines(orThrow(await documents.read(digest)))) {
      const record = readLine(line);
      if (record === null) unreadable++;
      else if (['added', 'updated'].includes(writer.put(record))) changed = true;
      if (++seen % BREATH_RECORDS === 0) await breathe();
    }
  }
  return { changed, unreadable };
}

/** The lines as the graph reads them: one record on each, and blank lines mean nothing. */
function* splitLines(body: Uint8Array): Generator<string> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const line = bytes.toString('utf8', at, end === -1 ? bytes.length : end).trim();
    if (line !== '') yield line;
    at = end === -1 ? bytes.length : end + 1;
  }
}

/** Null for what is no record: the graph reports it. */
function readLine(line: string): AdvisoryRecord | null {
  const json = parseJson(line, { bytesMax: LIMITS.advisoryBytesMax });
  if (!json.ok || isSampleHeader(json.value)) return null;
  const record = readAdvisoryRecord(json.value);
  return record.ok ? record.value : null;
}
