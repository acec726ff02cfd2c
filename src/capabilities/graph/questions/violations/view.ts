import { formatInstant } from '../../../../core/instant.ts';
import { formatNames, formatSource } from '../answer-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import { defineTable, type View } from '../view.ts';
import type { ViolationAnswer, Violations } from './answer.ts';

/** What running workloads did, with the release, commit and author behind each. */
export const view: View<Violations> = {
  tables: [
    defineTable({
      rows: ({ violations }: Violations) => violations,
      columns: {
        AT: ({ at }) => formatInstant(at),
        SEVERITY: ({ severity }) => severity,
        RULE: ({ rule }) => rule,
        CAUSE: ({ cause }) => cause ?? 'unknown',
        CLUSTER: ({ cluster }) => cluster,
        NAMESPACE: ({ namespace }) => namespace,
        WORKLOAD: ({ workload: { kind, name }, container }) =>
          `${kind}/${name}${container === null ? '' : `/${container}`}`,
        IMAGE: formatImages,
        RELEASE: ({ releases }) => formatNames(releases),
        COMMIT: ({ releases }) =>
          listOnce(releases.flatMap(({ source }) => formatSource(source, 'commit') ?? [])),
        AUTHOR: ({ commits }) =>
          listOnce(
            commits.map(
              ({ author, signed }) => `${author ?? 'unknown'}${signed ? '' : ' (unsigned)'}`,
            ),
          ),
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
      },
      none: 'no violation is recorded\n',
    }),
  ],
};

function listOnce(texts: readonly string[]): string | null {
  return [...new Set(texts)].join(', ') || null;
}

/** An unknown value is shown as unknown; if several images are possible, none is chosen. */
function formatImages({ joined, images }: ViolationAnswer): string {
  if (joined === 'unknown') return 'unknown';
  return joined === 'ambiguous' ? `one of ${images.join(', ')}` : images.join(', ');
}
