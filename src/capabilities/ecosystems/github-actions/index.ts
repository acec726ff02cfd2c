import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader } from '../manifest.ts';
import { actionNaming } from './action-naming.ts';
import { actionUses } from './action-uses.ts';
import { actionsFormat } from './actions-format.ts';
import { actionFixes } from './fix-actions.ts';

/** Actions, reusable workflows and images of workflows; the same files of Gitea and Forgejo. */
export const githubActions: Ecosystem = {
  name: 'github-actions',
  // Syft writes `github` for an action; other tools write it for any repository.
  purlTypes: ['githubactions', 'github'],
  advisories: actionNaming,
  extractors: [actionUses],
  markers: [
    { pattern: /(?:^|\/)\.(?:github|gitea|forgejo)\/workflows\/[^/]+\.ya?ml$/, means: 'read' },
    { pattern: /(?:^|\/)action\.ya?ml$/, means: 'read' },
  ],
  declarations: createDeclarationReader(actionsFormat),
  fixes: actionFixes,
};
