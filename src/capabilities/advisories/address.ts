import { findSourcePackage } from '../../core/package-purl.ts';
import { parsePurl } from '../../core/purl.ts';
import {
  type AddressResult,
  createNotCovered,
  findByPurlType,
  findNaming,
  type ScannedPackage,
  type Surroundings,
  type VersionScheme,
} from '../ecosystems/index.ts';

/** How versions of an OSV ecosystem are ordered; null where we cannot yet. */
export function findScheme(ecosystem: string): VersionScheme | null {
  return findNaming(ecosystem)?.scheme ?? null;
}

const NOWHERE: Surroundings = { distro: null, namesSources: true };

/**
 * Finds the name by which advisories know a component, or says why there is none: a component that
 * cannot be looked up is never "clean".
 */
export function findAddress(
  component: ScannedPackage,
  surroundings: Surroundings = NOWHERE,
): AddressResult {
  const parsed = parsePurl(component.purl);
  if (!parsed.ok) return createNotCovered('its purl is malformed');
  const parts = parsed.value;
  const version = component.version || parts.version;
  if (version === null || version === '') return createNotCovered('it has no version');
  const naming = findByPurlType(parts.type)?.advisories;
  return naming === undefined
    ? createNotCovered(`packages of type ${parts.type} are not covered`)
    : naming.locate({ ...component, version }, parts, surroundings);
}

/** Whether the inventory of a component records source packages (Surroundings.namesSources). */
export function namesSource({ purl, source }: Pick<ScannedPackage, 'purl' | 'source'>): boolean {
  if (source !== null) return true;
  const mayName = /[?&](?:upstream|source|origin)=/.test(purl);
  const parts = mayName ? parsePurl(purl) : null;
  return parts?.ok === true && findSourcePackage(parts.value) !== null;
}
