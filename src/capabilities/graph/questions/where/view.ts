import {
  buildPlacesTree,
  createImageNodes,
  defineDeploymentsTable,
  defineReleasesTable,
} from '../answer-text.ts';
import { createNode, type View } from '../view.ts';
import type { Whereabouts } from './answer.ts';

export const view: View<Whereabouts> = {
  tables: [
    defineReleasesTable(({ text }) => text('subject') !== undefined),
    defineDeploymentsTable(),
  ],
  buildTree: ({ deployments }) =>
    deployments.length === 0
      ? [createNode('not deployed')]
      : buildPlacesTree(deployments, createImageNodes),
};
