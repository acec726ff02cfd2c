import type { AdvisoryIndex } from '../../capabilities/advisories/index.ts';
import type { Inventory } from '../../capabilities/ecosystems/index.ts';
import type { GatedSource } from '../../capabilities/graph/index.ts';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import type { ArtifactSource, ArtifactTarget } from '../../capabilities/registry/index.ts';
import type { BuildJob, BundleTerms, SigningKey } from '../../capabilities/signing/index.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import type { Result } from '../../core/result.ts';
import type { ImageEvidence } from '../../gates/image-evidence/index.ts';

/** What a release is, as its maker states it (foundation 6). */
export interface ReleaseFacts {
  readonly name: string;
  readonly version: string;
  readonly owner: string | null;
  readonly source: {
    readonly host: string;
    readonly repository: string;
    readonly commit: string;
    /** What nothing proves, whether it was typed or found in a work tree. */
    readonly claimed: readonly ('host' | 'repository' | 'commit')[];
  };
  /**
   * Typed as a whole where no job is proven: a release describes an image that was built elsewhere.
   */
  readonly build: {
    readonly id: string;
    readonly builder: string;
    readonly startedAt: Instant | null;
    readonly finishedAt: Instant | null;
    /** What the token of the job proves; null: nothing. */
    readonly job: BuildJob | null;
  };
  /** What the build gate recorded of the commit; absent or null: nothing is known. */
  readonly buildGate?: GatedSource['buildGate'];
}

export interface ReleaseRequest {
  readonly facts: ReleaseFacts;
  /** Where the image is now. */
  readonly image: { readonly source: ArtifactSource; readonly reference: ImageReference };
  /** Where it is published, with a tag. */
  readonly destination: { readonly target: ArtifactTarget; readonly reference: ImageReference };
  /** Signs; with a `bundle` only the envelopes of statements. */
  readonly key: SigningKey;
  /** Makes bundles of sigstore by these terms; absent: Notary Project signatures by `key`. */
  readonly bundle?: BundleTerms;
  /** The gate is asked, and nothing is published. */
  readonly dryRun?: boolean;
  readonly tool: { readonly name: string; readonly version: string };
}

export interface ReleasePorts {
  readonly advisories: AdvisoryIndex;
  readonly now: () => Instant;
  /** Asks the release gate about the image and its artifacts as they would be published. */
  readonly gate: (reference: ImageReference, staged: ArtifactSource) => Promise<Result<Evaluation>>;
  readonly progress: (step: string) => void;
  /** Adds to the inventory of an image what is stated beside it: licences. Absent: nothing. */
  readonly complete?: (inventory: Inventory) => Promise<Inventory>;
  /** For each file of the image. */
  readonly reading: ReadingBudget;
  /**
   * What is attached to an image in a place, as the gates read it. Absent: nothing of an earlier
   * release of the image is replaced.
   */
  readonly gather?: (
    reference: ImageReference,
    source: ArtifactSource,
  ) => Promise<Result<ImageEvidence>>;
}
