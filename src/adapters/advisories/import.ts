import { randomBytes } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as breathe } from 'node:timers/promises';
import {
  type AdvisoryDataInfo,
  type AdvisoryLog,
  type AdvisoryRecord,
  CompactOsvReader,
  type FeedCoverage,
  type FeedImport,
  FeedSurvey,
  isSampleHeader,
  type LooseRecords,
  readAdvisoryRecord,
  uniteCoverage,
} from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { keepFile } from '../../system/files/write-file.ts';
import { limitYoungGeneration } from '../../system/threads/young-generation.ts';
import { BatchCollector } from './batches.ts';
import { openAdvisoryIndex } from './open-index.ts';
import { completePending, removeLeftovers, takeLock } from './pending-import.ts';
import {
  type FeedPart,
  FeedReading,
  type FeedValue,
  parsePart,
  readFeedParts,
} from './read-feed.ts';
import { openRecorder, type Recorder } from './recorder.ts';
import { storeFailure } from './schema.ts';
import { IndexWriter, type SourceSummary, type WriteOutcome } from './write-index.ts';

export interface ImportOptions {
  /** The index, made where it is not yet. */
  readonly path: string;
  /** Files of advisories. */
  readonly sources: readonly string[];
  readonly now: Instant;
  /** What the sources are said to be the feeds of (FeedSurvey.conclude): `npm`, `Debian:12`. */
  readonly covers?: readonly string[];
  /** What a source is called as a feed; the name of its file if left out. */
  readonly nameFeed?: (source: string) => string;
  /**
   * What a source covers, where somebody knows more than its records show; `surveyed` is what they
   * show.
   */
  readonly describeFeed?: (
    source: string,
    surveyed: readonly FeedCoverage[],
  ) => readonly FeedCoverage[];
  /** What a source is the feed of, and when it was written, where its publisher says that. */
  readonly claims?: ReadonlyMap<string, SourceClaim>;
  /** Feeds that were found to have nothing new; without one of them, a source is needed. */
  readonly confirmed?: readonly FeedCoverage[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ImportProgress) => void;
  /** The log of evidence, which the index is a projection of; without it the index stands alone. */
  readonly log?: AdvisoryLog;
  /** Called with the number of records that the log holds so far. */
  readonly onRecorded?: (records: number) => void;
}

export interface SourceClaim {
  readonly covers: readonly string[];
  readonly exportedAt: Instant | null;
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
  /** Records that are found, and of whose ecosystems no source is the feed. */
  readonly loose: readonly LooseRecords[];
  readonly data: AdvisoryDataInfo;
}

const REJECTIONS_SHOWN = 20;
const BREATH_RECORDS = 256;

/**
 * Reads each feed once, into a new index and into batches for the log. Both are published together
 * when all feeds were read whole; then the log takes the batches and the index its place. Whatever
 * fails, and whenever the process ends, log and index come to hold all of the import or nothing of
 * it: what was published is completed at the next start (completeImport).
 *
 * @example await importAdvisories({ path: 'advisories.db', sources: ['npm.zip'], now })
 */
export async function importAdvisories(options: ImportOptions): Promise<Result<ImportReport>> {
  const { confirmed = [] } = options;
  if (options.sources.length === 0 && confirmed.length === 0)
    return fail('USAGE', 'no feed was named', 'Name the files to import.');
  const path = resolve(options.path);
  let lock: DatabaseSync | null = null;
  try {
    makeFolders(dirname(path));
    lock = takeLock(path);
    // mutant import-removes-leftovers by pending-import: remove
    await removeLeftovers(path);
    return ok(await importLocked(path, options));
  } catch (thrown) {
    return failed(storeFailure(thrown, path, 'FILE_UNWRITABLE'));
  } finally {
    lock?.close();
  }
}

async function importLocked(path: string, options: ImportOptions): Promise<ImportReport> {
  // mutant earlier-import-comes-first by pending-import: remove
  if (options.log !== undefined) await completePending(path, options.log);
  const exists = existsSync(path);
  // mutant import-over-unreadable-index: remove
  if (exists) checkReadable(path);
  const fresh = `${path}.import-${process.pid}-${randomBytes(6).toString('hex')}`;
  const { log } = options;
  const recorder = log === undefined ? null : await openRecorder(fresh, log);
  try {
    if (exists) await copyFile(path, fresh, constants.COPYFILE_FICLONE);
    const report = await writeIndex(fresh, exists, options, recorder);
    if (log === undefined || recorder === null) await keepFile(fresh, path);
    else {
      await recorder.publish(fresh, path);
      await completePending(path, log, options);
    }
    return report;
  } finally {
    await recorder?.close();
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
  recorder: Recorder | null,
): Promise<ImportReport> {
  const writer = IndexWriter.open(fresh, exists, options.now);
  const batches = recorder === null ? null : new BatchCollector((batch) => recorder.put(batch));
  try {
    const tally = new Tally();
    const sources: SourceSummary[] = [];
    for (const source of options.sources)
      sources.push(await readSource(source, { writer, recorder, batches, tally }, options));
    const { now, confirmed = [] } = options;
    await recorder?.putFeeds(collectFeeds(sources, confirmed, now));
    const changed = tally.counts.added + tally.counts.updated > 0;
    const data = writer.finish(sources, changed, (info) => ({
      ...info,
      coverage: uniteCoverage(info.coverage, confirmed),
    }));
    return {
      outcome: tally.rejected === 0 ? 'complete' : 'partial',
      ...tally.counts,
      rejected: tally.rejected,
      rejections: tally.rejections,
      loose: sources.flatMap(({ loose }) => loose).slice(0, LIMITS.feedCoverageMax),
      data,
    };
  } finally {
    writer.abandon();
  }
}

function collectFeeds(
  sources: readonly SourceSummary[],
  confirmed: readonly FeedCoverage[],
  importedAt: Instant,
): FeedImport {
  const read = sources.flatMap(({ coverage }) => coverage);
  const covered = uniteCoverage([], [...read, ...confirmed]);
  return {
    importedAt,
    files: sources.slice(0, LIMITS.feedFilesMax).map(({ feed, rejected }) => ({ feed, rejected })),
    coverage: covered.slice(0, LIMITS.feedCoverageMax),
  };
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

interface ImportTargets {
  readonly writer: IndexWriter;
  readonly recorder: Recorder | null;
  readonly batches: BatchCollector | null;
  readonly tally: Tally;
}

async function readSource(
  source: string,
  targets: ImportTargets,
  options: ImportOptions,
): Promise<SourceSummary> {
  const { tally, batches } = targets;
  const { signal, onProgress } = options;
  const rejectedBefore = tally.rejected;
  const reading = new FeedReading();
  const survey = new FeedSurvey(options.now);
  let records = 0;
  let seen = 0;
  const own = { ...targets, survey, compact: new CompactOsvReader() };
  for await (const parts of readFeedParts(source, reading)) {
    for (const part of parts) {
      if (putCompact(part, own) || putValue(source, parsePart(part), own)) records++;
      if (batches?.isFull === true) await batches.endBatch();
      if (++seen % BREATH_RECORDS !== 0) continue;
      await breathe();
      limitYoungGeneration();
      if (signal?.aborted === true) throw interrupted();
      onProgress?.({ source, records });
    }
  }
  await batches?.endBatch();
  if (signal?.aborted === true) throw interrupted();
  if (records === 0)
    throw nothingRead(
      source,
      tally.rejections.find((rejection) => rejection.source === source),
    );
  onProgress?.({ source, records });
  const digest = `sha256:${reading.hash.digest('hex')}`;
  const name = resolve(source);
  const claim = options.claims?.get(source) ?? null;
  const exportedAt = claim?.exportedAt ?? reading.exportedAt;
  const feed = (options.nameFeed?.(source) ?? basename(source)).slice(0, LIMITS.feedNameMax);
  const dates = { feed, exportedAt, importedAt: options.now };
  const { describeFeed } = options;
  const found =
    describeFeed === undefined
      ? survey.conclude(dates, new Set(options.covers ?? []), claim?.covers ?? null)
      : { coverage: describeFeed(source, survey.concludeAll(dates)), loose: [] };
  return { name, feed, digest, records, rejected: tally.rejected - rejectedBefore, ...found };
}

interface SourceTargets extends ImportTargets {
  readonly survey: FeedSurvey;
  readonly compact: CompactOsvReader;
}

/** Whether it is an advisory that is read without its JSON, as most are. */
function putCompact({ bytes }: FeedPart, targets: SourceTargets): boolean {
  const advisory = bytes?.ok === true ? targets.compact.read(bytes.value) : null;
  if (bytes?.ok !== true || advisory === null) return false;
  putRecord(bytes.value, { kind: 'advisory', advisory }, targets);
  return true;
}

/** Whether it is an advisory. What is JSON goes into the log even so: the graph reports it. */
function putValue(
  source: string,
  { where, json, compact }: FeedValue,
  targets: SourceTargets,
): boolean {
  if (json.ok && isSampleHeader(json.value)) throw sampleRefused(source);
  const record = json.ok ? readAdvisoryRecord(json.value) : json;
  if (!record.ok) targets.tally.reject({ source, where, cause: record.failure });
  if (json.ok) {
    const line = compact ?? Buffer.from(JSON.stringify(json.value));
    putRecord(line, record.ok ? record.value : null, targets);
  }
  return record.ok;
}

function putRecord(
  line: Uint8Array,
  record: AdvisoryRecord | null,
  { writer, recorder, batches, tally, survey }: SourceTargets,
): void {
  if (record !== null) tally.counts[writer.put(record)]++;
  if (record?.kind === 'advisory') survey.add(record.advisory);
  if (batches === null) return;
  batches.add(line);
  recorder?.remember(line, record);
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
