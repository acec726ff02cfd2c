import type { z } from 'zod';
import { component, flag, list, next, RELEASE, shape, text } from '../shapes.ts';

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
  next,
});
export type ReleaseMatches = z.output<typeof schema>;
