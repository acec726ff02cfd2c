import type { Digest } from '../../core/digest.ts';
import type {
  DeploymentAnswer,
  ReleaseAnswer,
  SilentCluster,
  UndigestedContainer,
} from './questions/shapes.ts';

/** An image that was released, or that runs. */
export interface EstateImage {
  /** What a gate is asked about: the image of a release, else what runs. */
  readonly digest: Digest;
  /** Registry, repository and, if it is known, the tag of the release or the workload. */
  readonly reference: string;
  /** The references of all its releases, the newest first: the same image, promoted. */
  readonly references: readonly string[];
  /** The newest release that contains it; null for an image that runs without a release. */
  readonly release: ReleaseAnswer | null;
  /** Where it runs, as itself or as one of its members; bounded, see `deploymentsMore`. */
  readonly deployments: readonly DeploymentAnswer[];
  readonly deploymentsMore: boolean;
}

/** Everything that was released and everything that runs, a page at a time. */
export interface Estate {
  readonly images: readonly EstateImage[];
  readonly next: string | null;
  /** Running containers without the digest of an image, on the first page; bounded. */
  readonly undigested: readonly UndigestedContainer[];
  /** There are more of them, or clusters that were not examined. */
  readonly undigestedMore: boolean;
  /** False: no cluster was observed, so it is not known what runs. */
  readonly observed: boolean;
  /** Clusters whose last observation has ended; bounded. */
  readonly silent: readonly SilentCluster[];
  readonly silentMore: boolean;
}
