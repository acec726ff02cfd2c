import { LIMITS } from '../../../core/limits.ts';
import { formatPurl } from '../../../core/purl.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import type { DeclarationReader, Declarations, SourceFiles } from '../declarations.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { isConfiguration, readConfiguration } from './configuration.ts';
import { isPackageList, type ListedPackage, readPackageList } from './package-list.ts';
import { buildWingetParts } from './winget-draft.ts';

/** What lists and configurations of winget install. */
export const wingetDeclarations: DeclarationReader = {
  wants: (path) => isPackageList(path) || isConfiguration(path),
  read,
};

async function read(paths: readonly string[], files: SourceFiles): Promise<Declarations> {
  const dependencies: DeclaredDependency[] = [];
  const problems: Skip[] = [];
  const notLookedAt: { kind: string; place: string }[] = [];
  let found = false;
  for (const file of paths) {
    files.signal?.throwIfAborted();
    const reader = isConfiguration(file) ? readConfiguration : readPackageList;
    const listed = await files.parse<{
      readonly packages: readonly ListedPackage[] | null;
      readonly problems: readonly Skip[];
    }>(file, LIMITS.dependencyFileBytesMax, reader);
    if (listed === null) continue;
    problems.push(...listed.problems);
    if (listed.packages === null) notLookedAt.push({ kind: 'package-list', place: file });
    else {
      found = true;
      dependencies.push(...listed.packages.map((one) => describe(file, one)));
    }
  }
  return { found, dependencies, problems, notLookedAt };
}

function describe(file: string, { id, version, source, line }: ListedPackage): DeclaredDependency {
  const registry = source === null ? null : parseRegistry(source);
  return {
    ecosystem: 'winget',
    name: id,
    version,
    requested: version,
    purl: formatPurl(buildWingetParts(id, version)),
    // mutant winget-newest-is-pinned by winget: condition -> true
    pinned: version === null ? 'no' : 'yes',
    why:
      version === null
        ? 'no version: the newest one is installed'
        : 'it is named in one version; no hash is recorded here',
    registry,
    registryFrom: registry === null ? 'default' : 'written',
    recorded: false,
    place: { file, line },
    kind: 'system-package',
    development: false,
  };
}
