import { z } from 'zod';
import { count, flag, inventory, list, next, severity, shape, text } from '../shapes.ts';

const difference = shape({
  what: z.enum(['provenance', 'finding', 'licence', 'component']),
  change: z.enum(['added', 'removed', 'changed']),
  /** The package, the vulnerability with its package, the licence, or the part of the origin. */
  name: text,
  /** What the first says: a version, a status, a signer; null where it has none. */
  from: text.nullable(),
  to: text.nullable(),
  /** Of a finding alone. */
  severity: severity.nullable(),
});
export type Difference = z.output<typeof difference>;

/** What of one side is not known: that it has no difference there proves nothing. */
const side = shape({
  inventory,
  /** Whether all its components could be looked up in advisories. */
  judged: flag,
  /** Whether every component has a licence. */
  licensed: flag,
});
export type ComparedSide = z.output<typeof side>;

export const schema = shape({
  /** In the order of what they are about, as above, then of their names. */
  differences: list(difference),
  /** Findings that the second has and the first has not, on any page. */
  newFindings: count,
  from: side,
  to: side,
  next,
});
export type Diff = z.output<typeof schema>;
