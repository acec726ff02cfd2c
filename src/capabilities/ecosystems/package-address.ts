import type { Purl, PurlParts } from '../../core/purl.ts';
import type { VersionScheme } from './version-scheme.ts';

/** The name of a package in advisories, and the order of its versions. */
export interface PackageAddress {
  /** OSV ecosystems under which it may be listed: `['Debian:12', 'Debian']`. */
  readonly ecosystems: readonly string[];
  /**
   * Those of them whose entries replace all others of an advisory: the builds that are installed.
   */
  readonly overriding?: readonly string[];
  /** Whether a fixed version is one of other builds, so that its entry says nothing of these. */
  readonly isOfOtherBuilds?: (fixed: string) => boolean;
  readonly name: string;
  readonly version: string;
  readonly scheme: VersionScheme;
  /** Where advisories name its binary or its source package as well, under that name. */
  readonly other?: Pick<PackageAddress, 'name' | 'version' | 'onlyIf'>;
  /** Under which condition this is the package: a match under this name is an unknown one. */
  readonly onlyIf?: string;
}

/** An address for each name under which advisories have the package. */
export function listAddresses({ other, ...address }: PackageAddress): readonly PackageAddress[] {
  return other === undefined ? [address] : [address, { ...address, ...other }];
}

/** The members of a component that matching needs: the graph has only these. */
export interface ScannedPackage {
  readonly purl: Purl;
  readonly version: string;
  readonly source: { readonly name: string; readonly version: string } | null;
}

/** What the rest of an inventory says about how to read one component. */
export interface Surroundings {
  /** The distribution, for packages whose purl names none (`debian-12`). */
  readonly distro: string | null;
  /** Whether source packages are recorded, so that a missing one means "the same name". */
  readonly namesSources: boolean;
}

export type AddressResult =
  /**
   * `doubt` says why no finding under this address proves nothing; null where it proves absence.
   */
  | { readonly kind: 'address'; readonly address: PackageAddress; readonly doubt: string | null }
  | { readonly kind: 'not-covered'; readonly why: string };

/** The names that OSV gives to the packages of one ecosystem. */
export interface AdvisoryNaming {
  /** The ecosystem of OSV, before a colon (ossf.github.io/osv-schema/#defined-ecosystems). */
  readonly osv: string;
  /** More of them, whose packages have the same type and the same order of versions. */
  readonly alsoOsv?: readonly string[];
  readonly scheme: VersionScheme;
  /**
   * The form of a name under which it is kept and looked up, where advisories and package URLs
   * write one name in several ways.
   */
  foldName?(name: string): string;
  /** `component.version` is not empty. */
  locate(component: ScannedPackage, parts: PurlParts, surroundings: Surroundings): AddressResult;
}

/**
 * For ecosystems whose advisories use the package's own name; `formatName` gives null for a package
 * without one, with `whyNone`.
 *
 * @example nameByPackage('crates.io', semverScheme)
 */
export function nameByPackage(
  osv: string,
  scheme: VersionScheme,
  formatName: (parts: PurlParts) => string | null = joinName,
  whyNone = `${osv} has no packages with such a name`,
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

/** For registries whose names have one part. */
export function takeOnePart({ namespace, name }: PurlParts): string | null {
  return namespace === null ? name : null;
}

export function joinName({ namespace, name }: PurlParts): string {
  return namespace === null ? name : `${namespace}/${name}`;
}
