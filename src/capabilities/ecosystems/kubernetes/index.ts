import type { Ecosystem } from '../ecosystem.ts';
import { createDeclarationReader, createManifestExtractor, createPinPlanner } from '../manifest.ts';
import { kubernetesFormat } from './kubernetes.ts';

/** Images of manifests, and what kustomizations take from elsewhere. */
export const kubernetes: Ecosystem = {
  name: 'kubernetes',
  purlTypes: [],
  extractors: [createManifestExtractor('kustomization', kubernetesFormat)],
  declarations: createDeclarationReader(kubernetesFormat),
  fixes: createPinPlanner(kubernetesFormat),
};
