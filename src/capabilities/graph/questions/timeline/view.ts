import { formatInstant } from '../../../../core/instant.ts';
import { isUnseen, noteUnseen } from '../answer-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { Timeline } from './answer.ts';

export const view: View<Timeline> = {
  tables: [
    defineTable({
      rows: ({ events }: Timeline) => events,
      columns: {
        WHEN: ({ at }) => formatInstant(at),
        EVENT: ({ event }) => event,
        WHAT: ({ what }) => what,
        IMAGE: ({ image }) => image,
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
      },
      none: 'nothing is known to have happened\n',
    }),
  ],
  pickExitCode: (answer) => {
    // Where it ran, and until when, is a part of the answer.
    // mutant timeline-where-nobody-observed by observed-clusters: condition -> false
    if (isUnseen(answer)) return 3;
    // mutant timeline-that-leaves-out-events by timeline: value -> 0
    return answer.more ? 3 : 0;
  },
  listNotes: (answer) => [
    ...noteUnseen(answer),
    ...(answer.more ? ['there are events that were not read'] : []),
  ],
};
