import { z } from 'zod';
import {
  affectedComponent,
  CLAIM,
  count,
  DATA,
  DEPLOYMENT,
  digest,
  flag,
  list,
  next,
  notCoveredReason,
  OBSERVED,
  purl,
  RATING,
  RELEASE,
  ROW,
  releaseName,
  shape,
  text,
  UNDIGESTED,
} from '../shapes.ts';

const exposedDeployment = shape({
  ...DEPLOYMENT,
  /**
   * Which of the images with an affected component runs here: the same digest, an index of it or a
   * member of it.
   */
  affected: list(digest),
});
export type ExposedDeployment = z.output<typeof exposedDeployment>;

const exposedRelease = shape({
  ...RELEASE,
  components: list(affectedComponent),
  /** Where its affected images run; empty: none of them is deployed. Bounded. */
  deployments: list(exposedDeployment),
  /** There are more than LIMITS.releaseComponentsMax. */
  componentsMore: flag,
  deploymentsMore: flag,
});
export type ExposedRelease = z.output<typeof exposedRelease>;

/** Why it is unknown whether a release is exposed. */
const reason = z.enum([
  'inventory-missing',
  'inventory-partial',
  'version-not-compared',
  'components-not-covered',
]);
export type UnknownReason = z.output<typeof reason>;

const unknownRelease = shape({
  ...RELEASE,
  reason,
  /** The versions that could not be compared, if that is the reason. Bounded. */
  components: list(affectedComponent),
  /** Components that are not covered, whatever the reason is. Bounded. */
  notCovered: list(purl),
});
export type UnknownRelease = z.output<typeof unknownRelease>;

/** A component that is not exposed because of a trusted VEX statement. */
const excusedComponent = shape({
  release: releaseName,
  purl,
  image: digest,
  status: z.enum(['not_affected', 'fixed']),
  justification: text.nullable(),
  ...ROW,
});
export type ExcusedComponent = z.output<typeof excusedComponent>;

const exposureClaim = shape({
  ...CLAIM,
  /** The newest releases that contain the image; empty: none is known. Bounded. */
  releases: list(releaseName),
  /** Where the image runs. Bounded. */
  deployments: list(shape(DEPLOYMENT)),
});
export type ExposureClaim = z.output<typeof exposureClaim>;

/** Where such an image runs; empty: nowhere that is known. Bounded. */
const WHERE_IT_RUNS = { deployments: list(shape(DEPLOYMENT)) };

const unreleasedImage = shape({ image: digest, purl, ...WHERE_IT_RUNS });
export type UnreleasedImage = z.output<typeof unreleasedImage>;

/** Such an image of which it is unknown whether it is exposed. */
const unreleasedGap = shape({
  image: digest,
  reason,
  /** Components that are not covered, whatever the reason is. Bounded. */
  notCovered: list(purl),
  ...WHERE_IT_RUNS,
});
export type UnreleasedGap = z.output<typeof unreleasedGap>;

/** Components of the listed releases that are not covered, by ecosystem. */
const notCovered = shape({
  ecosystem: text,
  reason: notCoveredReason,
  /** A component counts once for each inventory. */
  components: count,
  /** Some of them. */
  purls: list(purl),
  releases: count,
  /** Some of them. */
  examples: list(releaseName),
});
export type ExposureGap = z.output<typeof notCovered>;

export const schema = shape({
  /** Every name of the vulnerability. */
  names: list(text),
  /** What the records call it, on one line; null where none does. */
  title: text.nullable(),
  link: text,
  advisories: list(text),
  ...RATING,
  /** Exposed releases, deployed or not. */
  releases: list(exposedRelease),
  /**
   * What scans of other tools say of images, in a release or not; reported with the first page,
   * bounded.
   */
  claimed: list(exposureClaim),
  claimedMore: flag,
  /**
   * Images that hold an affected component and belong to no recorded release; reported with the
   * first page, bounded.
   */
  unreleased: list(unreleasedImage),
  unreleasedMore: flag,
  /**
   * Images without a release of unknown exposure, on the first page: those that run without an
   * inventory, then those with one, newest first; bounded.
   */
  unreleasedUnknown: list(unreleasedGap),
  /** There are more of them, or older images that were not examined. */
  unreleasedUnknownMore: flag,
  /**
   * On the first page: what they run, and so whether it is exposed, is unknown.
   */
  ...UNDIGESTED,
  ...OBSERVED,
  /** On this page: components that are not affected by a VEX statement of a trusted signer. */
  excused: list(excusedComponent),
  /** Releases with unknown exposure; reported with the first page, newest first, bounded. */
  unknown: list(unknownRelease),
  /** There are more of them, or older releases that were not examined. */
  unknownMore: flag,
  /** Why the components of these releases are not covered; the most components first. */
  notCovered: list(notCovered),
  ...DATA,
  next,
});
export type Exposure = z.output<typeof schema>;
