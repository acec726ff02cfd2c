import { formatInstant } from '../../../../core/instant.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { Owners } from './answer.ts';

export const view: View<Owners> = {
  tables: [
    defineTable({
      rows: ({ owners }: Owners) => owners,
      columns: {
        RELEASE: ({ name }) => name,
        OWNER: ({ owner }) => owner ?? 'unknown',
        SINCE: ({ owner, since }) => (owner === null ? null : formatInstant(since)),
        NEWEST: ({ newest }) => newest.version,
        RELEASED: ({ newest }) => formatInstant(newest.releasedAt),
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
      },
      none: 'no release\n',
    }),
  ],
  // mutant release-that-nobody-owns by owners: value -> 0
  pickExitCode: ({ owners }) => (owners.some(({ owner }) => owner === null) ? 3 : 0),
};
