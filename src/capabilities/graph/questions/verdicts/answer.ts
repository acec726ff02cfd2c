import { z } from 'zod';
import { GATES } from '../../../../core/verdict.ts';
import {
  count,
  decision,
  digest,
  IMAGE,
  instant,
  list,
  next,
  ROW,
  shape,
  text,
} from '../shapes.ts';

const verdict = shape({
  gate: z.enum(GATES),
  decision,
  workload: text.nullable(),
  policy: digest,
  firstAt: instant,
  lastAt: instant,
  /** How many times in a row the same was decided. */
  repeats: count,
  /** The document with the whole decision record. */
  document: digest,
  ...ROW,
});
export type VerdictAnswer = z.output<typeof verdict>;

export const schema = shape({ ...IMAGE, verdicts: list(verdict), next });
export type VerdictHistory = z.output<typeof schema>;
