import { formatInstant } from '../../../../core/instant.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { OpenRelease, ReleaseMatches } from './answer.ts';

const REASONS = {
  'inventory-missing': 'its components are unknown',
  'inventory-partial': 'its inventory is partial',
} as const satisfies Record<OpenRelease['reason'], string>;

const UNKNOWN = defineTable({
  rows: ({ unknown }: ReleaseMatches) => unknown,
  columns: {
    RELEASE: ({ name }) => name,
    VERSION: ({ version }) => version,
    OWNER: ({ owner }) => owner,
    REASON: ({ reason }) => REASONS[reason],
    EVIDENCE: ({ evidence }) => formatEvidence(evidence),
  },
  title: () => '\nunknown whether they have it\n',
  none: '',
});

export const view: View<ReleaseMatches> = {
  tables: [
    // A line for each component.
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
      none: 'no release is known to have it\n',
    }),
    UNKNOWN,
  ],
  // 3 if others than those that are listed may have it.
  pickExitCode: ({ matchedMore, notCompared, unknown, unknownMore }) => {
    // mutant component-in-a-partial-inventory by release-gaps: value -> false
    const isOpen = notCompared.length > 0 || unknown.length > 0 || unknownMore;
    // mutant packages-that-were-not-looked-up by release-gaps: operand 2 -> false
    return isOpen || matchedMore ? 3 : 0;
  },
  listNotes: ({ matched, matchedMore, notCompared, otherVersions, unknownMore }, { text }) => [
    `matched ${matched.join(', ')}${matchedMore ? ' and more' : ''}`,
    ...(notCompared.length === 0 ? [] : [`could not be compared: ${notCompared.join(', ')}`]),
    ...(otherVersions.length === 0
      ? []
      : [
          text('component')?.includes('?') === true
            ? `nothing with that version and these qualifiers is known; ${listVersions(otherVersions)}`
            : `that version is unknown; ${listVersions(otherVersions)}`,
        ]),
    ...(unknownMore
      ? ['there are more releases that may have it, or older ones that were not examined']
      : []),
  ],
};

function listVersions(versions: readonly string[]): string {
  return `the known versions are ${versions.join(', ')}`;
}
