import type { z } from 'zod';
import {
  DEPLOYMENT,
  digest,
  flag,
  list,
  next,
  OBSERVED,
  RELEASE,
  releaseName,
  shape,
  text,
  UNDIGESTED,
} from '../shapes.ts';

/** Where its images run. Bounded. */
const RUNS = { deployments: list(shape(DEPLOYMENT)) };

const touchedRelease = shape({ ...RELEASE, ...RUNS });
export type TouchedRelease = z.output<typeof touchedRelease>;

const touchedImage = shape({ image: digest, ...RUNS });
export type TouchedImage = z.output<typeof touchedImage>;

export const schema = shape({
  /** What the question matched: packages, images, builds, signers or commits. Bounded. */
  matched: list(text),
  matchedMore: flag,
  /** The newest first. */
  releases: list(touchedRelease),
  /** Images that rest on it and belong to no recorded release; with the first page. Bounded. */
  unreleased: list(touchedImage),
  unreleasedMore: flag,
  /** Releases of which no evidence says whether they rest on it; with the first page. Bounded. */
  unknown: list(releaseName),
  unknownMore: flag,
  ...UNDIGESTED,
  ...OBSERVED,
  next,
});
export type BlastRadius = z.output<typeof schema>;
