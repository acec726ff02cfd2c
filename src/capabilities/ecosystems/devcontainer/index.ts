import type { Ecosystem } from '../ecosystem.ts';
import { createManifestExtractor, createPinPlanner } from '../manifest.ts';
import { devcontainerDeclarations, isDevcontainer, readDevcontainer } from './devcontainer.ts';

const FORMAT = { wants: isDevcontainer, read: readDevcontainer };

/** Images and features of development containers, with their lock. */
export const devcontainer: Ecosystem = {
  name: 'devcontainer',
  purlTypes: [],
  extractors: [createManifestExtractor('devcontainer', FORMAT)],
  declarations: devcontainerDeclarations,
  fixes: createPinPlanner(FORMAT),
};
