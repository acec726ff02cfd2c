import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { listChildren, parseXml, takeLocalName } from '../../../../formats/xml/parse.ts';
import type { Skip } from '../../component.ts';
import { type Extraction, type Extractor, takeBaseName } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { createNugetDraft, isNugetName, quoteName, skipMalformed } from '../nuget-draft.ts';
import { isNugetVersion } from '../version-order.ts';

/** One package that a project of the old kind installs, in this version. */
export interface ConfiguredPackage {
  readonly name: string;
  readonly version: string;
  readonly development: boolean;
  readonly line: number;
}

export interface PackagesConfig {
  readonly packages: readonly ConfiguredPackage[];
  readonly problems: readonly Skip[];
}

const REMEDY = 'Write an id and a version for each package.';

/** `packages.config`, and `packages.NAME.config` for one project of several in a folder. */
export const isPackagesConfig = wantFiles({
  endings: ['.config'],
  ignoresCase: true,
  where: (path) => /^packages(?:\..+)?\.config$/i.test(takeBaseName(path)),
});

/** packages.config (NuGet.Packaging, `PackagesConfigReader`): transitive packages too. */
export function readPackagesConfig(file: string, bytes: Uint8Array): Result<PackagesConfig> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return fail('MALFORMED', `${file}: ${root.failure.message}`, REMEDY, root.failure);
  if (takeLocalName(root.value) !== 'packages')
    return fail('MALFORMED', `${file} is no list of packages`, REMEDY);
  const packages: ConfiguredPackage[] = [];
  const problems: Skip[] = [];
  for (const { attributes, line } of listChildren(root.value, 'package')) {
    const [name, version] = [attributes.get('id'), attributes.get('version')?.trim()];
    const development = attributes.get('developmentDependency')?.trim().toLowerCase() === 'true';
    if (isNugetName(name) && version !== undefined && isNugetVersion(version))
      packages.push({ name, version, development, line });
    else {
      const why = `line ${line}: ${quoteName(name ?? 'a package')} has no usable id and version`;
      problems.push(skipMalformed(file, why, REMEDY));
    }
  }
  return ok({ packages, problems });
}

/** Which package needs which is not in it, so what the project asks for itself is unknown. */
export const packagesConfig: Extractor = {
  name: 'nuget-packages-config',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isPackagesConfig,
  extract: ({ path, bytes }): Extraction => {
    const { packages, problems } = orThrow(readPackagesConfig(path, bytes));
    const drafts = packages.map((one) => createNugetDraft({ ...one, location: path }));
    return { drafts, skips: problems };
  },
};
