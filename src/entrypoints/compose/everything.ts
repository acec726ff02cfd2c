import type { QuestionOptions } from '../../capabilities/graph/index.ts';
import { LIMITS } from '../../core/limits.ts';

/** A question that nothing narrows, by the largest page there is. */
export const EVERYTHING: QuestionOptions = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: LIMITS.pageRowsMax, after: null },
};
