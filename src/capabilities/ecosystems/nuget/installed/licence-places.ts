import type { LicencePlace, NamedPackage } from '../../licence-place.ts';
import { foldNugetName, isNugetName } from '../nuget-draft.ts';
import { readNuspec } from './package-folder.ts';

/**
 * The manifest of a package in the folder where NuGet restores to (`~/.nuget/packages`): what
 * `dotnet publish` writes beside an application does not have it.
 */
export function listNugetLicencePlaces({ name, version }: NamedPackage): readonly LicencePlace[] {
  if (!isNugetName(name) || !/^[0-9A-Za-z.+-]{1,100}$/.test(version)) return [];
  const id = foldNugetName(name);
  // Build metadata names no other package (NuGet.Versioning), and no folder.
  const folder = `${id}/${version.toLowerCase().split('+', 1)[0] ?? ''}`;
  return [{ folder, wants: (file) => file.toLowerCase() === `${id}.nuspec`, read }];

  function read(bytes: Uint8Array): readonly string[] | null {
    const nuspec = readNuspec(`${id}.nuspec`, bytes);
    if (!nuspec.ok || nuspec.value.licenses.length === 0) return null;
    // mutant nuspec-of-another-package by licences: condition -> true
    return foldNugetName(nuspec.value.name) === id ? nuspec.value.licenses : null;
  }
}
