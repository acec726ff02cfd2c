import { parseSelector, type ReleaseMatches } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable, makePrintable } from '../io.ts';
import { defineQuestion } from './ask-question.ts';

export const askReleases = defineQuestion(async (reader, call, ask) => {
  const selector = orThrow(parseSelector(call.options.component ?? ''));
  const answer = orThrow(await reader.releasesWith(selector, ask));
  const { matched, matchedMore, notCompared, otherVersions } = answer;
  return {
    answer,
    text: () => formatAnswer(answer),
    next: answer.next,
    exit: 0,
    notes: [
      makePrintable(`matched ${matched.join(', ')}${matchedMore ? ' and more' : ''}`),
      ...(notCompared.length === 0
        ? []
        : [makePrintable(`could not be compared: ${notCompared.join(', ')}`)]),
      ...(otherVersions.length === 0
        ? []
        : [
            makePrintable(
              `nothing is known of that version; known are ${otherVersions.join(', ')}`,
            ),
          ]),
    ],
  };
});

function formatAnswer({ releases }: ReleaseMatches): string {
  const rows = releases.flatMap((release) =>
    release.components.map(({ purl, image, evidence }) => [
      release.name,
      release.version,
      formatInstant(release.releasedAt),
      release.owner ?? '-',
      purl,
      image,
      formatEvidence([...evidence, ...release.evidence]),
    ]),
  );
  const header = ['RELEASE', 'VERSION', 'RELEASED', 'OWNER', 'COMPONENT', 'IMAGE', 'EVIDENCE'];
  return rows.length === 0 ? 'no release\n' : formatTable(header, rows);
}
