import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader, createManifestExtractor, createPinPlanner } from '../manifest.ts';
import { composeFormat } from './compose.ts';

/** The images of the services of Compose and of stacks. */
export const compose: Ecosystem = {
  name: 'compose',
  purlTypes: [],
  extractors: [createManifestExtractor('compose', composeFormat)],
  declarations: createDeclarationReader(composeFormat),
  fixes: createPinPlanner(composeFormat),
};
