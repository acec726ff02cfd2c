import type { QuestionOptions } from '../../src/capabilities/graph/index.ts';

/** A question without filters, and a page that is large enough for small graphs. */
export const ASK: QuestionOptions = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: 100, after: null },
};
