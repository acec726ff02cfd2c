import { formatInstant } from '../../../../core/instant.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { VerdictHistory } from './answer.ts';

export const view: View<VerdictHistory> = {
  tables: [
    defineTable({
      rows: ({ verdicts }: VerdictHistory) => verdicts,
      columns: {
        GATE: ({ gate }) => gate,
        DECISION: ({ decision }) => decision,
        FIRST: ({ firstAt }) => formatInstant(firstAt),
        LAST: ({ lastAt }) => formatInstant(lastAt),
        REPEATS: ({ repeats }) => String(repeats),
        WORKLOAD: ({ workload }) => workload,
        RECORD: ({ evidence }) => formatEvidence(evidence),
      },
      none: 'no verdict\n',
    }),
  ],
};
