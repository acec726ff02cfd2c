import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Purl } from '../../core/purl.ts';
import type { Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import type { CveSeverity, SeverityVector } from '../advisories/index.ts';
import type { LogHead } from '../evidence/index.ts';
import type { Answer, Question, QuestionName } from './questions/list.ts';

/** What the graph needs of a component; inventory's Component has it. */
export interface MemberComponent {
  readonly purl: Purl;
  readonly name: string;
  readonly version: string;
  readonly source: { readonly name: string; readonly version: string } | null;
  readonly locations: readonly string[];
  readonly layer: Digest | null;
  readonly development: boolean;
}

export interface ParsedInventory {
  /** `spdx-2.3`, `cyclonedx-1.6` … */
  readonly format: string;
  readonly outcome: 'complete' | 'partial';
  readonly components: readonly MemberComponent[];
}

/**
 * Reads the bytes of an SBOM. Implemented by inventory through compose/. Equal bytes give equal
 * readings.
 */
export interface ComponentReader {
  read(bytes: Uint8Array): Result<ParsedInventory>;
}

/** A vulnerability that a scan reports; nothing here matched it. */
export interface ReportedFinding {
  /** Its id and its aliases, as the scan writes them. */
  readonly names: readonly [string, ...string[]];
  readonly severity: Severity;
  readonly score: number | null;
  /** Null where the scan names no package URL. */
  readonly purl: Purl | null;
  readonly name: string;
  readonly version: string;
  readonly fixed: readonly string[];
}

/** What a scan says is present. */
export interface ReportedScan {
  readonly tool: string;
  readonly createdAt: Instant | null;
  /** False for a scan that failed or looked at nothing: what it does not list may be there. */
  readonly hasLooked: boolean;
  /** The only packages that it looked at; null if it looked at all, or does not say. */
  readonly part: 'system' | 'language' | null;
  readonly findings: readonly ReportedFinding[];
}

/**
 * Reads the bytes of a scan. Implemented by scanning through compose/. Equal bytes give equal
 * readings; findings are at most LIMITS.findingsMax, names of one LIMITS.reportedNamesMax. Null for
 * a statement that holds no scan, and for the scan of a release: the graph matches the inventory
 * itself.
 */
export interface ScanReader {
  read(bytes: Uint8Array): Result<ReportedScan | null>;
}

/**
 * The name under which an advisory feed lists a package: for Debian the source package of a
 * release.
 */
export interface PackageKey {
  readonly ecosystem: string;
  readonly name: string;
}

/** The part of a package version that matching uses. */
export interface MatchSubject {
  readonly purl: Purl;
  readonly source: { readonly name: string; readonly version: string } | null;
}

/** One OSV record, read. */
export interface ParsedAdvisory {
  readonly id: string;
  readonly aliases: readonly string[];
  /**
   * The vulnerabilities that it covers without being one of them: a distribution's advisory names
   * CVEs in this way.
   */
  readonly upstream: readonly string[];
  readonly modified: Instant | null;
  readonly published: Instant | null;
  readonly withdrawn: Instant | null;
  readonly packages: readonly PackageKey[];
  /** What it says alone, with all that it states of its packages. */
  readonly severity: Severity;
  readonly score: number | null;
  /** What it states about severity: as a whole, and of one of its packages or another. */
  readonly stated: readonly SeverityVector[];
  readonly statedOfPackages: readonly SeverityVector[];
  /** The record in the form that the matcher needs again. */
  readonly handle: unknown;
  /** The digest of the text of the record, if the matcher knows it. */
  readonly digest?: Digest;
}

export interface UnmatchedSubject {
  readonly label: string;
  readonly ecosystems: readonly string[];
}

export interface Match {
  readonly status: 'affected' | 'unknown';
  readonly rule: string;
  readonly fixed: readonly string[];
  /** What the advisory states about severity of this package alone. */
  readonly stated: readonly SeverityVector[];
}

/**
 * Whether a version is affected. Implemented by scanning through compose/. Versions are compared
 * here, in TypeScript at write time, never in a query. Laws: the result of every method depends on
 * its arguments alone; `match` returns null for every advisory that names none of the `listKeys` of
 * the subject.
 */
export interface AffectedMatcher {
  readAdvisory(record: string): Result<ParsedAdvisory>;
  /** What a record says that is no advisory, and gives only the severity of a CVE; else null. */
  readCveSeverity(record: string): CveSeverity | null;
  /**
   * The reading of a line of the batch that is being appended, by its number from 0, where the
   * maker of the batch has read it. Null for a line that is to be read.
   */
  recall?(number: number, line: Uint8Array): ParsedAdvisory | null;
  listKeys(subject: MatchSubject): readonly PackageKey[];
  match(subject: MatchSubject, advisory: ParsedAdvisory): Match | null;
  /** Those of one inventory whose keys may be wrong, so that no match proves nothing. */
  findDoubtful<S extends MatchSubject>(subjects: readonly S[]): ReadonlySet<S>;
  /**
   * What a subject without keys is called, from a small fixed list, and the ecosystems under which
   * advisories may name it; none if this is unknown.
   */
  describeUnmatched(subject: MatchSubject): UnmatchedSubject;
  /**
   * Whether the version of a package satisfies a range such as `<2.15`; null if the scheme has no
   * such ranges.
   */
  inRange(purl: Purl, range: string): boolean | null;
}

export interface GraphPorts {
  readonly reader: ComponentReader;
  readonly scans: ScanReader;
  readonly matcher: AffectedMatcher;
}

/**
 * Every answer is bounded by its page; `next` continues it. An answer shows one state of the graph.
 */
export interface GraphQuestions {
  ask<N extends QuestionName>(question: Question<N>): Promise<Result<Answer<N>>>;
}

/** What maintains the projection. `rebuild` replays the log and verifies nothing again. */
export interface GraphKeeper {
  rebuild(): Promise<Result<{ readonly documents: number }>>;
  /** Recomputes every leaf and the root from the stored documents. */
  verify(): Promise<Result<LogHead>>;
  /** The canonical export: one fact on each line, sorted, with external identifiers only. */
  export(): AsyncIterable<string>;
}
