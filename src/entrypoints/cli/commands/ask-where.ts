import type { RunningAnswer } from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import { isAnywhere, placeOf, requireArgument, subjectOf } from '../asking-subject.ts';
import { evidenceNodes } from '../evidence-text.ts';
import { node, type TreeNode } from '../tree.ts';
import { namesText, placesTree, releasesText, runningText } from './ask-answers.ts';
import { question } from './ask-question.ts';

/** Where something runs, or what runs somewhere. */
export const askWhere = question(async (reader, call, ask) => {
  const place = placeOf(call);
  const anything = call.args.length === 0 && !isAnywhere(place);
  const subject = anything ? null : await subjectOf(call, requireArgument(call, 'what, nor where'), ask);
  const answer = orThrow(await reader.where(subject, ask, place));
  return {
    answer,
    text: () => `${subject === null ? '' : releasesText(answer.releases)}${runningText(answer.deployments)}`,
    tree: () => (answer.deployments.length === 0 ? [node('not deployed')] : placesTree(answer.deployments, imageNodes)),
    next: answer.next,
    exit: 0,
  };
});

export function imageNodes({ image, reference, releases, evidence }: RunningAnswer): readonly TreeNode[] {
  return [node(`${reference} ${image} of ${namesText(releases)}`), ...evidenceNodes(evidence)];
}
