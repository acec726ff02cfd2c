import { formatCount } from '../../../../core/count.ts';
import { Failure } from '../../../../core/failure.ts';
import { formatRatingSource } from '../../../../core/severity.ts';
import { defineClaimsTable, formatFixed, formatSeverity } from '../answer-text.ts';
import { listDataNotes, NOT_COVERED_TEXT } from '../coverage-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { Findings, FindingsCoverage } from './answer.ts';

export const view: View<Findings> = {
  tables: [
    defineTable({
      rows: ({ findings }: Findings) => findings,
      columns: {
        SEVERITY: formatSeverity,
        'RATED BY': ({ severitySource }) => formatRatingSource(severitySource) || null,
        ID: ({ names, advisory }) => names[0] ?? advisory,
        COMPONENT: ({ purl }) => purl,
        'FIXED IN': ({ fixed }) => formatFixed(fixed),
        STATUS: ({ status }) => status,
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
        TITLE: ({ title }) => title,
        LINK: ({ link }) => link,
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
    defineClaimsTable(),
    defineTable({
      rows: ({ notCovered }: Findings) => notCovered,
      columns: { COMPONENT: (purl) => purl },
      title: () => '\ncomponents that are not judged\n',
      none: '',
    }),
  ],
  listNotes: (answer) => [
    ...(answer.notCoveredMore ? ['there are more components that are not judged'] : []),
    ...listDataNotes(answer, listOpen(answer), answer.coverage.length > listOpen(answer).length),
  ],
  pickExitCode: (answer) => {
    const { findings, claimed } = answer;
    // mutant claimed-finding-is-no-finding by claimed-findings: remove operand 2
    if (findings.some(isOpen) || claimed.some(isOpen)) return 1;
    return isClean(answer) ? 0 : 3;
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

function listOpen({ coverage }: Findings): readonly FindingsCoverage[] {
  return coverage.filter(({ reason }) => reason !== null);
}

function isClean(answer: Findings): boolean {
  const { inventory, notCovered, rejected } = answer;
  const isCovered = listOpen(answer).length === 0 && notCovered.length === 0;
  return inventory === 'complete' && isCovered && rejected === 0;
}

function describeNone(answer: Findings): string {
  const { inventory, claimed } = answer;
  if (inventory === null) return 'nothing matched: the components are unknown\n';
  const what = claimed.length > 0 ? 'nothing matched' : 'no findings';
  if (isClean(answer)) return `${what}\n`;
  if (inventory !== 'complete') return `${what} in a partial inventory\n`;
  const open = listOpen(answer).reduce((sum, { components }) => sum + components, 0);
  const except = open === 0 ? '' : `, which leaves out ${formatCount(open, 'component')}`;
  return `${what} in what is covered${except}\n`;
}
