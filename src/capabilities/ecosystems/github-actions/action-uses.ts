import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { createSkip, type Draft, type Extraction, type Extractor } from '../extractor.ts';
import { buildActionParts, formatActionName, parseActionReference } from './action-reference.ts';
import { actionsFormat, readActions } from './actions-format.ts';

/** The actions and reusable workflows that a source tree runs, each once. */
export const actionUses: Extractor = {
  name: 'github-actions',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: actionsFormat.wants,
  extract: ({ path, bytes }): Extraction => {
    const drafts = new Map<string, Draft>();
    const used = orThrow(readActions(path, bytes)).dependencies.filter(
      ({ ecosystem }) => ecosystem === 'githubactions',
    );
    const skips = used
      .filter(({ purl }) => purl === null)
      .map(({ place, why, name }) =>
        createSkip(
          `${path}:${place.line}`,
          'FACT_UNKNOWN',
          `${JSON.stringify(name.slice(0, 100))}: ${why}`,
          'Write owner/repository@commit.',
        ),
      );
    for (const { requested } of used) {
      const action = parseActionReference(requested ?? '');
      if (action === null) continue;
      const key = formatActionName(action);
      drafts.set(`${key}@${action.ref}`, {
        key: `${key}@${action.ref}`,
        parts: buildActionParts(action),
        name: `${action.owner}/${action.repository}`,
        version: action.ref,
        licenses: [],
        source: null,
        locations: [path],
        hashes: {},
        origin: null,
        needs: [],
        development: false,
      });
    }
    return { drafts: [...drafts.values()], skips, direct: [...drafts.keys()] };
  },
};
