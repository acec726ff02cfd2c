export type {
  Component,
  Inventory,
  InventorySubject,
  OperatingSystem,
  Skip,
  UnexplainedFiles,
} from './component.ts';
export { listUbuntuEcosystems } from './debian/ubuntu.ts';
export type { SourceFiles } from './declarations.ts';
export type { DeclaredDependencies, DeclaredDependency, UnreadKind } from './dependency.ts';
export type { Ecosystem, FileMentions, Mention } from './ecosystem.ts';
export {
  type CoverageCheck,
  createSkip,
  type DocumentFinder,
  type Draft,
  describeSkip,
  type Extraction,
  type Extractor,
  type FileAlgorithm,
  type InstalledPackage,
  NOTHING,
  type OwnedFiles,
  type PackageRequest,
  type ProgramFile,
  type ProjectManifest,
  type TargetKind,
  takeBaseName,
  takeDirectory,
} from './extractor.ts';
export type { FileText, Fix, FixQuestion, Remedy, Step } from './fix.ts';
export { readKubernetes } from './kubernetes/kubernetes.ts';
export type { LicencePlace } from './licence-place.ts';
export { ECOSYSTEMS } from './list.ts';
export {
  FILE_RECORDS,
  FIXED_FOLDERS,
  findByExtractor,
  findByPurlType,
  findMarker,
  findNaming,
  findSupplier,
  findUndeclaredKind,
  findUnreadKind,
  formatPackageName,
  INSTALL_FOLDERS,
  selectExtractors,
} from './lookup.ts';
export { namesLooseImage } from './loose-image.ts';
export {
  type AddressResult,
  createNotCovered,
  listAddresses,
  type PackageAddress,
  type ScannedPackage,
  type Surroundings,
} from './package-address.ts';
export { findCpeProgram } from './programs/cpe-products.ts';
export { findJavaLine, formatJavaVersion } from './programs/java-version.ts';
export { requiresPackages } from './python/manifest/script-header.ts';
export type { RequirementPlace } from './requirement-place.ts';
export { formatSourceName } from './rpm/source-name.ts';
export { DECLARED_KINDS } from './unsupported/declared-kinds.ts';
export {
  NESTED_ROOT,
  RUNTIMES,
  SYSTEM_DATABASES,
  SYSTEM_LIBRARY,
} from './unsupported/markers.ts';
export {
  CODE_BYTES_MIN,
  findProgramKinds,
  isProgramStart,
  type ProgramWatch,
  watchProgram,
} from './unsupported/programs.ts';
export { describePurlType } from './unsupported/purl-types.ts';
export type { VersionScheme } from './version-scheme.ts';
export { type FileNames, FileTable, type WantedFiles } from './wanted-files.ts';
export {
  describeWindows,
  findWindowsEcosystem,
  isWindows,
  takeBuildLine,
} from './windows/naming.ts';
