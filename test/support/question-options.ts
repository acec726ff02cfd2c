import type { QuestionOptions } from '../../src/capabilities/graph/index.ts';

/** A question that nothing narrows, and a page that small graphs fit on. */
export const ASK: QuestionOptions = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: 100, after: null },
};
