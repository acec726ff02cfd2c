import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, subjectOf } from '../asking-subject.ts';
import { evidenceText } from '../evidence-text.ts';
import { table } from '../io.ts';
import { question } from './ask-question.ts';

export const askVerdicts = question(async (reader, call, ask) => {
  const subject = await subjectOf(call, requireArgument(call, 'about what'), ask);
  const answer = orThrow(await reader.verdictsOf(subject, ask));
  const rows = answer.verdicts.map(({ gate, decision, firstAt, lastAt, repeats, workload, evidence }) => [
    gate,
    decision,
    formatInstant(firstAt),
    formatInstant(lastAt),
    String(repeats),
    workload ?? '-',
    evidenceText(evidence),
  ]);
  const header = ['GATE', 'DECISION', 'FIRST', 'LAST', 'REPEATS', 'WORKLOAD', 'RECORD'];
  return {
    answer: typeof subject === 'string' ? { image: subject, ...answer } : answer,
    text: () => (rows.length === 0 ? 'no verdict\n' : table(header, rows)),
    next: answer.next,
    exit: 0,
  };
});
