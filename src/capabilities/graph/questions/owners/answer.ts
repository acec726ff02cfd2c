import { z } from 'zod';
import { instant, list, next, ROW, shape, text } from '../shapes.ts';

const owned = shape({
  name: text,
  /** Null: nobody says. */
  owner: text.nullable(),
  /** The statement that names the owner: of its own, or the record of the newest release. */
  by: z.enum(['ownership', 'release']).nullable(),
  /** Since when; the date of the newest release where its record says it. */
  since: instant,
  newest: shape({ version: text, releasedAt: instant }),
  ...ROW,
});
export type OwnedRelease = z.output<typeof owned>;

export const schema = shape({
  /** The names of releases in their order; a page may have fewer than fit. */
  owners: list(owned),
  next,
});
export type Owners = z.output<typeof schema>;
