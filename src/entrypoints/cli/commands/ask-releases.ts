import { parseSelector, type ReleasesWith } from '../../../capabilities/graph/index.ts';
import { formatInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { evidenceText } from '../evidence-text.ts';
import { printable, table } from '../io.ts';
import { question } from './ask-question.ts';

export const askReleases = question(async (reader, call, ask) => {
  const selector = orThrow(parseSelector(call.options.text('component') ?? ''));
  const answer = orThrow(await reader.releasesWith(selector, ask));
  const { matched, matchedMore, notCompared, otherVersions } = answer;
  return {
    answer,
    text: () => textOf(answer),
    next: answer.next,
    exit: 0,
    notes: [
      printable(`matched ${matched.join(', ')}${matchedMore ? ' and more' : ''}`),
      ...(notCompared.length === 0 ? [] : [printable(`could not be compared: ${notCompared.join(', ')}`)]),
      ...(otherVersions.length === 0
        ? []
        : [printable(`nothing is known of that version; known are ${otherVersions.join(', ')}`)]),
    ],
  };
});

function textOf({ releases }: ReleasesWith): string {
  const rows = releases.flatMap((release) =>
    release.components.map(({ purl, image, evidence }) => [
      release.name,
      release.version,
      formatInstant(release.releasedAt),
      release.owner ?? '-',
      purl,
      image,
      evidenceText([...evidence, ...release.evidence]),
    ]),
  );
  const header = ['RELEASE', 'VERSION', 'RELEASED', 'OWNER', 'COMPONENT', 'IMAGE', 'EVIDENCE'];
  return rows.length === 0 ? 'no release\n' : table(header, rows);
}
