import {
  buildPlacesTree,
  buildUndigestedTree,
  createImageNodes,
  defineDeploymentsTable,
  defineReleasesTable,
  defineUndigestedTable,
  isOpen,
  isUnseen,
  noteMoreUndigested,
  noteUnseen,
} from '../answer-text.ts';
import { createNode, type View } from '../view.ts';
import type { Whereabouts } from './answer.ts';

export const view: View<Whereabouts> = {
  tables: [
    defineReleasesTable(({ text }) => text('subject') !== undefined),
    defineDeploymentsTable(),
    defineUndigestedTable('containers that may also run it'),
  ],
  buildTree: (answer) => [
    ...(answer.deployments.length === 0
      ? [createNode('not known to be deployed')]
      : buildPlacesTree(answer.deployments, createImageNodes)),
    ...buildUndigestedTree(answer),
  ],
  listNotes: (answer) => [...noteUnseen(answer), ...noteMoreUndigested(answer)],
  pickExitCode: (answer) => {
    // mutant place-that-nobody-observed by observed-clusters: condition -> false
    if (isUnseen(answer)) return 3;
    // 3 if something else may run it.
    // mutant place-of-an-unknown-image by undigested-containers: value -> 0
    return isOpen(answer) ? 3 : 0;
  },
};
