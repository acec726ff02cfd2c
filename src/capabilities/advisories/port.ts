import type { Instant } from '../../core/instant.ts';
import type { Advisory, AdvisoryHead } from './advisory.ts';

/**
 * Where advisories are looked up. `find` gives every standing or withdrawn record that names the
 * package under exactly this ecosystem, with the entries of that ecosystem at least; `findById` gives
 * the records that have the id or an alias of it, `heads` the same without their packages. Both
 * give an empty list for what is not there, and throw a Failure when the store is damaged: a lookup
 * that failed is never "none". The order is that of the ids.
 */
export interface AdvisoryIndex {
  find(ecosystem: string, name: string): readonly Advisory[];
  findById(id: string): readonly Advisory[];
  findHeads(id: string): readonly AdvisoryHead[];
  info(): AdvisoryDataInfo;
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
