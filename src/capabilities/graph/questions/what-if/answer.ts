import { z } from 'zod';
import { GATES } from '../../../../core/verdict.ts';
import {
  count,
  decision,
  digest,
  flag,
  instant,
  list,
  OBSERVED,
  releaseName,
  running,
  shape,
  text,
  UNDIGESTED,
} from '../shapes.ts';

const rule = shape({
  rule: text,
  action: z.enum(['deny', 'warn', 'record']),
  outcome: z.enum(['holds', 'broken', 'undetermined']),
  reason: text,
  message: text.nullable(),
  fix: text.nullable(),
});

const row = shape({
  image: digest,
  running: running.nullable(),
  releases: list(releaseName),
  /** `never-judged`: there is no earlier decision about it. */
  before: z.enum(['allow', 'deny', 'undetermined', 'never-judged']),
  after: decision,
  /** The rules that lead to the result, each with its fix. */
  rules: list(rule),
  /** The facts of the decision, when they were gathered, and the decision that recorded them. */
  facts: digest.nullable(),
  decidedAt: instant.nullable(),
  /** The gate of that decision: another one, where the requested gate recorded no facts. */
  decidedBy: z.enum(GATES).nullable(),
  record: digest.nullable(),
});
export type TrialRow = z.output<typeof row>;

/** The answer has no pages: it is bounded by LIMITS.whatIfSubjectsMax. */
export const schema = shape({
  gate: z.enum(GATES),
  comparedWith: z.enum(['policy-in-force', 'recorded-decisions']),
  newlyDenied: list(row),
  newlyAllowed: list(row),
  newlyUndetermined: list(row),
  /** How many results did not change. */
  unchanged: shape({ deny: count, allow: count, undetermined: count }),
  examined: count,
  /** There is more to examine: the lists are incomplete. */
  more: flag,
  /** They cannot be examined; none for a gate before anything runs. */
  ...UNDIGESTED,
  ...OBSERVED,
  /** False: no cluster was observed until then; null: the gate is not asked about what runs. */
  observed: flag.nullable(),
});
export type PolicyTrial = z.output<typeof schema>;
