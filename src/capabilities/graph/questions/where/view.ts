import {
  buildPlacesTree,
  buildUndigestedTree,
  createImageNodes,
  defineDeploymentsTable,
  defineReleasesTable,
  defineUndigestedTable,
  isOpen,
  noteMoreUndigested,
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
  listNotes: noteMoreUndigested,
  // 3 if something else may run it.
  // mutant place-of-an-unknown-image by undigested-containers: value -> 0
  pickExitCode: (answer) => (isOpen(answer) ? 3 : 0),
};
