import type { Ecosystem } from '../ecosystem.ts';
import { combinePorts } from './combine-ports.ts';
import { vcpkgDeclarations } from './declarations.ts';
import { vcpkgDocument } from './port-document.ts';
import { vcpkgConfiguration, vcpkgLock, vcpkgManifest } from './source-tree.ts';
import { vcpkgFiles, vcpkgStatus } from './status.ts';

/** Ports of vcpkg for C and C++; no advisories name them. */
export const vcpkg: Ecosystem = {
  name: 'vcpkg',
  purlTypes: ['vcpkg'],
  extractors: [
    vcpkgStatus,
    vcpkgFiles,
    vcpkgDocument,
    vcpkgManifest,
    vcpkgConfiguration,
    vcpkgLock,
  ],
  combine: combinePorts,
  markers: [
    { pattern: /(?:^|\/)vcpkg\/status$/, means: 'read' },
    { pattern: /(?:^|\/)vcpkg\.json$/, means: 'declares' },
  ],
  declarations: vcpkgDeclarations,
};
