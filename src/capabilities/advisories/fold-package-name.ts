import { findNaming } from '../ecosystems/index.ts';

/**
 * Whether different names of an ecosystem are equal: ids of NuGet are, without regard to case.
 * Feeds and inventories spell them as their authors did.
 */
export function hasFoldedNames(ecosystem: string): boolean {
  return findNaming(ecosystem)?.foldName !== undefined;
}

/** The one form of all names that are equal; in most ecosystems the name itself. */
export function foldPackageName(ecosystem: string, name: string): string {
  return findNaming(ecosystem)?.foldName?.(name) ?? name;
}
