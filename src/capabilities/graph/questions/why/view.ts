import { formatEvidence } from '../evidence-text.ts';
import { createNode, defineTable, type TreeNode, type View } from '../view.ts';
import type { Chain, WhyAnswer, WhyComponent } from './answer.ts';

export const view: View<WhyAnswer> = {
  tables: [
    defineTable({
      rows: ({ components }: WhyAnswer) => components,
      columns: {
        COMPONENT: ({ purl }) => purl,
        IMAGE: ({ image }) => image,
        LAYER: ({ layer }) => layer,
        FILE: formatFile,
        PATH: ({ chains }) =>
          [...new Set(chains.map(({ chain }) => formatChain(chain)))].join('; ') || null,
        EVIDENCE: ({ evidence }) => formatEvidence(evidence),
      },
      none: (answer) => `${explainNone(answer)}\n`,
    }),
  ],
  buildTree: (answer) =>
    answer.components.length === 0
      ? [createNode(explainNone(answer))]
      : answer.components.map(createComponentNode),
  listNotes: ({ matched, matchedMore, notCompared, more }) => [
    `matched ${matched.join(', ')}${matchedMore ? ' and more' : ''}`,
    ...(notCompared.length === 0 ? [] : [`could not be compared: ${notCompared.join(', ')}`]),
    ...(more ? ['not all components are shown; name one version'] : []),
  ],
  // If the inventory is incomplete, it proves nothing that a component is not listed.
  pickExitCode: (answer) => {
    // mutant why-of-a-version-that-was-not-compared by why-compared: condition -> false
    if (answer.notCompared.length > 0 || answer.matchedMore) return 3;
    return answer.components.length > 0 || answer.inventory === 'complete' ? 0 : 3;
  },
};

function explainNone({ inventory, notCompared, matchedMore }: WhyAnswer): string {
  if (notCompared.length > 0) return 'it may be in its inventory: a version could not be compared';
  if (matchedMore) return 'it may be in its inventory: not all packages were looked for';
  if (inventory === 'complete') return 'it is not in its inventory, which is complete';
  return inventory === null
    ? 'its components are unknown'
    : 'it is not in its inventory, which is partial';
}

const UNKNOWN_ROOT = 'unknown root';
const MORE_PATHS = 'and more paths of this length';

function formatFile({ path, paths }: WhyComponent): string | null {
  return path === null ? null : `${path}${paths > 1 ? ` and ${paths - 1} more` : ''}`;
}

function formatChain(chain: Chain): string {
  if (chain.kind === 'path') return listPaths(chain).join('; ');
  if (chain.kind === 'rootless') return [UNKNOWN_ROOT, ...chain.steps].join(' > ');
  return chain.kind === 'listed' ? 'listed without a relation' : `unknown: ${chain.why}`;
}

/** All shortest paths, one text each. */
function listPaths({ steps, others, othersMore }: Chain & { kind: 'path' }): readonly string[] {
  const paths = [steps, ...(others ?? [])].map((path) => path.join(' > '));
  return othersMore === true ? [...paths, MORE_PATHS] : paths;
}

/** From the image to the component: layer and file, and the path in each SBOM. */
function createComponentNode({
  purl,
  image,
  layer,
  path,
  paths,
  development,
  chains,
  evidence,
}: WhyComponent): TreeNode {
  const signers = new Map(evidence.map((one) => [one.document, one]));
  return createNode(
    `${purl}${development ? ' (development only)' : ''}`,
    createNode(`image ${image}`),
    createNode(`layer ${layer ?? 'unknown'}`),
    createNode(`file ${path ?? 'unknown'}${paths > 1 ? ` and ${paths - 1} more` : ''}`),
    ...chains.map(({ document, chain }) => {
      const said = signers.get(document);
      const by = `says ${said === undefined ? `sbom ${document}` : formatEvidence([said])}`;
      if (chain.kind === 'path') {
        const paths = [chain.steps, ...(chain.others ?? [])].map(nestSteps);
        return createNode(by, ...paths, ...(chain.othersMore === true ? [MORE_PATHS] : []));
      }
      return chain.kind === 'rootless'
        ? createNode(by, nestSteps([UNKNOWN_ROOT, ...chain.steps]))
        : createNode(by, formatChain(chain));
    }),
  );
}

function nestSteps([first = '', ...rest]: readonly string[]): TreeNode {
  return rest.length === 0 ? createNode(first) : createNode(first, nestSteps(rest));
}
