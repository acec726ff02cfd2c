import type { PurlParts } from '../../../core/purl.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { nameByPackage } from '../package-address.ts';
import { nugetDeclarations } from './declared/nuget-declarations.ts';
import { nugetFixes } from './fix-nuget.ts';
import { combineProjects } from './installed/combine-projects.ts';
import { depsJson } from './installed/deps-json.ts';
import { dotnetProgram } from './installed/dotnet-program.ts';
import { listNugetLicencePlaces } from './installed/licence-places.ts';
import { packageFolder } from './installed/package-folder.ts';
import { packagesConfig } from './installed/packages-config.ts';
import { packagesLock } from './installed/packages-lock.ts';
import { paketLock, paketManifest } from './installed/paket-lock.ts';
import { projectAssets } from './installed/project-assets.ts';
import { projectFile } from './installed/project-file.ts';
import { buildPackages } from './installed/tools.ts';
import { nugetMentions } from './mentions.ts';
import { foldNugetName } from './nuget-draft.ts';
import { nugetScheme } from './version-order.ts';

/** Packages of NuGet, locked, restored, published or asked for. */
export const nuget: Ecosystem = {
  name: 'nuget',
  purlTypes: ['nuget'],
  advisories: {
    ...nameByPackage('NuGet', nugetScheme, ({ name }: PurlParts) => foldNugetName(name)),
    foldName: foldNugetName,
  },
  extractors: [
    packagesLock,
    projectAssets,
    depsJson,
    dotnetProgram,
    packagesConfig,
    projectFile,
    buildPackages,
    packageFolder,
    paketLock,
    paketManifest,
  ],
  combine: combineProjects,
  markers: [
    { pattern: /(?:^|\/)packages(?:\.[^/]+)?\.lock\.json$/, means: 'read' },
    { pattern: /(?:^|\/)packages(?:\.[^/]+)?\.config$/i, means: 'read' },
    { pattern: /(?:^|\/)(?:project\.assets\.json|paket\.lock|dotnet-tools\.json)$/, means: 'read' },
    { pattern: /\.(?:cs|fs|vb|sql|vcx|wix|es|nuget)proj$/, means: 'declares' },
    { pattern: /(?:^|\/)Directory\.(?:Build|Packages)\.(?:props|targets)$/, means: 'declares' },
    { pattern: /(?:^|\/)(?:global\.json|paket\.dependencies)$/, means: 'declares' },
    { pattern: /(?:^|\/)paket\.references$/, means: 'declares' },
  ],
  declarations: nugetDeclarations,
  mentions: nugetMentions,
  fixes: nugetFixes,
  listLicencePlaces: listNugetLicencePlaces,
};
