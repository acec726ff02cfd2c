import { Failure } from '../../../../core/failure.ts';
import { defineClaimsTable, formatFixed } from '../answer-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { Findings } from './answer.ts';

export const view: View<Findings> = {
  tables: [
    defineTable({
      rows: ({ findings }: Findings) => findings,
      columns: {
        SEVERITY: ({ severity }) => severity,
        ID: ({ names, advisory }) => names[0] ?? advisory,
        COMPONENT: ({ purl }) => purl,
        'FIXED IN': ({ fixed }) => formatFixed(fixed),
        STATUS: ({ status }) => status,
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
      },
      none: describeNone,
    }),
    defineClaimsTable(),
    defineTable({
      rows: ({ notCovered }: Findings) => notCovered,
      columns: { COMPONENT: (purl) => purl },
      title: () => '\nnot judged: no advisory can be matched with these components\n',
      none: '',
    }),
  ],
  listNotes: ({ notCoveredMore }) =>
    notCoveredMore ? ['there are more components that no advisory can be matched with'] : [],
  pickExitCode: ({ findings, claimed, inventory, notCovered }) => {
    // mutant claimed-finding-is-no-finding by claimed-findings: remove operand 2
    if (findings.some(isOpen) || claimed.some(isOpen)) return 1;
    return inventory === 'complete' && notCovered.length === 0 ? 0 : 3;
  },
  // An image without an inventory has no known findings, which does not mean that it is clean.
  refuse: ({ inventory, claimed }, { text }) =>
    inventory !== null || claimed.length > 0
      ? null
      : new Failure(
          'FACT_UNKNOWN',
          `the components of ${text('subject')} are unknown`,
          'Import its SBOM: waybill graph import FILE --subject DIGEST.',
        ),
};

function isOpen({ status }: { readonly status: string }): boolean {
  // mutant excused-finding-is-open by audit-vex: value -> true
  return status !== 'not_affected';
}

function describeNone({ inventory, claimed }: Findings): string {
  const what = claimed.length > 0 ? 'nothing matched' : 'no findings';
  if (inventory === 'complete') return `${what}\n`;
  return inventory === null
    ? 'nothing matched: the components are unknown\n'
    : `${what} in a partial inventory\n`;
}
