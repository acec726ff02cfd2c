import { formatInstant } from '../../../../core/instant.ts';
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
  ],
};
