import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader, createManifestExtractor, createPinPlanner } from '../manifest.ts';
import { preCommitFormat } from './pre-commit.ts';

/** Repositories and packages of the hooks of pre-commit. */
export const preCommit: Ecosystem = {
  name: 'pre-commit',
  purlTypes: [],
  extractors: [createManifestExtractor('pre-commit', preCommitFormat)],
  declarations: createDeclarationReader(preCommitFormat),
  fixes: createPinPlanner(preCommitFormat),
};
