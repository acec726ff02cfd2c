export type { Component, Inventory, InventorySubject, OperatingSystem, Skip } from './component.ts';
export { debianScheme } from './debian/version-order.ts';
export type { DeclaredDependencies, DeclaredDependency, UnreadKind } from './dependency.ts';
export { type LocatedDependency, readDockerfile } from './dockerfile/dockerfile.ts';
export {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type TargetKind,
  takeBaseName,
  takeDirectory,
} from './extractor.ts';
export { findEcosystem } from './find-ecosystem.ts';
export { FIXED_FOLDERS, selectExtractors } from './list.ts';
export { mavenScheme } from './maven/version-order.ts';
export { type NpmManifest, readManifest } from './npm/declared/manifest.ts';
export {
  listNpmDependencies,
  type NpmProject,
  parseAlias,
} from './npm/declared/npm-dependencies.ts';
export { NO_NPMRC, type Npmrc, parseNpmrc } from './npm/declared/npmrc.ts';
export { isNpmLock } from './npm/installed/npm-lock.ts';
export { type NpmLock, readLock } from './npm/lock/read-lock.ts';
export { semverScheme } from './npm/version-order.ts';
export { findUnsupportedKind, SYSTEM_LIBRARY } from './unsupported/markers.ts';
export { mayBeProgram, type ProgramWatch, watchProgram } from './unsupported/programs.ts';
export type { VersionScheme } from './version-scheme.ts';
