import type { ViolationAnswer } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { placeOf, subjectOf } from '../asking-subject.ts';
import { evidenceText } from '../evidence-text.ts';
import { table } from '../io.ts';
import { namesText } from './ask-answers.ts';
import { question } from './ask-question.ts';

/** What running workloads did, with the release, commit and author behind each. */
export const askViolations = question(async (reader, call, ask) => {
  const [text] = call.args;
  const subject = text === undefined ? null : await subjectOf(call, text, ask);
  const answer = orThrow(await reader.violationsOf(subject, ask, placeOf(call)));
  const header = 'AT|SEVERITY|RULE|CAUSE|CLUSTER|NAMESPACE|WORKLOAD|IMAGE|RELEASE|COMMIT|AUTHOR|EVIDENCE'.split('|');
  return {
    answer,
    text: () => (answer.violations.length === 0 ? 'no violation\n' : table(header, answer.violations.map(rowOf))),
    next: answer.next,
    exit: 0,
  };
});

function rowOf(one: ViolationAnswer): readonly string[] {
  const container = one.container === null ? '' : `/${one.container}`;
  const commits = one.releases.flatMap(({ source }) => source?.commit ?? []);
  const authors = one.commits.map(({ author, signed }) => `${author ?? 'unknown'}${signed ? '' : ' (unsigned)'}`);
  return [
    formatInstant(one.at),
    one.severity,
    one.rule,
    one.cause ?? 'unknown',
    one.cluster,
    one.namespace,
    `${one.workload.kind}/${one.workload.name}${container}`,
    imageText(one),
    namesText(one.releases),
    [...new Set(commits)].join(', ') || '-',
    [...new Set(authors)].join(', ') || '-',
    evidenceText(one.evidence),
  ];
}

/** What is not known is said; of several that come into question none is picked. */
function imageText({ joined, images }: ViolationAnswer): string {
  if (joined === 'unknown') return 'unknown';
  return joined === 'ambiguous' ? `one of ${images.join(', ')}` : images.join(', ');
}
