import type { Purl } from '../../core/purl.ts';
import type {
  AdvisoryDataInfo,
  AdvisoryIndex,
  FeedCoverage,
  MatchStatus,
  SeverityStatement,
  Vulnerability,
} from '../advisories/index.ts';
import { type AddressResult, listAddresses, type PackageAddress } from '../ecosystems/index.ts';
import { findFeeds } from './coverage.ts';

/**
 * What all records of an alias group say about one package version and one vulnerability.
 */
export interface PackageVulnerability {
  readonly vulnerability: Vulnerability;
  readonly status: MatchStatus;
  readonly rule: string;
  /** `Finding.range`. */
  formatRange(of: Purl): string | null;
  readonly fixed: readonly string[];
  /** The ids of the records with this status. */
  readonly advisories: readonly string[];
  /** Of every record of the alias group, and of the records that matched. */
  readonly stated: readonly SeverityStatement[];
}

export type PackageMatch =
  /** `doubt` says why no finding proves nothing; null where no finding proves absence. */
  | {
      readonly kind: 'matched';
      readonly vulnerabilities: readonly PackageVulnerability[];
      readonly doubt: string | null;
      /** The feeds that cover the package; none where only single advisories were found. */
      readonly feeds: readonly FeedCoverage[];
    }
  | { readonly kind: 'not-covered'; readonly why: string };

/**
 * What matching gives, at once, for a package of which it is known that no record names it, as of
 * most of an image; null for all others.
 */
export function matchAbsent(
  addressing: AddressResult,
  index: AdvisoryIndex,
  data: AdvisoryDataInfo,
): PackageMatch | null {
  if (addressing.kind === 'not-covered') return addressing;
  const { address, doubt } = addressing;
  // mutant absent-in-one-ecosystem-is-absent: value -> listAddresses(address).some((one) =>
  //   one.ecosystems.some((ecosystem) => index.isAbsent?.(ecosystem, one.name) === true))
  const isAbsent = listAddresses(address).every(({ ecosystems, name }) =>
    ecosystems.every((ecosystem) => index.isAbsent?.(ecosystem, name) === true),
  );
  if (!isAbsent) return null;
  const feeds = findFeeds(data, address.ecosystems);
  const unfed = describeUnfed(address, feeds);
  return unfed === null
    ? { kind: 'matched', vulnerabilities: [], doubt, feeds }
    : { kind: 'not-covered', why: unfed };
}

/** Why nothing can be said of a package; null where a feed covers it. */
export function describeUnfed(
  { ecosystems }: PackageAddress,
  feeds: readonly FeedCoverage[],
): string | null {
  return feeds.length > 0 ? null : `no feed of ${ecosystems[0]} was imported here`;
}
