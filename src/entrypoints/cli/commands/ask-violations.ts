import type { ViolationAnswer } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { readPlace, resolveSubject } from '../ask-subject.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable } from '../io.ts';
import { formatNames } from './ask-answers.ts';
import { defineQuestion } from './ask-question.ts';

/** What running workloads did, with the release, commit and author behind each. */
export const askViolations = defineQuestion(async (reader, call, ask) => {
  const [text] = call.args;
  const subject = text === undefined ? null : await resolveSubject(call, text, ask);
  const answer = orThrow(await reader.listViolations(subject, ask, readPlace(call)));
  const header =
    'AT|SEVERITY|RULE|CAUSE|CLUSTER|NAMESPACE|WORKLOAD|IMAGE|RELEASE|COMMIT|AUTHOR|EVIDENCE'.split(
      '|',
    );
  return {
    answer,
    text: () =>
      answer.violations.length === 0
        ? 'no violation\n'
        : formatTable(header, answer.violations.map(toRow)),
    next: answer.next,
    exit: 0,
  };
});

function toRow(one: ViolationAnswer): readonly string[] {
  const container = one.container === null ? '' : `/${one.container}`;
  const commits = one.releases.flatMap(({ source }) => source?.commit ?? []);
  const authors = one.commits.map(
    ({ author, signed }) => `${author ?? 'unknown'}${signed ? '' : ' (unsigned)'}`,
  );
  return [
    formatInstant(one.at),
    one.severity,
    one.rule,
    one.cause ?? 'unknown',
    one.cluster,
    one.namespace,
    `${one.workload.kind}/${one.workload.name}${container}`,
    formatImages(one),
    formatNames(one.releases),
    [...new Set(commits)].join(', ') || '-',
    [...new Set(authors)].join(', ') || '-',
    formatEvidence(one.evidence),
  ];
}

/** What is not known is said; of several that come into question none is picked. */
function formatImages({ joined, images }: ViolationAnswer): string {
  if (joined === 'unknown') return 'unknown';
  return joined === 'ambiguous' ? `one of ${images.join(', ')}` : images.join(', ');
}
