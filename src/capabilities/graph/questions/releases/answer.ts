import type { z } from 'zod';
import { component, flag, list, next, RELEASE, shape, text } from '../shapes.ts';

export const schema = shape({
  /** The packages that the selector matched, by purl without version; bounded. */
  matched: list(text),
  matchedMore: flag,
  /**
   * Versions that could not be compared with the range that was asked for: they may be meant.
   * Bounded.
   */
  notCompared: list(text),
  /** Where no version that is known is the one that was asked for: versions that are. Bounded. */
  otherVersions: list(text),
  releases: list(
    shape({
      ...RELEASE,
      components: list(component),
      /** There are more than LIMITS.releaseComponentsMax. */
      componentsMore: flag,
    }),
  ),
  next,
});
export type ReleaseMatches = z.output<typeof schema>;
