import type { Digest } from '../../core/digest.ts';
import type { DeploymentAnswer, ReleaseAnswer } from './questions/shapes.ts';

/** An image that somebody answers for: it was released, or it runs. */
export interface EstateImage {
  /** What a gate would be asked about: the image of a release, else what runs. */
  readonly digest: Digest;
  /** Registry, repository and, where it was told, the tag by which it was released or runs. */
  readonly reference: string;
  /** The newest release that consists of it; null for what runs without one. */
  readonly release: ReleaseAnswer | null;
  /** Where it runs, as itself or as one of its members; bounded, see `deploymentsMore`. */
  readonly deployments: readonly DeploymentAnswer[];
  readonly deploymentsMore: boolean;
}

/** All that was released and all that runs, a page at a time. */
export interface Estate {
  readonly images: readonly EstateImage[];
  readonly next: string | null;
}
