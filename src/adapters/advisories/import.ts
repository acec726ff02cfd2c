import { createHash, randomBytes } from 'node:crypto';
import { constants, createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import {
  type AdvisoryDataInfo,
  isSampleHeader,
  readAdvisoryRecord,
} from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import { keepFile } from '../../system/files/write-file.ts';
import { openAdvisoryIndex } from './open-index.ts';
import { readFeed } from './read-feed.ts';
import { storeFailure } from './schema.ts';
import { IndexWriter, type SourceSummary, type WriteOutcome } from './write-index.ts';

export interface ImportOptions {
  /** The index, made where it is not yet. */
  readonly path: string;
  /** Files of advisories. */
  readonly sources: readonly string[];
  readonly now: Instant;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly source: string;
  readonly records: number;
}

export interface RejectedRecord {
  readonly source: string;
  readonly where: string;
  readonly cause: Failure;
}

/**
 * `partial` when a record could not be read: all others are in the index, and it remembers how many
 * are not.
 */
export interface ImportReport {
  readonly outcome: 'complete' | 'partial';
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Records that the index already held in a newer form. */
  readonly older: number;
  readonly rejected: number;
  /** The first of them. */
  readonly rejections: readonly RejectedRecord[];
  readonly data: AdvisoryDataInfo;
}

const REJECTIONS_SHOWN = 20;
const BREATH_RECORDS = 256;

/**
 * Reads feeds into an index. It is written beside the old one and put in its place whole: whatever
 * fails, and whenever the process ends, readers see all of the old or all of the new.
 *
 * @example await importAdvisories({ path: 'advisories.db', sources: ['npm.zip'], now })
 */
export async function importAdvisories(options: ImportOptions): Promise<Result<ImportReport>> {
  if (options.sources.length === 0)
    return fail('USAGE', 'no feed was named', 'Name the files to import.');
  const path = resolve(options.path);
  let lock: DatabaseSync | null = null;
  try {
    await mkdir(dirname(path), { recursive: true });
    lock = takeLock(path);
    await removeLeftovers(path);
    return ok(await importLocked(path, options));
  } catch (thrown) {
    return failed(storeFailure(thrown, path, 'FILE_UNWRITABLE'));
  } finally {
    lock?.close();
  }
}

/** A lock that the kernel lets go of when its holder dies. */
function takeLock(path: string): DatabaseSync {
  const lock = new DatabaseSync(`${path}.lock`, { timeout: LIMITS.lockWaitMs });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (thrown) {
    lock.close();
    throw thrown;
  }
}

/** What killed imports left; nobody else writes while we hold the lock. */
async function removeLeftovers(path: string): Promise<void> {
  const prefix = `${basename(path)}.import-`;
  for (const name of await readdir(dirname(path))) {
    if (name.startsWith(prefix)) await rm(join(dirname(path), name), { force: true });
  }
}

async function importLocked(path: string, options: ImportOptions): Promise<ImportReport> {
  const exists = existsSync(path);
  if (exists) checkReadable(path);
  const fresh = `${path}.import-${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    if (exists) await copyFile(path, fresh, constants.COPYFILE_FICLONE);
    const report = await writeIndex(fresh, exists, options);
    await keepFile(fresh, path);
    return report;
  } finally {
    await rm(fresh, { force: true });
  }
}

function checkReadable(path: string): void {
  const before = openAdvisoryIndex(path);
  if (!before.ok) throw before.failure;
  before.value.close();
}

async function writeIndex(
  fresh: string,
  exists: boolean,
  options: ImportOptions,
): Promise<ImportReport> {
  const writer = IndexWriter.open(fresh, exists, options.now);
  try {
    const tally = new Tally();
    const sources: SourceSummary[] = [];
    for (const source of options.sources)
      sources.push(await readSource(source, writer, tally, options));
    const changed = tally.counts.added + tally.counts.updated > 0;
    const data = writer.finish(sources, changed);
    return {
      outcome: tally.rejected === 0 ? 'complete' : 'partial',
      ...tally.counts,
      rejected: tally.rejected,
      rejections: tally.rejections,
      data,
    };
  } finally {
    writer.abandon();
  }
}

class Tally {
  readonly counts: Record<WriteOutcome, number> = { added: 0, updated: 0, unchanged: 0, older: 0 };
  readonly rejections: RejectedRecord[] = [];
  rejected = 0;

  reject(rejection: RejectedRecord): void {
    this.rejected++;
    if (this.rejections.length < REJECTIONS_SHOWN) this.rejections.push(rejection);
  }
}

async function readSource(
  source: string,
  writer: IndexWriter,
  tally: Tally,
  options: ImportOptions,
): Promise<SourceSummary> {
  const { signal, onProgress } = options;
  const rejectedBefore = tally.rejected;
  let records = 0;
  let seen = 0;
  for await (const { where, json } of readFeed(source)) {
    if (json.ok && isSampleHeader(json.value)) throw sampleRefused(source);
    const record = json.ok ? readAdvisoryRecord(json.value) : json;
    if (record.ok) tally.counts[writer.put(record.value)]++;
    else tally.reject({ source, where, cause: record.failure });
    records += record.ok ? 1 : 0;
    if (++seen % BREATH_RECORDS !== 0) continue;
    await breathe();
    if (signal?.aborted === true) throw interrupted();
    onProgress?.({ source, records });
  }
  if (signal?.aborted === true) throw interrupted();
  if (records === 0)
    throw nothingRead(
      source,
      tally.rejections.find((rejection) => rejection.source === source),
    );
  onProgress?.({ source, records });
  return {
    name: resolve(source),
    digest: await digestFile(source),
    records,
    rejected: tally.rejected - rejectedBefore,
  };
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}

function interrupted(): Failure {
  return new Failure(
    'INTERRUPTED',
    'the import was stopped',
    'Start it again; the index is as it was.',
  );
}

function sampleRefused(source: string): Failure {
  const remedy = 'Import the feeds of the ecosystems that you use.';
  return new Failure(
    'UNSUPPORTED',
    `${source} is the bundled sample, which is no advisory database`,
    remedy,
  );
}

function nothingRead(source: string, first: RejectedRecord | undefined): Failure {
  const why = first === undefined ? 'it holds none' : `${first.where}: ${first.cause.message}`;
  return new Failure(
    'MALFORMED',
    `no advisory of ${source} could be read: ${why}`,
    'Give it OSV records.',
  );
}
