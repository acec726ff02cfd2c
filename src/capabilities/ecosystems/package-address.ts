import type { Purl, PurlParts } from '../../core/purl.ts';
import type { VersionScheme } from './version-scheme.ts';

/** What a package is called in advisories, and how its versions are ordered. */
export interface PackageAddress {
  /** OSV ecosystems under which it may stand: `['Debian:12', 'Debian']`. */
  readonly ecosystems: readonly string[];
  readonly name: string;
  readonly version: string;
  readonly scheme: VersionScheme;
}

/** What scanning needs of a component: the graph asks with these alone. */
export interface ScannedPackage {
  readonly purl: Purl;
  readonly version: string;
  readonly source: { readonly name: string; readonly version: string } | null;
}

/** What the rest of an inventory says about how to read one component. */
export interface Surroundings {
  /** The distribution, for packages whose purl names none (`debian-12`). */
  readonly distro: string | null;
  /** Whether source packages are recorded, so that none means "of the same name". */
  readonly namesSources: boolean;
}

export type AddressResult =
  /**
   * `doubt` says why not finding anything under this address proves nothing; null where it does.
   */
  | { readonly kind: 'address'; readonly address: PackageAddress; readonly doubt: string | null }
  | { readonly kind: 'not-covered'; readonly why: string };

/** How OSV names the packages of one ecosystem. */
export interface AdvisoryNaming {
  /** The ecosystem of OSV, before a colon (https://ossf.github.io/osv-schema/#defined-ecosystems). */
  readonly osv: string;
  readonly scheme: VersionScheme;
  /** `component.version` is not empty. */
  locate(component: ScannedPackage, parts: PurlParts, surroundings: Surroundings): AddressResult;
}

/**
 * For ecosystems whose advisories go by the package's own name; `formatName` gives null for a
 * package that has none, with `whyNone`.
 *
 * @example nameByPackage('crates.io', semverScheme)
 */
export function nameByPackage(
  osv: string,
  scheme: VersionScheme,
  formatName: (parts: PurlParts) => string | null = joinName,
  whyNone = 'it has no name that advisories know',
): AdvisoryNaming {
  return {
    osv,
    scheme,
    locate({ version }, parts) {
      const name = formatName(parts);
      if (name === null) return createNotCovered(whyNone);
      return {
        kind: 'address',
        address: { ecosystems: [osv], name, version, scheme },
        doubt: null,
      };
    },
  };
}

export function createNotCovered(why: string): AddressResult {
  return { kind: 'not-covered', why };
}

export function joinName({ namespace, name }: PurlParts): string {
  return namespace === null ? name : `${namespace}/${name}`;
}
