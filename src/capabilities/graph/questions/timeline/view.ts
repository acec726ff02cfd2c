import { formatInstant } from '../../../../core/instant.ts';
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
  // mutant timeline-that-leaves-out-events by timeline: value -> 0
  pickExitCode: ({ more }) => (more ? 3 : 0),
  listNotes: ({ more }) => (more ? ['there are events that were not read'] : []),
};
