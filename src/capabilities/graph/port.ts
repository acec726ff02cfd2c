import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Purl } from '../../core/purl.ts';
import type { Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import type { LogHead } from '../evidence/index.ts';
import type { Answer, Question, QuestionName } from './questions/list.ts';

/** What the graph needs to know of a component; inventory's Component is one. */
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
 * Reads the bytes of an SBOM. Fulfilled by inventory through compose/; equal bytes give equal
 * readings.
 */
export interface ComponentReader {
  read(bytes: Uint8Array): Result<ParsedInventory>;
}

/**
 * Under which name an advisory feed files a package: for Debian the source package of a release.
 */
export interface PackageKey {
  readonly ecosystem: string;
  readonly name: string;
}

/** What matching sees of a package version. */
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
   * CVEs so.
   */
  readonly upstream: readonly string[];
  readonly modified: Instant | null;
  readonly published: Instant | null;
  readonly withdrawn: Instant | null;
  readonly packages: readonly PackageKey[];
  readonly severity: Severity;
  readonly score: number | null;
  /** The record as the matcher wants to have it again. */
  readonly handle: unknown;
  /** Of the text of the record, where the matcher knows it. */
  readonly digest?: Digest;
}

export interface Match {
  readonly status: 'affected' | 'unknown';
  readonly rule: string;
  readonly fixed: readonly string[];
}

/**
 * Whether a version is affected. Fulfilled by scanning through compose/; versions are compared
 * here, in TypeScript at write time, never in a query. Laws: every method is a function of its
 * arguments alone; `match` gives other than null only for advisories that name one of the `listKeys`
 * the subject.
 */
export interface AffectedMatcher {
  readAdvisory(record: string): Result<ParsedAdvisory>;
  listKeys(subject: MatchSubject): readonly PackageKey[];
  match(subject: MatchSubject, advisory: ParsedAdvisory): Match | null;
  /**
   * Whether the version of a package satisfies a range such as `<2.15`; null where the scheme has
   * no such ranges.
   */
  inRange(purl: Purl, range: string): boolean | null;
}

export interface GraphPorts {
  readonly reader: ComponentReader;
  readonly matcher: AffectedMatcher;
}

/** Every answer is bounded by its page; `next` continues it. An answer sees one state of the graph. */
export interface GraphQuestions {
  ask<N extends QuestionName>(question: Question<N>): Promise<Result<Answer<N>>>;
}

/** What keeps the projection. `rebuild` replays the log and verifies nothing again. */
export interface GraphKeeper {
  rebuild(): Promise<Result<{ readonly documents: number }>>;
  /** Recomputes every leaf and the root from the stored documents. */
  verify(): Promise<Result<LogHead>>;
  /** The canonical export, a line a fact, sorted, external identifiers only. */
  export(): AsyncIterable<string>;
}
