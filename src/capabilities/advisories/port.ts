import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { Advisory, AdvisoryHead } from './advisory.ts';
import type { AdvisoryRecord } from './advisory-record.ts';

/**
 * Where advisories are looked up. `find` gives every record, withdrawn or not, that names the
 * package under exactly this ecosystem, with the entries of that ecosystem at least; `findById`
 * gives the records that have the id or an alias of it, `findHeads` the same without their
 * packages. All give an empty list for what is not there, and a failure when the store cannot be
 * read: a lookup that failed is never "none". The order is that of the ids. `info` was read when
 * the index was opened.
 */
export interface AdvisoryIndex {
  find(ecosystem: string, name: string): Promise<Result<readonly Advisory[]>>;
  findById(id: string): Promise<Result<readonly Advisory[]>>;
  findHeads(id: string): Promise<Result<readonly AdvisoryHead[]>>;
  info(): AdvisoryDataInfo;
}

/**
 * The log that an import appends to. A batch is one document: a record a line. `remember` says what
 * a line means before it is appended, so that nobody has to read it again; it may be forgotten.
 * `listSince` gives the digests of the batches at a position and behind it.
 */
export interface AdvisoryLog {
  remember(line: string, record: AdvisoryRecord): void;
  readSize(): Promise<Result<number>>;
  listSince(position: number): Promise<Result<ReadonlySet<Digest>>>;
  /** All of the batches or none. */
  append(batches: readonly Uint8Array[]): Promise<Result<null>>;
  close(): Promise<void>;
}

/**
 * Where the advisories came from and how old they are: a finding, and its absence, is worth no more
 * than these.
 */
export interface AdvisoryDataInfo {
  readonly source: 'imported' | 'sample';
  /** Identifies the data: equal versions have equal records. */
  readonly version: string;
  readonly count: number;
  /** The newest modification of a record that does not lie after the import. */
  readonly newest: Instant | null;
  readonly importedAt: Instant | null;
  /** Those that any record names: a package of another ecosystem is not covered. */
  readonly ecosystems: readonly string[];
  /** Records of the feeds that could not be read: with any, absence is not proven. */
  readonly rejected: number;
}
