import { z } from 'zod';
import { component, flag, list, next, RELEASE, shape, text } from '../shapes.ts';

const openRelease = shape({
  ...RELEASE,
  /** Why it may have the component although nothing says so. */
  reason: z.enum(['inventory-missing', 'inventory-partial']),
});
export type OpenRelease = z.output<typeof openRelease>;

export const schema = shape({
  /** The packages that the selector matched, by purl without version; bounded. */
  matched: list(text),
  matchedMore: flag,
  /** Versions that could not be compared with the requested range: they may be in it. Bounded. */
  notCompared: list(text),
  /** If no known version is the requested one: the versions that are known. Bounded. */
  otherVersions: list(text),
  releases: list(
    shape({
      ...RELEASE,
      components: list(component),
      /** There are more than LIMITS.releaseComponentsMax. */
      componentsMore: flag,
    }),
  ),
  /**
   * Releases that are not listed and may have the component: not everything in them is known.
   * Reported with the first page, newest first, bounded.
   */
  unknown: list(openRelease),
  /** There are more of them, or older releases that were not examined. */
  unknownMore: flag,
  next,
});
export type ReleaseMatches = z.output<typeof schema>;
