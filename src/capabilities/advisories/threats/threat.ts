import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';

/** That a vulnerability is in CISA's catalogue of those that are known to be exploited. */
export interface KevEntry {
  readonly cve: string;
  /** Days, as the catalogue writes them: `2025-08-25`. */
  readonly added: string;
  readonly due: string | null;
  /** Whether ransomware is known to use it; the catalogue says `Known` or `Unknown`. */
  readonly ransomware: boolean;
}

/** The probability, as FIRST estimates it, that somebody exploits it in the next 30 days. */
export interface EpssScore {
  readonly cve: string;
  /** From 0 to 1. */
  readonly score: number;
  /** The part of all vulnerabilities that score no higher, from 0 to 1. */
  readonly percentile: number;
}

/** A whole document of one source, which replaces the one before. */
export type ThreatData =
  | ({ readonly kind: 'kev'; readonly entries: readonly KevEntry[] } & ThreatVersion)
  | ({ readonly kind: 'epss'; readonly entries: readonly EpssScore[] } & ThreatVersion);

export interface ThreatVersion {
  /** As the source calls it: the version of the catalogue, or of the model. */
  readonly version: string | null;
  /** When it was released; null where it does not say. */
  readonly at: Instant | null;
}

/** What is known of one source. */
export interface ThreatSource extends ThreatVersion {
  readonly kind: ThreatData['kind'];
  readonly count: number;
  readonly importedAt: Instant;
}

/** What the sources say of one CVE. Null: the source does not list it. */
export interface Threats {
  readonly kev: KevEntry | null;
  readonly epss: EpssScore | null;
}

/**
 * Where threats are looked up. `sources` has those that were imported: that a source which is not
 * among them lists nothing means nothing. A failed lookup is a failure, never "not listed".
 */
export interface ThreatIndex {
  readonly sources: readonly ThreatSource[];
  find(cve: string): Result<Threats>;
}
