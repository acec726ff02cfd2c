import { formatCount } from '../../../../core/count.ts';
import { Failure } from '../../../../core/failure.ts';
import { formatFixed } from '../answer-text.ts';
import { listDataNotes, NOT_COVERED_TEXT } from '../coverage-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { Findings, FindingsCoverage } from './answer.ts';

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
    defineTable({
      rows: listOpen,
      columns: {
        ECOSYSTEM: ({ ecosystem }) => ecosystem,
        COMPONENTS: ({ components }) => `${components}`,
        REASON: ({ reason }) => (reason === null ? null : NOT_COVERED_TEXT[reason]),
      },
      title: () => '\nnot judged\n',
      none: '',
    }),
    defineTable({
      rows: ({ notCovered }: Findings) => notCovered,
      columns: { COMPONENT: (purl) => purl },
      title: () => '\n',
      none: '',
    }),
  ],
  listNotes: (answer) => [
    ...(answer.notCoveredMore ? ['there are more components that are not judged'] : []),
    ...listDataNotes(answer, listOpen(answer), answer.coverage.length > listOpen(answer).length),
  ],
  pickExitCode: (answer) => (answer.findings.length > 0 ? 1 : isClean(answer) ? 0 : 3),
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

function listOpen({ coverage }: Findings): readonly FindingsCoverage[] {
  return coverage.filter(({ reason }) => reason !== null);
}

function isClean(answer: Findings): boolean {
  const { inventory, notCovered, rejected } = answer;
  const isCovered = listOpen(answer).length === 0 && notCovered.length === 0;
  return inventory === 'complete' && isCovered && rejected === 0;
}

function describeNone(answer: Findings): string {
  if (isClean(answer)) return 'no findings\n';
  if (answer.inventory !== 'complete') return 'no findings in a partial inventory\n';
  const open = listOpen(answer).reduce((sum, { components }) => sum + components, 0);
  const except = open === 0 ? '' : `, which leaves out ${formatCount(open, 'component')}`;
  return `no findings in what is covered${except}\n`;
}
