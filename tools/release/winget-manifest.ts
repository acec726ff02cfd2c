import { sha256, takeHex } from '../../src/core/digest.ts';

export interface WingetFacts {
  readonly version: string;
  /** The executable for Windows on x64. */
  readonly executable: Uint8Array;
  /** Where it will be published, without its name. */
  readonly downloads: string;
  readonly homepage: string;
}

const SCHEMA_VERSION = '1.10.0';
const ID = 'Waybill.Waybill';

/**
 * The three files of a manifest (winget-pkgs, `doc/manifest/schema`), by their names: `portable`
 * means one file that is its own program. Each text is quoted as JSON, which YAML reads.
 */
export function formatWinget(facts: WingetFacts): ReadonlyMap<string, string> {
  const { version, executable, downloads, homepage } = facts;
  const name = `waybill-${version}-windows-x64.exe`;
  const quote = (text: string): string => JSON.stringify(text);
  const write = (type: string, lines: readonly string[]): string =>
    [
      `PackageIdentifier: ${ID}`,
      `PackageVersion: ${quote(version)}`,
      ...lines,
      `ManifestType: ${type}`,
      `ManifestVersion: ${SCHEMA_VERSION}`,
      '',
    ].join('\n');
  return new Map([
    [`${ID}.yaml`, write('version', ['DefaultLocale: en-US'])],
    [
      `${ID}.installer.yaml`,
      write('installer', [
        'InstallerType: portable',
        'Commands:',
        '- waybill',
        'Installers:',
        '- Architecture: x64',
        `  InstallerUrl: ${quote(`${downloads}/${name}`)}`,
        `  InstallerSha256: ${takeHex(sha256(executable)).toUpperCase()}`,
      ]),
    ],
    [
      `${ID}.locale.en-US.yaml`,
      write('defaultLocale', [
        'PackageLocale: en-US',
        'Publisher: Waybill',
        'PackageName: Waybill',
        `PackageUrl: ${quote(homepage)}`,
        'License: Apache-2.0',
        'ShortDescription: Signed waybill for every container release, and a gate for Kubernetes',
      ]),
    ],
  ]);
}
