import { formatCount } from '../../../../core/count.ts';
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
  // 3 if a change for some components would not be seen, or is not understood.
  pickExitCode: ({ changes, notCovered, rejected }) => {
    // mutant change-to-unknown-is-judged by not-covered: condition -> false
    if (changes.some(({ change }) => change === 'unknown')) return 3;
    // mutant changes-of-what-is-not-covered by not-covered: operand 1 -> false
    // mutant changes-of-rejected-records by not-covered: operand 2 -> false
    return notCovered.length > 0 || rejected > 0 ? 3 : 0;
  },
  listNotes: ({ notCoveredMore, rejected }) => [
    ...(notCoveredMore ? ['there are more ecosystems that are not covered'] : []),
    ...(rejected === 0
      ? []
      : [
          `${formatCount(rejected, 'advisory record')} could not be read when feeds were ` +
            'imported, and may be changes: import these feeds again',
        ]),
  ],
};
