import type { RunningAnswer } from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import { isAnywhere, readPlace, requireArgument, resolveSubject } from '../ask-subject.ts';
import { createEvidenceNodes } from '../evidence-text.ts';
import { createNode, type TreeNode } from '../tree.ts';
import { buildPlacesTree, formatDeployments, formatNames, formatReleases } from './ask-answers.ts';
import { defineQuestion } from './ask-question.ts';

/** Where something runs, or what runs somewhere. */
export const askWhere = defineQuestion(async (reader, call, ask) => {
  const place = readPlace(call);
  const anything = call.args.length === 0 && !isAnywhere(place);
  const subject = anything
    ? null
    : await resolveSubject(call, requireArgument(call, 'what, nor where'), ask);
  const answer = orThrow(await reader.where(subject, ask, place));
  return {
    answer,
    text: () =>
      `${subject === null ? '' : formatReleases(answer.releases)}${formatDeployments(answer.deployments)}`,
    tree: () =>
      answer.deployments.length === 0
        ? [createNode('not deployed')]
        : buildPlacesTree(answer.deployments, createImageNodes),
    next: answer.next,
    exit: 0,
  };
});

export function createImageNodes({
  image,
  reference,
  releases,
  evidence,
}: RunningAnswer): readonly TreeNode[] {
  return [
    createNode(`${reference} ${image} of ${formatNames(releases)}`),
    ...createEvidenceNodes(evidence),
  ];
}
