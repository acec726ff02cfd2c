import { formatInstant } from '../../../../core/instant.ts';
import { NOT_COVERED_TEXT } from '../coverage-text.ts';
import { defineTable, type View } from '../view.ts';
import type { AdvisoryChanges } from './answer.ts';

export const view: View<AdvisoryChanges> = {
  tables: [
    defineTable({
      rows: ({ changes }: AdvisoryChanges) => changes,
      columns: {
        ADVISORY: ({ advisory }) => advisory,
        COMPONENT: ({ purl }) => purl,
        CHANGE: ({ change }) => change,
        FIXED: ({ fixed }) => (fixed.length === 0 ? null : fixed.join(', ')),
        RECORDED: ({ at }) => formatInstant(at),
      },
      none: 'no change for a component that is known here\n',
    }),
    defineTable({
      rows: ({ notCovered }: AdvisoryChanges) => notCovered,
      columns: {
        ECOSYSTEM: ({ ecosystem }) => ecosystem,
        REASON: ({ reason }) => NOT_COVERED_TEXT[reason],
      },
      title: () => '\nnot covered: a change for these components would not be seen\n',
      none: '',
    }),
  ],
  // 3 if nothing changed and a change for some components would not be seen.
  pickExitCode: ({ changes, notCovered, next }) =>
    // mutant changes-of-what-is-not-covered by not-covered: operand 3 -> false
    changes.length === 0 && next === null && notCovered.length > 0 ? 3 : 0,
  listNotes: ({ notCoveredMore }) =>
    notCoveredMore ? ['there are more ecosystems that are not covered'] : [],
};
