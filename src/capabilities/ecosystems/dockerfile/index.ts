import type { Ecosystem } from '../ecosystem.ts';
import { dockerfileDeclarations } from './dockerfile-declarations.ts';
import { dockerfileFixes } from './fix-dockerfile.ts';
import { dockerfileMentions } from './mentions.ts';

/** Images that a Dockerfile builds upon, and the system packages that it installs. */
export const dockerfile: Ecosystem = {
  name: 'dockerfile',
  purlTypes: ['oci'],
  declarations: dockerfileDeclarations,
  mentions: dockerfileMentions,
  fixes: dockerfileFixes,
};
