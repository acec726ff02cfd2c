import { z } from 'zod';
import {
  affectedComponent,
  DEPLOYMENT,
  digest,
  flag,
  list,
  next,
  purl,
  RELEASE,
  ROW,
  releaseName,
  severity,
  shape,
  text,
} from '../shapes.ts';

const exposedDeployment = shape({
  ...DEPLOYMENT,
  /**
   * Which images with an affected component this runs: the same digest, an index of it or a member
   * of it.
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

/** Why nobody can say whether a release is exposed. */
const reason = z.enum(['inventory-missing', 'inventory-partial', 'version-not-compared']);
export type UnknownReason = z.output<typeof reason>;

const unknownRelease = shape({
  ...RELEASE,
  reason,
  /** The versions that could not be compared, where that is the reason. Bounded. */
  components: list(affectedComponent),
});
export type UnknownRelease = z.output<typeof unknownRelease>;

/** What a trusted VEX statement takes out of an exposure. */
const excusedComponent = shape({
  release: releaseName,
  purl,
  image: digest,
  status: z.enum(['not_affected', 'fixed']),
  justification: text.nullable(),
  ...ROW,
});
export type ExcusedComponent = z.output<typeof excusedComponent>;

export const schema = shape({
  /** Every name of the vulnerability. */
  names: list(text),
  advisories: list(text),
  severity,
  /** Exposed, whether they run anywhere or not. */
  releases: list(exposedRelease),
  /** Of this page: components that a VEX statement by a trusted signer takes out. */
  excused: list(excusedComponent),
  /** Releases of which nobody can say; reported with the first page, newest first, bounded. */
  unknown: list(unknownRelease),
  /** There are more of them, or older releases that were not looked at. */
  unknownMore: flag,
  next,
});
export type Exposure = z.output<typeof schema>;
