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

/** What an answer says where every cluster is observed: for tests of something else. */
export const SEEN = { observed: true, silent: [], silentMore: false } as const;
