export { compareImages, type ImageComparison } from './compare/compare-images.ts';
export type { DifferenceKind, ImageDifference } from './compare/difference.ts';
export type { Component, Inventory, InventorySubject, OperatingSystem, Skip } from './component.ts';
export { type DeclaredOptions, declaredDependencies, isDockerfile } from './dependencies/declared-dependencies.ts';
export type {
  DeclaredDependencies,
  DeclaredDependency,
  DependencyKind,
  NotLookedAt,
  Pinned,
  Place,
  RegistrySource,
} from './dependencies/dependency.ts';
export { type LocatedDependency, readDockerfile } from './dependencies/dockerfile/dockerfile.ts';
export { type Member, memberAt, membersOf } from './dependencies/json-places.ts';
export { aliasOf } from './dependencies/npm/declared.ts';
export { type EcosystemMarker, ecosystemOf } from './ecosystem-of.ts';
export type { TargetKind } from './extractor.ts';
export { type ImageOptions, inventoryImage } from './inventory-image.ts';
export { inventoryTree, type TreeOptions } from './inventory-tree.ts';
export type { FileTree, ImageContent, LayerContent, TreeEntry, WalkOptions } from './port.ts';
export type { GenerationContext, SbomMade } from './sbom/made.ts';
export { readSbom, recogniseSbom } from './sbom/read-sbom.ts';
export type { SbomFormat, SbomReading } from './sbom/reading.ts';
export { sbomLacks } from './sbom/sbom-lacks.ts';
export { writeCycloneDx } from './sbom/write-cyclonedx.ts';
export { writeSpdx } from './sbom/write-spdx.ts';
