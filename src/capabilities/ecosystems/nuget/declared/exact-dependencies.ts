import { formatPurl } from '../../../../core/purl.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import type { ConfiguredPackage } from '../installed/packages-config.ts';
import { buildNugetParts } from '../nuget-draft.ts';
import { normaliseVersion } from '../version-order.ts';
import type { PackageSources } from './nuget-config.ts';

/** Packages that are named in one version each; a published version is not replaced. */
export function listExact(
  file: string,
  packages: readonly ConfiguredPackage[],
  sources: PackageSources,
): readonly DeclaredDependency[] {
  return packages.map(({ name, version, development, line }) => ({
    ecosystem: 'nuget',
    name,
    version: normaliseVersion(version),
    requested: version,
    purl: formatPurl(buildNugetParts(name, normaliseVersion(version))),
    pinned: 'yes',
    why: 'it is named in one version, which a registry does not replace; no hash is recorded',
    ...sources.find(name),
    recorded: false,
    place: { file, line },
    kind: 'direct',
    development,
  }));
}
