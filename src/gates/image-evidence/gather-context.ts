import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type {
  FactGatherer,
  NotaryTrust,
  SigstoreTrust,
  TrustDocument,
} from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { FetchedBundles } from './fetched-bundles.ts';
import type { KnownStrangers } from './known-strangers.ts';

/** The trust document as it is now; a changed file is another value with another digest. */
export interface TrustMaterial {
  readonly notary: NotaryTrust;
  readonly sigstore: SigstoreTrust;
  readonly document: TrustDocument;
  /** Where to ask for what no document says, such as revocation. */
  readonly gatherer: FactGatherer;
  /** When the document, the policy and every certificate together stop being valid. */
  readonly digest: Digest;
}

/** How much of the documents of one image is read, over all its platforms. */
export interface ReadLimits {
  /** All documents together. An image with more is not examined: `TooHeavy`. */
  readonly bytesMax: number;
  /** Documents of strangers: those over it are not read, because they can only add findings. */
  readonly strangersBytesMax: number;
  /**
   * Steps of matching what trusted signers listed with advisories (scanInventory). An image that
   * takes more is not examined: `TooHeavy`. Absent: the rest is given up at `LIMITS.matchStepsMax`.
   */
  readonly matchStepsMax?: number;
}

export interface GatherPorts {
  readonly source: ArtifactSource;
  readonly trust: TrustMaterial;
  /** Absent: everything is read. */
  readonly limits?: ReadLimits;
  /** Whether all signatures are shown; absent: it is enough to find one that counts. */
  readonly showsAll?: boolean;
  /** When it aborts, no further document is looked for; absent: at the end of the call. */
  readonly patience?: AbortSignal;
  /** What earlier searches found to be of strangers; absent: nothing. */
  readonly strangers?: KnownStrangers;
  /** Absent: who called may end the whole thread. */
  readonly reading?: ReadingBudget;
}

/** What every step of one gathering needs. */
export interface GatherContext extends GatherPorts {
  readonly reference: ImageReference;
  readonly repository: string;
  readonly now: Instant;
  readonly options: CallOptions;
  /**
   * Documents that were looked for, those of them that nobody signed, and those of strangers that
   * were known before. `isOversized`: a list had a page that is not read here.
   */
  readonly searched: { documents: number; strangers: number; known: number; isOversized: boolean };
  readonly fetched: FetchedBundles;
}

/** The context of a new search, in which nothing was found yet. */
export function openGathering(
  reference: ImageReference,
  now: Instant,
  ports: GatherPorts,
  options: CallOptions,
): GatherContext {
  return {
    ...ports,
    reference,
    repository: formatRepository(reference),
    now,
    options,
    searched: { documents: 0, strangers: 0, known: 0, isOversized: false },
    fetched: new FetchedBundles(),
  };
}
