import { type Chain, parseSelector, type Why, type WhyComponent } from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, subjectOf } from '../asking-subject.ts';
import type { ExitCode } from '../command.ts';
import { evidenceText } from '../evidence-text.ts';
import { printable, table } from '../io.ts';
import { node, type TreeNode } from '../tree.ts';
import { question } from './ask-question.ts';

/** Why a component is in something; 3 where that it is not listed says nothing. */
export const askWhy = question(async (reader, call, ask) => {
  const selector = orThrow(parseSelector(call.args[1] ?? ''));
  const subject = await subjectOf(call, requireArgument(call, 'in what'), ask);
  const answer = orThrow(await reader.why(subject, selector, ask));
  return {
    answer,
    text: () => textOf(answer),
    tree: () => (answer.components.length === 0 ? [node(noneText(answer))] : answer.components.map(treeOf)),
    next: null,
    exit: exitOf(answer),
    notes: [
      printable(`matched ${answer.matched.join(', ')}`),
      ...(answer.more ? ['not all components are shown; name one version'] : []),
    ],
  };
});

function exitOf({ components, inventory }: Why): ExitCode {
  return components.length > 0 || inventory === 'complete' ? 0 : 3;
}

function noneText({ inventory }: Why): string {
  if (inventory === 'complete') return 'it is not in its inventory, which is complete';
  return inventory === null ? 'nobody has told what it is made of' : 'it is not in its inventory, which is partial';
}

function textOf(answer: Why): string {
  if (answer.components.length === 0) return `${noneText(answer)}\n`;
  const rows = answer.components.map(({ purl, image, layer, path, paths, chains, evidence }) => [
    purl,
    image,
    layer ?? '-',
    path === null ? '-' : `${path}${paths > 1 ? ` and ${paths - 1} more` : ''}`,
    [...new Set(chains.map(({ chain }) => chainText(chain)))].join('; ') || '-',
    evidenceText(evidence),
  ]);
  return table(['COMPONENT', 'IMAGE', 'LAYER', 'FILE', 'BY WAY OF', 'EVIDENCE'], rows);
}

function chainText(chain: Chain): string {
  if (chain.kind === 'path') return chain.steps.join(' > ');
  return chain.kind === 'listed' ? 'listed, with no relation told' : `unknown: ${chain.why}`;
}

/** From the image inwards: the layer and file, and by each SBOM the way to it. */
function treeOf({ purl, image, layer, path, paths, development, chains, evidence }: WhyComponent): TreeNode {
  const signers = new Map(evidence.map((one) => [one.document, one]));
  return node(
    `${purl}${development ? ' (development only)' : ''}`,
    node(`image ${image}`),
    node(`layer ${layer ?? 'unknown'}`),
    node(`file ${path ?? 'unknown'}${paths > 1 ? ` and ${paths - 1} more` : ''}`),
    ...chains.map(({ document, chain }) => {
      const said = signers.get(document);
      const by = `says ${said === undefined ? `sbom ${document}` : evidenceText([said])}`;
      return chain.kind === 'path' ? node(by, nested(chain.steps)) : node(by, chainText(chain));
    }),
  );
}

function nested([first = '', ...rest]: readonly string[]): TreeNode {
  return rest.length === 0 ? node(first) : node(first, nested(rest));
}
