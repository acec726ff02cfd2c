import { LIMITS } from '../../core/limits.ts';
import type { QuestionOptions } from './answers.ts';

/** A question that nothing narrows, by the largest page there is. */
export const EVERYTHING: QuestionOptions = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: LIMITS.pageRowsMax, after: null },
};
