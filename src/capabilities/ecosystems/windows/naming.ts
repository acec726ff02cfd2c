import { formatPurl, type PurlParts } from '../../../core/purl.ts';
import type { Component, OperatingSystem } from '../component.ts';
import { createNumberScheme } from '../number-order.ts';
import { type AdvisoryNaming, createNotCovered } from '../package-address.ts';

/** Numbers of builds, as `10.0.20348.2113`. */
const windowsScheme = createNumberScheme('windows', /^\d{1,10}(?:\.\d{1,10}){0,7}$/);

const SERVER = 'Microsoft:Windows Server';
const CLIENT = 'Microsoft:Windows';

/** The namespace of the package URL of Windows itself: `pkg:generic/microsoft/windows-server`. */
export const WINDOWS_VENDOR = 'microsoft';
/** Windows by the name in its package URL: what it is looked up in. */
const EDITIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['windows-server', [SERVER]],
  ['windows-client', [CLIENT]],
  // Its hive does not say which of the two it is.
  ['windows', [SERVER, CLIENT]],
]);

/** Whether it is Windows itself, as `windowsRegistry` lists it. */
export function isWindows({ type, namespace, name }: PurlParts): boolean {
  return type === 'generic' && namespace === WINDOWS_VENDOR && EDITIONS.has(name);
}

/** The name of Windows in its package URL, by what it calls itself. */
export function nameEdition(productName: string | null): string {
  if (productName === null) return 'windows';
  return /\bserver\b/i.test(productName) ? 'windows-server' : 'windows-client';
}

/** The ecosystem of a product of Microsoft that is a Windows; null for every other product. */
export function findWindowsEcosystem(product: string): string | null {
  if (/^Windows Server\b/.test(product)) return SERVER;
  return /^Windows (?:10|11)\b/.test(product) ? CLIENT : null;
}

/**
 * What updates of one Windows share: `10.0.20348` of the build `10.0.20348.2113`. A fix of one line
 * says nothing of another. Null for a text that is no build.
 */
export function takeBuildLine(build: string): string | null {
  return /^(\d{1,4}\.\d{1,4}\.\d{1,7})(?:\.\d{1,10})?$/.exec(build)?.[1] ?? null;
}

/**
 * Windows as the configuration of an image names it (`os.version`), where nothing in its layers
 * does: layers of Windows may be kept elsewhere. Null for a text that is no build.
 */
export function describeWindows(
  version: string,
): { readonly os: OperatingSystem; readonly component: Component } | null {
  if (takeBuildLine(version) === null) return null;
  const name = nameEdition(null);
  const purl = formatPurl({
    ...{ type: 'generic', namespace: WINDOWS_VENDOR, name, version },
    ...{ qualifiers: {}, subpath: null },
  });
  return {
    os: { id: 'windows', versionId: version, prettyName: null },
    component: {
      ...{ purl, name, version, licenses: [], source: null, locations: [], layer: null },
      ...{ hashes: {}, origin: null, dependsOn: [], development: false },
    },
  };
}

/**
 * Windows itself, whose updates are cumulative: the build says which of them are installed. It is
 * looked up under its line of builds (msrc.microsoft.com/update-guide).
 */
export const windowsNaming: AdvisoryNaming = {
  osv: 'Microsoft',
  scheme: windowsScheme,
  locate({ version }, { name }) {
    const [line, ecosystems] = [takeBuildLine(version), EDITIONS.get(name)];
    if (line === null || ecosystems === undefined)
      return createNotCovered('it is no build of Windows that advisories name');
    const address = { ecosystems, name: line, version, scheme: windowsScheme };
    const isUpdated = version !== line;
    return { kind: 'address', address, doubt: isUpdated ? null : 'its last update is unknown' };
  },
};
