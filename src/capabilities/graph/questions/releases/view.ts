import { formatInstant } from '../../../../core/instant.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { ReleaseMatches } from './answer.ts';

/** A line for each component. */
export const view: View<ReleaseMatches> = {
  tables: [
    defineTable({
      rows: ({ releases }: ReleaseMatches) =>
        releases.flatMap((release) =>
          release.components.map((component) => ({ release, component })),
        ),
      columns: {
        RELEASE: ({ release }) => release.name,
        VERSION: ({ release }) => release.version,
        RELEASED: ({ release }) => formatInstant(release.releasedAt),
        OWNER: ({ release }) => release.owner,
        COMPONENT: ({ component }) => component.purl,
        IMAGE: ({ component }) => component.image,
        EVIDENCE: ({ release, component }) =>
          formatEvidence([...component.evidence, ...release.evidence]),
      },
      none: 'no release\n',
    }),
  ],
  listNotes: ({ matched, matchedMore, notCompared, otherVersions }, { text }) => [
    `matched ${matched.join(', ')}${matchedMore ? ' and more' : ''}`,
    ...(notCompared.length === 0 ? [] : [`could not be compared: ${notCompared.join(', ')}`]),
    ...(otherVersions.length === 0
      ? []
      : [
          text('component')?.includes('?') === true
            ? `nothing with that version and these qualifiers is known; ${listVersions(otherVersions)}`
            : `that version is unknown; ${listVersions(otherVersions)}`,
        ]),
  ],
};

function listVersions(versions: readonly string[]): string {
  return `the known versions are ${versions.join(', ')}`;
}
