import { formatInstant } from '../../../../core/instant.ts';
import {
  defineUndigestedTable,
  formatSource,
  isOpen,
  isUnseen,
  noteMoreUndigested,
  noteUnseen,
} from '../answer-text.ts';
import type { DeploymentAnswer } from '../shapes.ts';
import { defineTable, type View } from '../view.ts';
import type { BlastRadius } from './answer.ts';

export const view: View<BlastRadius> = {
  tables: [
    defineTable({
      rows: ({ releases }: BlastRadius) => releases,
      columns: {
        RELEASE: ({ name }) => name,
        VERSION: ({ version }) => version,
        RELEASED: ({ releasedAt }) => formatInstant(releasedAt),
        OWNER: ({ owner }) => owner ?? 'unknown',
        COMMIT: ({ source }) => formatSource(source, 'commit'),
        'RUNS IN': ({ deployments }) => formatPlaces(deployments),
      },
      none: 'no release is known to rest on it\n',
    }),
    defineTable({
      rows: ({ unreleased }: BlastRadius) => unreleased,
      columns: {
        IMAGE: ({ image }) => image,
        'RUNS IN': ({ deployments }) => formatPlaces(deployments),
      },
      title: () => '\nimages of no known release that rest on it\n',
      none: '',
    }),
    defineTable({
      rows: ({ unknown }: BlastRadius) => unknown,
      columns: { RELEASE: ({ name }) => name, VERSION: ({ version }) => version },
      title: () => '\nnot known, because no evidence says what they rest on\n',
      none: '',
    }),
    defineUndigestedTable('what these rest on is not known'),
  ],
  pickExitCode: (answer) => {
    const { releases, unreleased, unknown, unknownMore, unreleasedMore } = answer;
    // mutant what-rests-on-it-is-found by blast-radius: condition -> false
    if (releases.length > 0 || unreleased.length > 0) return 1;
    // mutant radius-where-nobody-observed by observed-clusters: condition -> false
    if (isUnseen(answer)) return 3;
    const isUnknown = unknown.length > 0 || unknownMore || unreleasedMore || answer.next !== null;
    // mutant what-may-rest-on-it by blast-radius: value -> 0
    return isUnknown || isOpen(answer) ? 3 : 0;
  },
  listNotes: (answer) => [
    `matched ${answer.matched.join(', ')}${answer.matchedMore ? ' and others' : ''}`,
    ...(answer.unreleasedMore ? ['there are more images of no known release'] : []),
    ...(answer.unknownMore ? ['there are more releases of which it is not known'] : []),
    ...noteUnseen(answer),
    ...noteMoreUndigested(answer),
  ],
};

function formatPlaces(deployments: readonly DeploymentAnswer[]): string | null {
  const places = deployments.map(({ cluster, namespace }) => `${cluster}/${namespace}`);
  return [...new Set(places)].sort().slice(0, 5).join(', ') || null;
}
