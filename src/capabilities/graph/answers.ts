import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { Purl } from '../../core/purl.ts';
import type { Severity } from '../../core/severity.ts';
import type { Gate } from '../../core/verdict.ts';

export interface Page {
  /** At most LIMITS.pageRowsMax. */
  readonly rowsMax: number;
  /** `next` of the answer before; null for the first page. */
  readonly after: string | null;
}

/**
 * How a question is narrowed. `asOf` asks about the world at that moment as known now; `knownAt`
 * what the log said then; both combine (foundation 3). Without `asOf` a deployment counts until its
 * end is known.
 */
export interface QuestionOptions {
  readonly asOf: Instant | null;
  readonly knownAt: Instant | null;
  /** Only what a document says that this identity verifiably signed. */
  readonly signedBy: string | null;
  readonly owner: string | null;
  /** Releases from this moment on. */
  readonly since: Instant | null;
  readonly page: Page;
}

/** What `--component` says. */
export type PackageSelector =
  | { readonly kind: 'purl'; readonly purl: Purl; readonly versioned: boolean }
  | { readonly kind: 'name'; readonly name: string; readonly versions: VersionSelector };

export type VersionSelector =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'range'; readonly range: string };

/** A document that says what a row says, and who verifiably signed it. */
export interface EvidenceAnswer {
  readonly document: Digest;
  readonly kind: string;
  /** Whose signature over it was found trusted; empty: nobody's. */
  readonly signers: readonly string[];
}

/** What every row carries: at most LIMITS.rowEvidenceMax documents. */
export interface AnswerRow {
  readonly evidence: readonly EvidenceAnswer[];
}

export interface SourceAnswer {
  readonly host: string;
  readonly repository: string;
  readonly commit: string;
}

export interface ReleaseAnswer extends AnswerRow {
  readonly name: string;
  readonly version: string;
  readonly releasedAt: Instant;
  readonly owner: string | null;
  readonly source: SourceAnswer | null;
  /** The release record. */
  readonly document: Digest;
}

export interface ComponentAnswer extends AnswerRow {
  readonly purl: Purl;
  readonly image: Digest;
  readonly layer: Digest | null;
  readonly path: string | null;
}

export interface ReleaseMatches {
  /**
   * The packages that the selector matched, by purl without version; bounded, see `matchedMore`.
   */
  readonly matched: readonly string[];
  readonly matchedMore: boolean;
  /**
   * Versions that could not be compared with the range that was asked for: they may be meant.
   * Bounded.
   */
  readonly notCompared: readonly string[];
  /** Where no version that is known is the one that was asked for: versions that are. Bounded. */
  readonly otherVersions: readonly string[];
  readonly releases: readonly (ReleaseAnswer & {
    readonly components: readonly ComponentAnswer[];
    /** There are more than LIMITS.releaseComponentsMax. */
    readonly componentsMore: boolean;
  })[];
  readonly next: string | null;
}

export interface DeploymentAnswer extends AnswerRow {
  readonly cluster: string;
  readonly region: string | null;
  readonly namespace: string;
  readonly workload: { readonly kind: string; readonly name: string; readonly container: string };
  readonly image: Digest;
  readonly reference: string;
  readonly from: Instant;
  /** When it ended or, while it is open, the end of the lease that holds it open. */
  readonly until: Instant;
  readonly open: boolean;
}

export interface AffectedComponent extends AnswerRow {
  readonly purl: Purl;
  readonly image: Digest;
  readonly status: 'affected' | 'unknown';
  readonly fixed: readonly string[];
  readonly advisory: string;
  readonly rule: string;
}

export interface ExposedDeployment extends DeploymentAnswer {
  /**
   * Which images with an affected component this runs: the same digest, an index of it or a member
   * of it.
   */
  readonly affected: readonly Digest[];
}

export interface ExposedRelease extends ReleaseAnswer {
  readonly components: readonly AffectedComponent[];
  /** There are more than LIMITS.releaseComponentsMax. */
  readonly componentsMore: boolean;
  /**
   * Where its affected images run; empty: none of them is deployed. Bounded, see `deploymentsMore`.
   */
  readonly deployments: readonly ExposedDeployment[];
  readonly deploymentsMore: boolean;
}

/** Why nobody can say whether a release is exposed. */
export type UnknownReason = 'inventory-missing' | 'inventory-partial' | 'version-not-compared';

export interface UnknownRelease extends ReleaseAnswer {
  readonly reason: UnknownReason;
  /** The versions that could not be compared, where that is the reason. Bounded. */
  readonly components: readonly AffectedComponent[];
}

/** What a trusted VEX statement takes out of an exposure. */
export interface ExcusedComponent {
  readonly release: ReleaseName;
  readonly purl: Purl;
  readonly image: Digest;
  readonly status: 'not_affected' | 'fixed';
  readonly justification: string | null;
  readonly evidence: readonly EvidenceAnswer[];
}

export interface Exposure {
  /** Every name of the vulnerability. */
  readonly names: readonly string[];
  readonly advisories: readonly string[];
  readonly severity: Severity;
  /** Exposed, whether they run anywhere or not. */
  readonly releases: readonly ExposedRelease[];
  /** Of this page: components that a VEX statement by a trusted signer takes out. */
  readonly excused: readonly ExcusedComponent[];
  /** Releases of which nobody can say; told with the first page, newest first, bounded. */
  readonly unknown: readonly UnknownRelease[];
  /** There are more of them, or older releases that were not looked at. */
  readonly unknownMore: boolean;
  readonly next: string | null;
}

export interface ReleaseName {
  readonly name: string;
  readonly version: string;
}

export interface RunningAnswer extends DeploymentAnswer {
  /** The newest releases that consist of what runs; empty: of none that is known. Bounded. */
  readonly releases: readonly ReleaseName[];
}

export interface Whereabouts {
  readonly releases: readonly ReleaseAnswer[];
  /** There are more than LIMITS.pageRowsMax; the newest are shown. */
  readonly releasesMore: boolean;
  readonly deployments: readonly RunningAnswer[];
  readonly next: string | null;
}

export interface GraphFinding extends AnswerRow {
  readonly advisory: string;
  readonly names: readonly string[];
  readonly severity: Severity;
  readonly score: number | null;
  readonly purl: Purl;
  readonly status: 'affected' | 'unknown';
  readonly fixed: readonly string[];
  readonly rule: string;
}

export interface Findings {
  /** Null: no inventory of this image is known, so nothing follows from the empty list. */
  readonly inventory: 'complete' | 'partial' | null;
  readonly findings: readonly GraphFinding[];
  readonly next: string | null;
}

export interface SignerAnswer {
  readonly format: string;
  readonly identity: string;
  readonly thumbprint: string | null;
}

export interface DocumentAnswer {
  readonly kind: string;
  readonly digest: Digest;
  /** What it is about: the image that was asked about, an index of it or a member of it. */
  readonly subject: Digest;
  readonly mediaType: string;
  readonly recordedAt: Instant;
  readonly verifications: readonly {
    readonly outcome: 'trusted' | 'untrusted' | 'undetermined';
    readonly signer: SignerAnswer | null;
    readonly trustRevision: number;
    readonly verifiedAt: Instant;
    readonly reason: string | null;
  }[];
}

/** Who made a commit, and whether it is known to be signed. */
export interface CommitAnswer extends SourceAnswer, AnswerRow {
  readonly author: string | null;
  readonly committer: string | null;
  readonly committedAt: Instant | null;
  readonly signed: boolean;
  readonly signer: SignerAnswer | null;
}

export interface BuildAnswer extends AnswerRow {
  readonly id: string;
  readonly builder: string;
  readonly source: SourceAnswer | null;
}

export interface Provenance {
  readonly releases: readonly (ReleaseAnswer & {
    readonly build: { readonly id: string; readonly builder: string } | null;
    readonly images: readonly { readonly image: Digest; readonly reference: string }[];
  })[];
  /**
   * What is known of the commits of these releases and builds; a commit without evidence is not
   * among them.
   */
  readonly commits: readonly CommitAnswer[];
  readonly builds: readonly BuildAnswer[];
  readonly documents: readonly DocumentAnswer[];
  readonly deployments: readonly RunningAnswer[];
  /**
   * There are more than LIMITS.pageRowsMax releases, builds or deployments; the newest releases are
   * shown.
   */
  readonly more: boolean;
  /** Continues the documents. */
  readonly next: string | null;
}

/** How a component came in, as one SBOM says. */
export type Chain =
  | { readonly kind: 'path'; readonly steps: readonly string[] }
  /** The document lists it and relates it to nothing. */
  | { readonly kind: 'listed' }
  | { readonly kind: 'unknown'; readonly why: string };

export interface WhyComponent extends AnswerRow {
  readonly purl: Purl;
  readonly image: Digest;
  readonly layer: Digest | null;
  readonly path: string | null;
  /** In how many places it lies. */
  readonly paths: number;
  readonly development: boolean;
  readonly chains: readonly { readonly document: Digest; readonly chain: Chain }[];
}

export interface WhyAnswer {
  readonly matched: readonly string[];
  readonly components: readonly WhyComponent[];
  /** `partial` or null: that a component is not listed says nothing. */
  readonly inventory: 'complete' | 'partial' | null;
  readonly more: boolean;
}

export interface VerdictAnswer extends AnswerRow {
  readonly gate: Gate;
  readonly decision: 'allow' | 'deny' | 'undetermined';
  readonly workload: string | null;
  readonly policy: Digest;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** How often the same was decided again in a row. */
  readonly repeats: number;
  /** The document with the whole decision record. */
  readonly document: Digest;
}

export interface VerdictHistory {
  readonly verdicts: readonly VerdictAnswer[];
  readonly next: string | null;
}

export interface ViolationAnswer extends AnswerRow {
  readonly id: string;
  readonly at: Instant;
  readonly cluster: string;
  readonly region: string | null;
  readonly namespace: string;
  readonly workload: { readonly kind: string; readonly name: string };
  readonly container: string | null;
  readonly pod: string | null;
  readonly rule: string;
  readonly severity: Severity;
  readonly detail: string;
  /** What let it happen, as the evidence says (O11). */
  readonly cause: 'misconfiguration' | 'vulnerability' | 'unknown' | null;
  /**
   * How it was joined to an image: by the digest that the event names, by the one image that its
   * container ran at that moment, or not: several come into question, or none is known.
   */
  readonly joined: 'digest' | 'deployment' | 'ambiguous' | 'unknown';
  readonly images: readonly Digest[];
  readonly releases: readonly (ReleaseName & {
    readonly source: SourceAnswer | null;
    readonly owner: string | null;
  })[];
  /** What is known of the commits of these releases. */
  readonly commits: readonly CommitAnswer[];
}

export interface Violations {
  readonly violations: readonly ViolationAnswer[];
  readonly next: string | null;
}

/** The last decision about something that could be decided about again. */
export interface LastDecision extends AnswerRow {
  readonly decision: 'allow' | 'deny' | 'undetermined';
  readonly decidedAt: Instant;
  readonly workload: string | null;
  readonly policy: Digest;
  readonly facts: Digest | null;
  readonly document: Digest;
}

export interface JudgedSubject {
  readonly image: Digest;
  /** Null at a gate before anything runs. */
  readonly running: RunningAnswer | null;
  readonly releases: readonly ReleaseName[];
  /** Null: nobody ever decided about it at this gate. */
  readonly last: LastDecision | null;
}

/** What a policy can be tried on: what runs or, at the gates before, what was released. */
export interface JudgedSubjects {
  readonly subjects: readonly JudgedSubject[];
  readonly next: string | null;
}
