import { formatInstant } from '../../../../core/instant.ts';
import {
  defineUndigestedTable,
  describeNoRuns,
  formatNames,
  formatWorkload,
  isOpen,
  isUnseen,
  noteMoreUndigested,
  noteUnseen,
} from '../answer-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { Missing } from './answer.ts';

export const view: View<Missing> = {
  tables: [
    defineTable({
      rows: ({ deployments }: Missing) => deployments,
      columns: {
        LACKS: ({ lacks }) => lacks.join(', '),
        CLUSTER: ({ cluster }) => cluster,
        NAMESPACE: ({ namespace }) => namespace,
        WORKLOAD: formatWorkload,
        RELEASE: ({ releases }) => formatNames(releases),
        IMAGE: ({ image }) => image,
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
      },
      none: (answer) =>
        describeNoRuns(
          answer,
          isOpen(answer)
            ? 'nothing that runs with a known image lacks any of them\n'
            : 'nothing that is known to run lacks any of them\n',
        ),
    }),
    defineUndigestedTable('what these have is not known'),
  ],
  pickExitCode: (answer) => {
    // mutant running-image-that-lacks-evidence by missing: condition -> false
    if (answer.deployments.length > 0) return 1;
    // mutant missing-where-nobody-observed by observed-clusters: condition -> false
    if (isUnseen(answer)) return 3;
    // mutant missing-beside-an-unknown-image by missing: value -> 0
    return isOpen(answer) || answer.next !== null ? 3 : 0;
  },
  listNotes: (answer) => [
    `a scan counts from ${formatInstant(answer.scannedSince)} on`,
    ...(answer.next === null ? [] : ['not everything that runs was examined']),
    ...noteUnseen(answer),
    ...noteMoreUndigested(answer),
  ],
};
