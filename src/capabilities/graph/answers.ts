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
 * How a question is narrowed. `asOf` asks about the world at that moment as known now; `knownAt` what the log said
 * then; both combine (foundation 3). Without `asOf` a deployment counts until its end is known.
 */
export interface Ask {
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

export interface SourceAnswer {
  readonly host: string;
  readonly repository: string;
  readonly commit: string;
}

export interface ReleaseAnswer {
  readonly name: string;
  readonly version: string;
  readonly releasedAt: Instant;
  readonly owner: string | null;
  readonly source: SourceAnswer | null;
  /** The release record. */
  readonly document: Digest;
}

export interface ComponentAnswer {
  readonly purl: Purl;
  readonly image: Digest;
  readonly layer: Digest | null;
  readonly path: string | null;
}

export interface ReleasesWith {
  /** The packages that the selector matched, by purl without version; bounded, see `matchedMore`. */
  readonly matched: readonly string[];
  readonly matchedMore: boolean;
  /** Versions that could not be compared with the range that was asked for: they may be meant. Bounded. */
  readonly notCompared: readonly string[];
  readonly releases: readonly (ReleaseAnswer & {
    readonly components: readonly ComponentAnswer[];
    /** There are more than LIMITS.releaseComponentsMax. */
    readonly componentsMore: boolean;
  })[];
  readonly next: string | null;
}

export interface DeploymentAnswer {
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

export interface AffectedComponent {
  readonly purl: Purl;
  readonly image: Digest;
  readonly status: 'affected' | 'unknown';
  readonly fixed: readonly string[];
  readonly advisory: string;
  readonly rule: string;
}

export interface ExposedDeployment extends DeploymentAnswer {
  /** Which images with an affected component this runs: the same digest, an index of it or a member of it. */
  readonly affected: readonly Digest[];
}

export interface ExposedRelease extends ReleaseAnswer {
  readonly components: readonly AffectedComponent[];
  /** There are more than LIMITS.releaseComponentsMax. */
  readonly componentsMore: boolean;
  /** Where its affected images run; empty: none of them is deployed. Bounded, see `deploymentsMore`. */
  readonly deployments: readonly ExposedDeployment[];
  readonly deploymentsMore: boolean;
}

export interface Exposure {
  /** Every name of the vulnerability. */
  readonly names: readonly string[];
  readonly advisories: readonly string[];
  readonly severity: Severity;
  readonly releases: readonly ExposedRelease[];
  readonly next: string | null;
}

export interface Whereabouts {
  readonly releases: readonly ReleaseAnswer[];
  /** There are more than LIMITS.pageRowsMax; the newest are shown. */
  readonly releasesMore: boolean;
  readonly deployments: readonly DeploymentAnswer[];
  readonly next: string | null;
}

export interface GraphFinding {
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

export interface Provenance {
  readonly releases: readonly (ReleaseAnswer & {
    readonly build: { readonly id: string; readonly builder: string } | null;
  })[];
  readonly builds: readonly { readonly id: string; readonly builder: string; readonly source: SourceAnswer | null }[];
  readonly documents: readonly DocumentAnswer[];
  /** There are more than LIMITS.pageRowsMax releases or builds; the newest releases are shown. */
  readonly more: boolean;
  /** Continues the documents. */
  readonly next: string | null;
}

export interface VerdictAnswer {
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

export interface Violations {
  readonly violations: readonly {
    readonly id: string;
    readonly at: Instant;
    readonly cluster: string;
    readonly namespace: string;
    readonly workload: { readonly kind: string; readonly name: string };
    readonly rule: string;
    readonly severity: Severity;
    readonly detail: string;
  }[];
  readonly next: string | null;
}
