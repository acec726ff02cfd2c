import {
  type Chain,
  parseSelector,
  type WhyAnswer,
  type WhyComponent,
} from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import { requireArgument, resolveSubject } from '../ask-subject.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable, makePrintable } from '../io.ts';
import type { ExitCode } from '../report/report.ts';
import { createNode, type TreeNode } from '../tree.ts';
import { defineQuestion } from './ask-question.ts';

/** Why a component is in something; 3 where that it is not listed says nothing. */
export const askWhy = defineQuestion(async (reader, call, ask) => {
  const selector = orThrow(parseSelector(call.args[1] ?? ''));
  const subject = await resolveSubject(call, requireArgument(call, 'in what'), ask);
  const answer = orThrow(await reader.why(subject, selector, ask));
  return {
    answer,
    text: () => formatWhy(answer),
    tree: () =>
      answer.components.length === 0
        ? [createNode(explainNone(answer))]
        : answer.components.map(buildTree),
    next: null,
    exit: toExitCode(answer),
    notes: [
      makePrintable(`matched ${answer.matched.join(', ')}`),
      ...(answer.more ? ['not all components are shown; name one version'] : []),
    ],
  };
});

function toExitCode({ components, inventory }: WhyAnswer): ExitCode {
  return components.length > 0 || inventory === 'complete' ? 0 : 3;
}

function explainNone({ inventory }: WhyAnswer): string {
  if (inventory === 'complete') return 'it is not in its inventory, which is complete';
  return inventory === null
    ? 'nobody has told what it is made of'
    : 'it is not in its inventory, which is partial';
}

function formatWhy(answer: WhyAnswer): string {
  if (answer.components.length === 0) return `${explainNone(answer)}\n`;
  const rows = answer.components.map(({ purl, image, layer, path, paths, chains, evidence }) => [
    purl,
    image,
    layer ?? '-',
    path === null ? '-' : `${path}${paths > 1 ? ` and ${paths - 1} more` : ''}`,
    [...new Set(chains.map(({ chain }) => formatChain(chain)))].join('; ') || '-',
    formatEvidence(evidence),
  ]);
  return formatTable(['COMPONENT', 'IMAGE', 'LAYER', 'FILE', 'BY WAY OF', 'EVIDENCE'], rows);
}

function formatChain(chain: Chain): string {
  if (chain.kind === 'path') return chain.steps.join(' > ');
  return chain.kind === 'listed' ? 'listed, with no relation told' : `unknown: ${chain.why}`;
}

/** From the image inwards: the layer and file, and by each SBOM the way to it. */
function buildTree({
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
      return chain.kind === 'path'
        ? createNode(by, nestSteps(chain.steps))
        : createNode(by, formatChain(chain));
    }),
  );
}

function nestSteps([first = '', ...rest]: readonly string[]): TreeNode {
  return rest.length === 0 ? createNode(first) : createNode(first, nestSteps(rest));
}
