import { z } from 'zod';
import { instant, list, next, purl, ROW, shape, text } from '../shapes.ts';

const change = shape({
  advisory: text,
  purl,
  /** `ended`: the advisory affected the component before and no longer does. */
  change: z.enum(['affected', 'unknown', 'ended']),
  rule: text,
  fixed: list(text),
  /** When the changed advisory was recorded. */
  at: instant,
  ...ROW,
});
export type AdvisoryChange = z.output<typeof change>;

/** In the order in which the advisories were recorded. */
export const schema = shape({ changes: list(change), next });
export type AdvisoryChanges = z.output<typeof schema>;
