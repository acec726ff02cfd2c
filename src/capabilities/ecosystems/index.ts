export type { Component, Inventory, InventorySubject, OperatingSystem, Skip } from './component.ts';
export { debianScheme } from './debian/version-order.ts';
export type { DeclaredDependencies, DeclaredDependency, NotLookedAt } from './dependency.ts';
export { type LocatedDependency, readDockerfile } from './dockerfile/dockerfile.ts';
export { ecosystemOf } from './ecosystem-of.ts';
export {
  baseName,
  type Draft,
  directoryOf,
  type Extracted,
  type Extractor,
  skip,
  type TargetKind,
} from './extractor.ts';
export { extractorsFor, FIXED_FOLDERS } from './list.ts';
export { mavenScheme } from './maven/version-order.ts';
export { aliasOf, declaredByNpm, type NpmProject } from './npm/declared/declared.ts';
export { type NpmLock, readLock } from './npm/declared/lock.ts';
export { type NpmManifest, readManifest } from './npm/declared/manifest.ts';
export { NO_NPMRC, type Npmrc, parseNpmrc } from './npm/declared/npmrc.ts';
export { isNpmLock } from './npm/installed/npm-lock.ts';
export { semverScheme } from './npm/version-order.ts';
export { SYSTEM_LIBRARY, unsupportedKind } from './unsupported/markers.ts';
export { mayBeProgram, type ProgramWatch, watchProgram } from './unsupported/programs.ts';
export type { VersionScheme } from './version-scheme.ts';
