import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Purl } from '../../core/purl.ts';
import type { Result } from '../../core/result.ts';
import type { Severity } from '../../core/severity.ts';
import type { Gate } from '../../core/verdict.ts';
import type { EvidenceKind, LogHead } from '../evidence/index.ts';
import type {
  Exposure,
  Findings,
  JudgedSubjects,
  PackageSelector,
  Provenance,
  QuestionOptions,
  ReleaseMatches,
  VerdictHistory,
  Violations,
  Whereabouts,
  WhyAnswer,
} from './answers.ts';
import type { PlaceFilter, Subject } from './subject.ts';

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
 * Reads the bytes of an SBOM. Fulfilled by inventory through compose.ts; equal bytes give equal
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
 * Whether a version is affected. Fulfilled by scanning through compose.ts; versions are compared
 * here, in TypeScript at write time, never in a query. Laws: every method is a function of its
 * arguments alone; `match` gives other than null only for advisories that name one of the `keysOf`
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

export interface GraphStatus {
  readonly schemaVersion: number;
  readonly head: LogHead;
  /** How many documents of each kind. */
  readonly documents: Readonly<Partial<Record<EvidenceKind, number>>>;
  readonly problems: readonly GraphProblem[];
  /** Rows by table, each counted up to a bound. */
  readonly rows: Readonly<Record<string, number>>;
}

/** Something that the evidence says and that cannot be right, or could not be read. */
export interface GraphProblem {
  readonly kind:
    | 'unreadable'
    | 'alias-conflict'
    | 'advisory-unreadable'
    | 'cluster-conflict'
    | 'observation-to-come';
  readonly subject: string;
  readonly detail: string;
  readonly position: number;
}

/** The questions. Every answer is bounded by its page; `next` continues it. */
export interface GraphQuestions {
  releasesWith(selector: PackageSelector, ask: QuestionOptions): Promise<Result<ReleaseMatches>>;
  exposure(vulnerability: string, ask: QuestionOptions): Promise<Result<Exposure>>;
  /** Without a subject: all that runs in the place. */
  where(
    subject: Subject | null,
    ask: QuestionOptions,
    place?: PlaceFilter,
  ): Promise<Result<Whereabouts>>;
  listFindings(subject: Subject, ask: QuestionOptions): Promise<Result<Findings>>;
  /** Why a component is in an image or release: layer, place and path, and which SBOM says so. */
  why(
    subject: Subject,
    selector: PackageSelector,
    ask: QuestionOptions,
  ): Promise<Result<WhyAnswer>>;
  findProvenance(subject: Subject, ask: QuestionOptions): Promise<Result<Provenance>>;
  listVerdicts(subject: Subject, ask: QuestionOptions): Promise<Result<VerdictHistory>>;
  /** Without a subject: all in the place. */
  listViolations(
    subject: Subject | null,
    ask: QuestionOptions,
    place?: PlaceFilter,
  ): Promise<Result<Violations>>;
  /** What a policy can be tried on, with the last decision of the gate about each. */
  judgedAt(gate: Gate, ask: QuestionOptions, place?: PlaceFilter): Promise<Result<JudgedSubjects>>;
  status(): Promise<Result<GraphStatus>>;
}

/** What keeps the projection. `rebuild` replays the log and verifies nothing again. */
export interface GraphKeeper {
  rebuild(): Promise<Result<{ readonly documents: number }>>;
  /** Recomputes every leaf and the root from the stored documents. */
  verify(): Promise<Result<LogHead>>;
  /** The canonical export, a line a fact, sorted, external identifiers only. */
  export(): AsyncIterable<string>;
}
