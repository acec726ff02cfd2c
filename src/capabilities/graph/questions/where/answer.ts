import type { z } from 'zod';
import { flag, list, next, release, running, shape } from '../shapes.ts';

export const schema = shape({
  releases: list(release),
  /** There are more than LIMITS.pageRowsMax; the newest are shown. */
  releasesMore: flag,
  deployments: list(running),
  next,
});
export type Whereabouts = z.output<typeof schema>;
