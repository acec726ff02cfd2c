export { compareImages, type ImageComparison } from './compare/compare-images.ts';
export type { DifferenceKind, ImageDifference } from './compare/difference.ts';
export { pairLayers } from './compare/pair-layers.ts';
export { type DeclaredOptions, readDeclaredDependencies } from './declared-dependencies.ts';
export { type ImageOptions, inventoryImage } from './inventory-image.ts';
export { inventoryTree, type TreeOptions } from './inventory-tree.ts';
export {
  completeLicences,
  createSbomLicences,
  type LicenceSource,
} from './licences/complete-licences.ts';
export { createFolderLicences } from './licences/folder-licences.ts';
export type { FileTree, ImageContent, LayerContent, TreeEntry, WalkOptions } from './port.ts';
export {
  completeRequirements,
  type PackageFolder,
} from './requirements/complete-requirements.ts';
export {
  checkSbom,
  type ElementCheck,
  type ProfileCheck,
  SBOM_PROFILES,
  type SbomProfile,
} from './sbom/check/check-sbom.ts';
export { type SbomValidation, validateSbom } from './sbom/check/validate-sbom.ts';
export type { ParsedSbom } from './sbom/component-collector.ts';
export { diffInventories, type InventoryDifference } from './sbom/diff-inventories.ts';
export { mergeInventories } from './sbom/merge-inventories.ts';
export { readSbom } from './sbom/read-sbom.ts';
export { recogniseSbom } from './sbom/recognise-sbom.ts';
export { type Redactable, redactInventory } from './sbom/redact-inventory.ts';
export { readSbomRelations, type SbomRelations } from './sbom/relations.ts';
export type { SbomFindings } from './sbom/sbom-findings.ts';
export type { SbomFormat } from './sbom/sbom-format.ts';
export { listSbomGaps } from './sbom/sbom-gaps.ts';
export type {
  GenerationContext,
  SbomAuthor,
  SbomOptions,
  SbomOrigin,
} from './sbom/sbom-options.ts';
export {
  SBOM_WRITERS,
  type SbomWriterName,
} from './sbom/sbom-writers.ts';
export { writeCycloneDx } from './sbom/write-cyclonedx.ts';
export { type SnapshotRun, writeSnapshot } from './sbom/write-snapshot.ts';
export { writeSpdx } from './sbom/write-spdx.ts';
