import { formatInstant } from '../../../../core/instant.ts';
import {
  defineUndigestedTable,
  formatNames,
  formatWorkload,
  isOpen,
  isUnseen,
  noteMoreUndigested,
  noteUnseen,
} from '../answer-text.ts';
import { defineTable, type View } from '../view.ts';
import type { PolicyTrial, TrialRow } from './answer.ts';

export const view: View<PolicyTrial> = {
  tables: [
    defineTrialTable('newly denied', ({ newlyDenied }) => newlyDenied),
    defineTrialTable('\nnewly allowed', ({ newlyAllowed }) => newlyAllowed),
    defineTrialTable('\nnewly undetermined', ({ newlyUndetermined }) => newlyUndetermined),
    defineUndigestedTable('containers that could not be examined'),
  ],
  describeRest: ({ unchanged: { allow, deny, undetermined } }) =>
    `\nunchanged: ${allow} allowed, ${deny} denied, ${undetermined} undetermined\n`,
  listNotes: ({ examined, gate, comparedWith, more, ...open }, { moment }) => [
    `${examined} examined at the ${gate} gate as of ${formatInstant(moment)}, compared with ` +
      (comparedWith === 'policy-in-force'
        ? 'the policy in force'
        : 'the decisions that were recorded'),
    ...(examined === 0 ? ['nothing was examined, so nothing is said about the policy'] : []),
    ...(more ? ['there is more than could be examined: the lists are incomplete'] : []),
    ...noteMoreUndigested(open),
    ...noteUnseen(open),
  ],
  // 1 if the policy would newly refuse something, by a denial or an undetermined verdict. 3 if not
  // everything was examined, or nothing was.
  pickExitCode: ({ newlyDenied, newlyUndetermined, examined, more, ...open }) => {
    if (newlyDenied.length + newlyUndetermined.length > 0) return 1;
    // mutant trial-without-unknown-images by undigested-containers: condition -> false
    if (isOpen(open)) return 3;
    // mutant trial-where-nothing-is-observed by notes: condition -> false
    if (isUnseen(open)) return 3;
    // mutant trial-of-nothing-passes by notes: condition -> false
    return more || examined === 0 ? 3 : 0;
  },
};

/** A line for each rule, because each has its own reason and fix. */
function defineTrialTable(title: string, pick: (answer: PolicyTrial) => readonly TrialRow[]) {
  return defineTable({
    rows: (answer: PolicyTrial) => pick(answer).flatMap(listLines),
    columns: {
      RELEASE: ({ row }) => formatNames(row.releases),
      CLUSTER: ({ row }) => row.running?.cluster,
      NAMESPACE: ({ row }) => row.running?.namespace,
      WORKLOAD: ({ row }) => (row.running === null ? null : formatWorkload(row.running)),
      IMAGE: ({ row }) => row.image,
      BEFORE: ({ row }) => row.before,
      RULE: ({ rule }) => rule?.rule,
      WHY: ({ rule }) => rule?.message,
      FIX: ({ rule }) => rule?.fix,
      'FACTS OF': ({ row: { decidedAt, decidedBy } }) =>
        decidedAt === null ? null : `${formatInstant(decidedAt)} (${decidedBy})`,
      RECORD: ({ row }) => row.record,
    },
    title: (answer) => `${title}: ${pick(answer).length}\n`,
    none: `${title}: none\n`,
  });
}

function listLines(row: TrialRow) {
  const rules = row.rules.length === 0 ? [null] : row.rules;
  return rules.map((rule) => ({ row, rule }));
}
