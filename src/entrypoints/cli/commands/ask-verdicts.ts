import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, resolveSubject } from '../ask-subject.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable } from '../io.ts';
import { defineQuestion } from './ask-question.ts';

export const askVerdicts = defineQuestion(async (reader, call, ask) => {
  const subject = await resolveSubject(call, requireArgument(call, 'about what'), ask);
  const answer = orThrow(await reader.listVerdicts(subject, ask));
  const rows = answer.verdicts.map(
    ({ gate, decision, firstAt, lastAt, repeats, workload, evidence }) => [
      gate,
      decision,
      formatInstant(firstAt),
      formatInstant(lastAt),
      String(repeats),
      workload ?? '-',
      formatEvidence(evidence),
    ],
  );
  const header = ['GATE', 'DECISION', 'FIRST', 'LAST', 'REPEATS', 'WORKLOAD', 'RECORD'];
  return {
    answer: typeof subject === 'string' ? { image: subject, ...answer } : answer,
    text: () => (rows.length === 0 ? 'no verdict\n' : formatTable(header, rows)),
    next: answer.next,
    exit: 0,
  };
});
