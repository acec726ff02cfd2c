import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, resolveSubject } from '../ask-subject.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable } from '../io.ts';
import { defineQuestion } from './ask-question.ts';

/**
 * 1 when there are findings; an image without an inventory has none that are known, which is not
 * clean.
 */
export const askFindings = defineQuestion(async (reader, call, ask) => {
  const subject = await resolveSubject(call, requireArgument(call, 'of what'), ask);
  const answer = orThrow(await reader.listFindings(subject, ask));
  if (answer.inventory === null) {
    const remedy = 'Import its SBOM: waybill graph import FILE --subject DIGEST.';
    throw new Failure('FACT_UNKNOWN', `nobody has told what ${call.args[0]} is made of`, remedy);
  }
  const rows = answer.findings.map(
    ({ severity, names, purl, fixed, status, advisory, evidence }) => [
      severity,
      names[0] ?? advisory,
      purl,
      fixed.slice(0, 3).join(', ') || '-',
      status,
      formatEvidence(evidence),
    ],
  );
  const none =
    answer.inventory === 'complete' ? 'no findings\n' : 'no findings in a partial inventory\n';
  const header = ['SEVERITY', 'ID', 'COMPONENT', 'FIXED IN', 'STATUS', 'EVIDENCE'];
  return {
    answer: typeof subject === 'string' ? { image: subject, ...answer } : answer,
    text: () => (rows.length === 0 ? none : formatTable(header, rows)),
    next: answer.next,
    exit: rows.length > 0 ? 1 : answer.inventory === 'complete' ? 0 : 3,
  };
});
