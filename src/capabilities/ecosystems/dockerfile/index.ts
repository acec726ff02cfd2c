import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader, createPinPlanner } from '../manifest.ts';
import { dockerfileFormat } from './dockerfile-format.ts';
import { dockerfileMentions } from './mentions.ts';

/** Images that a Dockerfile builds upon, and the packages that its commands install. */
export const dockerfile: Ecosystem = {
  name: 'dockerfile',
  purlTypes: ['oci'],
  declarations: createDeclarationReader(dockerfileFormat),
  mentions: dockerfileMentions,
  fixes: createPinPlanner(dockerfileFormat),
};
