import { z } from 'zod';
import {
  count,
  flag,
  instant,
  list,
  next,
  notCoveredReason,
  purl,
  ROW,
  shape,
  text,
} from '../shapes.ts';

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

/** Ecosystems of known components that no advisory can change: they are not covered. */
const notCovered = shape({ ecosystem: text, reason: notCoveredReason });

export const schema = shape({
  /** In the order in which the advisories were recorded. */
  changes: list(change),
  /** Reported with the first page, bounded. */
  notCovered: list(notCovered),
  notCoveredMore: flag,
  /** Records that could not be read when feeds were imported: each may be a change. */
  rejected: count,
  next,
});
export type AdvisoryChanges = z.output<typeof schema>;
