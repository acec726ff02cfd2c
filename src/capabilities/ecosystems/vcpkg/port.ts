import type { PurlParts } from '../../../core/purl.ts';
import type { Draft } from '../extractor.ts';

/** One port of vcpkg with its version. */
export interface Port {
  readonly name: string;
  readonly version: string;
  /** The revision of its recipe for the same version; 0 where none is written. */
  readonly portVersion: number;
}

/** As vcpkg allows it (learn.microsoft.com, "vcpkg.json", name). */
export function isPortName(name: unknown): name is string {
  return typeof name === 'string' && /^[a-z0-9](?:[a-z0-9-]{0,199})$/.test(name);
}

export function isPortVersion(version: unknown): version is string {
  return typeof version === 'string' && /^[\x21\x22\x24-\x7e]{1,500}$/.test(version);
}

/**
 * `1.2.3#4`, as vcpkg writes a version with the revision of its recipe; null for any other text.
 *
 * @example parsePortVersion('1.2.3#4') // { version: '1.2.3', portVersion: 4 }
 */
export function parsePortVersion(
  text: unknown,
): { readonly version: string; readonly portVersion: number } | null {
  if (typeof text !== 'string') return null;
  const [, version, revision = '0'] = /^([^#]{1,500})(?:#(\d{1,9}))?$/.exec(text) ?? [];
  return isPortVersion(version) ? { version, portVersion: Number(revision) } : null;
}

/** `pkg:vcpkg/NAME@VERSION?port_version=N` (purl-spec, types, vcpkg). */
export function buildPortParts({ name, version, portVersion }: Port): PurlParts {
  const qualifiers: Record<string, string> =
    portVersion === 0 ? {} : { port_version: String(portVersion) };
  return { type: 'vcpkg', namespace: null, name, version, qualifiers, subpath: null };
}

export function formatPortVersion({ version, portVersion }: Port): string {
  return portVersion === 0 ? version : `${version}#${portVersion}`;
}

export interface InstalledPort extends Port {
  readonly key: string;
  readonly location: string;
  readonly needs?: readonly string[];
  readonly licenses?: readonly string[];
}

export function createPortDraft(port: InstalledPort): Draft {
  return {
    key: port.key,
    parts: buildPortParts(port),
    name: port.name,
    version: formatPortVersion(port),
    licenses: port.licenses ?? [],
    source: null,
    locations: [port.location],
    hashes: {},
    origin: null,
    needs: port.needs ?? [],
    development: false,
  };
}
