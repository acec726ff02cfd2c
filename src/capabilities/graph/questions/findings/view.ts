import { Failure } from '../../../../core/failure.ts';
import { formatFixed } from '../answer-text.ts';
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
      none: ({ inventory }) =>
        inventory === 'complete' ? 'no findings\n' : 'no findings in a partial inventory\n',
    }),
    defineTable({
      rows: ({ notCovered }: Findings) => notCovered,
      columns: { COMPONENT: (purl) => purl },
      title: () => '\nnot judged: no advisory can be matched with these components\n',
      none: '',
    }),
  ],
  listNotes: ({ notCoveredMore }) =>
    notCoveredMore ? ['there are more components that no advisory can be matched with'] : [],
  pickExitCode: ({ findings, inventory, notCovered }) =>
    findings.length > 0 ? 1 : inventory === 'complete' && notCovered.length === 0 ? 0 : 3,
  // An image without an inventory has no known findings, which does not mean that it is clean.
  refuse: ({ inventory }, { text }) =>
    inventory !== null
      ? null
      : new Failure(
          'FACT_UNKNOWN',
          `the components of ${text('subject')} are unknown`,
          'Import its SBOM: waybill graph import FILE --subject DIGEST.',
        ),
};
