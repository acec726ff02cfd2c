import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Result } from '../../core/result.ts';
import type { Advisory, AdvisoryHead } from './advisory.ts';
import type { AdvisoryRecord } from './advisory-record.ts';

/**
 * Where advisories are looked up. `find` gives every record, withdrawn or not, that names the
 * package in exactly this ecosystem, with at least the entries of that ecosystem. `findById` gives
 * the records that have the id or an alias of it; `findHeads` gives the same without their
 * packages. All give an empty list when nothing matches, and a failure when the store cannot be
 * read: a failed lookup is never "none". Records are in the order of their ids. `info` was read
 * when the index was opened.
 */
export interface AdvisoryIndex {
  find(ecosystem: string, name: string): Promise<Result<readonly Advisory[]>>;
  findById(id: string): Promise<Result<readonly Advisory[]>>;
  findHeads(id: string): Promise<Result<readonly AdvisoryHead[]>>;
  info(): AdvisoryDataInfo;
}

/**
 * The log that an import appends to. A batch is one document with one record per line. `remember`
 * stores what a line means before it is appended, so that it is not read again; the store may
 * forget it. `listSince` gives the digests of the batches from a position on.
 */
export interface AdvisoryLog {
  remember(line: string, record: AdvisoryRecord): void;
  readSize(): Promise<Result<number>>;
  listSince(position: number): Promise<Result<ReadonlySet<Digest>>>;
  /** Appends all batches or none. */
  append(batches: readonly Uint8Array[]): Promise<Result<null>>;
  close(): Promise<void>;
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
  /** The newest modification of a record that is not later than the import. */
  readonly newest: Instant | null;
  readonly importedAt: Instant | null;
  /** The ecosystems that any record names: a package of another ecosystem is not covered. */
  readonly ecosystems: readonly string[];
  /** Records of the feeds that could not be read: if there are any, absence is not proven. */
  readonly rejected: number;
}
