import type { z } from 'zod';
import { flag, list, next, OBSERVED, release, running, shape, UNDIGESTED } from '../shapes.ts';

export const schema = shape({
  releases: list(release),
  /** There are more than LIMITS.pageRowsMax; the newest are shown. */
  releasesMore: flag,
  deployments: list(running),
  /** On the first page: in the place, what may run the subject. */
  ...UNDIGESTED,
  ...OBSERVED,
  next,
});
export type Whereabouts = z.output<typeof schema>;
