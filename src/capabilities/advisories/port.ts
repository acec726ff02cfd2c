import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { Advisory, AdvisoryHead } from './advisory.ts';
import type { AdvisoryRecord } from './advisory-record.ts';
import type { FeedCoverage, FeedImport } from './feed-coverage.ts';
import type { SupportTerm } from './support/support-term.ts';
import type { ThreatIndex } from './threats/threat.ts';

/**
 * Where advisories are looked up. `find` gives every record, withdrawn or not, that names the
 * package in exactly this ecosystem, with at least the entries of that ecosystem. `findById` gives
 * the records that have the id or an alias of it; `findHeads` gives the same without their
 * packages. All give an empty list when nothing matches, and a failure when the store cannot be
 * read: a failed lookup is never "none". Records are in the order of their ids. A package may have
 * many thousands: `find` gives at most `recordsMax`, and all without it. `breathe` is awaited
 * between records: where it is given, other work of the process goes on. `info` was read when the
 * index was opened.
 */
export interface AdvisoryIndex {
  find(ecosystem: string, name: string, recordsMax?: number): Promise<Result<readonly Advisory[]>>;
  /** Whether an earlier `find` gave no record; absent: nobody knows. It is answered at once. */
  readonly isAbsent?: (ecosystem: string, name: string) => boolean;
  findById(id: string): Promise<Result<readonly Advisory[]>>;
  findHeads(id: string): Promise<Result<readonly AdvisoryHead[]>>;
  info(): AdvisoryDataInfo;
  readonly breathe?: () => Promise<void>;
  /** What is known of exploitation; null or absent where nothing of it was imported. */
  readonly threats?: ThreatIndex | null;
  /** How long systems are supported; empty or absent where nothing of it was imported. */
  readonly support?: readonly SupportTerm[];
}

/** One document of the log that holds advisories, no matter who appended it. */
export interface AdvisoryDocument {
  readonly position: number;
  readonly digest: Digest;
  /** Equal for the documents of one import. */
  readonly recordedAt: Instant;
}

/**
 * The advisories in the log, which the index is a projection of. Documents are in the order of
 * their positions; `listSince` begins with the one at the position. `read` gives one record per
 * line, and a document that the log lacks is a failure. `listFeedsSince` gives what imports said of
 * their feeds, in their order.
 */
export interface AdvisoryDocuments {
  findNewest(): Promise<Result<AdvisoryDocument | null>>;
  listSince(position: number): Promise<Result<readonly AdvisoryDocument[]>>;
  listFeedsSince(position: number): Promise<Result<readonly FeedImport[]>>;
  read(digest: Digest): Promise<Result<Uint8Array>>;
  close(): Promise<void>;
}

/**
 * The log that an import appends to. A batch is one document with one record per line. `remember`
 * stores what a line means before it is appended, so that it is not read again (null: it is no
 * advisory); the store may forget it. `listSince` gives the documents of advisories from a position
 * on. `recordFeeds` comes behind the records of an import and is idempotent: it says what they
 * cover. `draft` begins a log where there is none; it gives null where there is one.
 */
export interface AdvisoryLog {
  draft(): Promise<Result<AdvisoryLogDraft | null>>;
  remember(line: Uint8Array, record: AdvisoryRecord | null): void;
  readSize(): Promise<Result<number>>;
  listSince(position: number): Promise<Result<readonly AdvisoryDocument[]>>;
  /** Appends all batches or none, and gives the positions at which the log has them. */
  append(batches: readonly Uint8Array[]): Promise<Result<readonly number[]>>;
  recordFeeds(imported: FeedImport): Promise<Result<null>>;
  close(): Promise<void>;
}

/**
 * A log that nobody sees before it is published as a whole. It takes each batch while the feeds are
 * read; each line of a batch is remembered, in their order, until the batch was appended. `publish`
 * gives false, and nothing changes, if somebody has made a log meanwhile: `openDocuments` then
 * reads what was appended.
 */
export interface AdvisoryLogDraft {
  remember(line: Uint8Array, record: AdvisoryRecord | null): void;
  append(batch: Uint8Array): Promise<Result<Pick<AdvisoryDocument, 'position' | 'digest'>>>;
  recordFeeds(imported: FeedImport): Promise<Result<null>>;
  publish(): Promise<Result<boolean>>;
  openDocuments(): Result<AdvisoryDocuments | null>;
  /** Removes what was not published. */
  discard(): Promise<void>;
}

/**
 * Where the advisories came from and how old they are. A finding, and a missing finding, is only
 * as good as this data.
 */
export interface AdvisoryDataInfo {
  readonly source: 'imported' | 'sample';
  /** Identifies the data: equal versions have equal records. */
  readonly version: string;
  readonly count: number;
  /** The newest modification of a record that is not later than the last import. */
  readonly newest: Instant | null;
  /** The last import of a feed; null if none is known. Other advisories do not change it. */
  readonly importedAt: Instant | null;
  /** What the imported feeds cover, by ecosystem, those that no matcher reads included. */
  readonly coverage: readonly FeedCoverage[];
  /** Records of the feeds that could not be read: if there are any, absence is not proven. */
  readonly rejected: number;
}
