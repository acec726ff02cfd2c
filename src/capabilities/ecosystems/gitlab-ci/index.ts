import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader, createManifestExtractor, createPinPlanner } from '../manifest.ts';
import { gitlabFormat } from './gitlab-ci.ts';

/** Images, services and included files of GitLab pipelines. */
export const gitlabCi: Ecosystem = {
  name: 'gitlab-ci',
  purlTypes: [],
  extractors: [createManifestExtractor('gitlab-ci', gitlabFormat)],
  declarations: createDeclarationReader(gitlabFormat),
  fixes: createPinPlanner(gitlabFormat),
};
