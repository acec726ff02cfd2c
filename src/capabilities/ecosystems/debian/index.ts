import { canonicaliseDistro } from '../../../core/distro.ts';
import type { PurlParts } from '../../../core/purl.ts';
import type { OperatingSystem } from '../component.ts';
import type { Ecosystem } from '../ecosystem.ts';
import { debianNaming } from './advisory-naming.ts';
import { dpkgCopyright } from './copyright.ts';
import { osRelease } from './os-release.ts';
import { dpkgOwnedFiles } from './owned-files.ts';
import { coversFile } from './package-maker.ts';
import { dpkgStatus } from './status.ts';

/** Debian and its derivatives: packages of dpkg, with their distribution. */
export const debian: Ecosystem = {
  name: 'debian',
  purlTypes: ['deb'],
  formatName: ({ name }) => name,
  advisories: debianNaming,
  extractors: [osRelease, dpkgStatus, dpkgCopyright, dpkgOwnedFiles],
  fixedFolders: [
    'etc',
    'usr/lib',
    'usr/share/doc',
    'var/lib/dpkg',
    'var/lib/dpkg/info',
    'var/lib/dpkg/status.d',
    'usr/lib/dpkg',
    'usr/lib/dpkg/status.d',
  ],
  suppliers: { debian: 'Debian', ubuntu: 'Ubuntu' },
  distribution: {
    title: 'Debian',
    completeParts,
    findLicencePath: (name) => `usr/share/doc/${name}/copyright`,
    coversFile,
  },
};

function completeParts(parts: PurlParts, os: OperatingSystem | null): PurlParts {
  const distro = os === null ? null : formatDistro(os);
  const qualifiers = distro === null ? parts.qualifiers : { ...parts.qualifiers, distro };
  return { ...parts, namespace: os?.id ?? 'debian', qualifiers };
}

/** As SBOMs are read, so that an image and its SBOM name the same packages (X12). */
function formatDistro({ id, versionId }: OperatingSystem): string {
  return canonicaliseDistro(id, [id, versionId].filter((part) => part !== null).join('-'));
}
