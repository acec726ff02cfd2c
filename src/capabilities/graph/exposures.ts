import type { Digest } from '../../core/digest.ts';
import type { Purl } from '../../core/purl.ts';
import type { RatingSource, Severity } from '../../core/severity.ts';

/** A vulnerability of a component of an image, by evidence that nobody else could have written. */
export interface ImageExposure {
  /** Every name of the vulnerability; the first one is shown first. */
  readonly names: readonly string[];
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
  /** Null: it is unknown. */
  readonly severitySource: RatingSource | null;
  readonly purl: Purl;
  readonly status: 'affected' | 'unknown';
  readonly fixed: readonly string[];
  /** The image that has the component: the requested one, a member or an index of it. */
  readonly image: Digest;
}

/**
 * What advisories say of an image, whatever repository it is in. What trusted VEX statements
 * exclude is left out.
 */
export interface ImageExposures {
  readonly exposures: readonly ImageExposure[];
  /** There are more than LIMITS.findingsMax. */
  readonly more: boolean;
}
