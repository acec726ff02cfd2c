import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader, createManifestExtractor, createPinPlanner } from '../manifest.ts';
import { azureFormat } from './azure-pipelines.ts';

/** Containers, repositories and tasks of Azure Pipelines. */
export const azurePipelines: Ecosystem = {
  name: 'azure-pipelines',
  purlTypes: [],
  extractors: [createManifestExtractor('azure-pipelines', azureFormat)],
  declarations: createDeclarationReader(azureFormat),
  fixes: createPinPlanner(azureFormat),
};
