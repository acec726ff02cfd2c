import type { PackageAddress, VersionScheme } from '../ecosystems/index.ts';
import type { Advisory, AffectedPackage, VersionEvent, VersionRange } from './advisory.ts';

export type MatchStatus = 'affected' | 'not_affected' | 'unknown';

/** What one advisory says about one package version, and which line of it says so. */
export interface AdvisoryMatch {
  readonly status: MatchStatus;
  /** For people and for the graph: `[2.13.0, 2.15.0) holds 2.14.1`. */
  readonly rule: string;
  /**
   * Fixed versions that the advisory names for this package, in their order, all above the given
   * version.
   */
  readonly fixed: readonly string[];
}

/**
 * The evaluation algorithm of the OSV schema: a version is affected when it is enumerated or inside
 * a range. A version that cannot be compared is unknown, never "not affected".
 */
export function matchAdvisory(address: PackageAddress, advisory: Advisory): AdvisoryMatch {
  const entries = selectEntries(address, advisory);
  if (entries.length === 0)
    return { status: 'not_affected', rule: 'the advisory does not name the package', fixed: [] };
  const matches = entries.map((entry) => matchEntry(address, entry));
  const found =
    matches.find((match) => match.status === 'affected') ??
    matches.find((match) => match.status === 'unknown') ??
    matches[0];
  const fixed = listFixesAbove(address, entries);
  const { status, rule } = found ?? { status: 'unknown', rule: 'nothing was compared' };
  // mutant package-under-an-uncertain-name by go-matching: condition -> false
  if (address.onlyIf !== undefined && status === 'affected')
    return { status: 'unknown', rule: `${rule}, if ${address.onlyIf}`, fixed };
  return { status, rule, fixed };
}

/**
 * Steps that it took at most to match an advisory and, where it counts, to find its other names:
 * what was compared, more for a long version.
 */
export function measureMatching(
  address: PackageAddress,
  advisory: Advisory,
  { status }: Pick<AdvisoryMatch, 'status'>,
): number {
  const entries = advisory.affected.filter(({ name }) => name === address.name);
  const versions = entries.flatMap(({ ranges, versions: listed }) => [
    listed.length,
    ...ranges.map(({ events }) => events.length),
  ]);
  const compared = versions.reduce((sum, count) => sum + count, 0);
  const named = status === 'not_affected' ? 0 : NAMES_STEPS;
  return named + advisory.affected.length + compared * (1 + address.version.length / 64);
}

/** What it takes to read a record, against one comparison. */
export const RECORD_STEPS = 8;
/** What it takes to find and join all names of a vulnerability. */
const NAMES_STEPS = 24;

/** The entries of an advisory that name a package. */
export function selectEntries(
  address: PackageAddress,
  advisory: Advisory,
): readonly AffectedPackage[] {
  const named = advisory.affected.filter(
    (entry) =>
      entry.name === address.name &&
      address.ecosystems.includes(entry.ecosystem) &&
      !isOfOtherBuilds(address, entry),
  );
  const { overriding = [] } = address;
  if (overriding.length === 0) return named;
  const installed = named.filter(({ ecosystem }) => overriding.includes(ecosystem));
  // mutant entry-of-another-build-of-a-package by match-builds: condition -> true
  return installed.length === 0 ? named : installed;
}

function isOfOtherBuilds(
  { isOfOtherBuilds: judge }: PackageAddress,
  entry: AffectedPackage,
): boolean {
  if (judge === undefined) return false;
  const fixed = entry.ranges.flatMap(({ events }) => events.filter(isFix));
  // mutant fix-of-a-module-for-every-build by match-builds: operand 1 -> false
  return fixed.length > 0 && fixed.every(({ version }) => judge(version));
}

type EntryMatch = Pick<AdvisoryMatch, 'status' | 'rule'>;

function matchEntry({ version, scheme }: PackageAddress, entry: AffectedPackage): EntryMatch {
  if (entry.versions.includes(version))
    return { status: 'affected', rule: `${version} is enumerated` };
  if (scheme.compare(version, version) === null) {
    return { status: 'unknown', rule: `${JSON.stringify(version)} is no ${scheme.name} version` };
  }
  const equal = entry.versions.find((listed) => scheme.compare(version, listed) === 0);
  if (equal !== undefined) return { status: 'affected', rule: `${equal} is enumerated` };
  const matched = matchRanges(version, entry, scheme);
  const unclear = entry.versions.find((listed) => isUnclear(scheme, version, listed));
  // mutant moving-tag-may-be-an-enumerated-version by github-actions: condition -> false
  if (unclear !== undefined && matched.status === 'not_affected')
    return { status: 'unknown', rule: `${version} may be ${unclear}, which is enumerated` };
  // mutant name-that-an-order-puts-somewhere by versions: operand 2 -> false
  if (matched.status === 'not_affected' && hasNoPlace(version, entry, scheme))
    return { status: 'unknown', rule: `${JSON.stringify(version)} may be any version` };
  return matched;
}

/** Whether the version is one that the order puts somewhere beside these, and shows nothing. */
function hasNoPlace(version: string, entry: AffectedPackage, scheme: VersionScheme): boolean {
  if (scheme.isDoubtful === undefined) return false;
  const events = entry.ranges.flatMap((range) => (range.type === 'GIT' ? [] : range.events));
  const bounds = events.filter((event) => !isSentinel(event)).map((event) => event.version);
  const compared = bounds.length > 0 ? bounds : entry.versions.slice(0, 1);
  return compared.some((bound) => scheme.isDoubtful?.(version, bound));
}

/** Whether two versions of the scheme have no order: one may be the other. */
function isUnclear(scheme: VersionScheme, version: string, listed: string): boolean {
  return scheme.compare(version, listed) === null && scheme.compare(listed, listed) !== null;
}

function matchRanges(version: string, entry: AffectedPackage, scheme: VersionScheme): EntryMatch {
  const comparable = entry.ranges.filter((range) => range.type !== 'GIT');
  const matches = comparable.map((range) => matchRange(version, range, scheme));
  const affected = matches.find((match) => match.status === 'affected');
  if (affected !== undefined) return affected;
  const unknown = matches.find((match) => match.status === 'unknown');
  if (unknown !== undefined) return unknown;
  if (matches.length > 0)
    return { status: 'not_affected', rule: `${version} is outside every range` };
  if (entry.versions.length > 0)
    return { status: 'not_affected', rule: `${version} is not enumerated` };
  return { status: 'unknown', rule: 'the advisory names no versions that could be compared' };
}

function matchRange(version: string, range: VersionRange, scheme: VersionScheme): EntryMatch {
  const sorted = sortEvents(range.events, scheme);
  if (sorted === null)
    return {
      status: 'unknown',
      rule: `a range names versions that are no ${scheme.name} versions`,
    };
  const unclear = sorted.find(
    (event) => !isSentinel(event) && isUnclear(scheme, version, event.version),
  );
  // mutant moving-tag-has-no-order by github-actions: condition -> false
  if (unclear !== undefined)
    return { status: 'unknown', rule: `${version} may be ${unclear.version} or not` };
  const limits = range.events.filter((event) => event.kind === 'limit' && event.version !== '*');
  const unlimited =
    limits.length === 0 ||
    range.events.some((event) => event.kind === 'limit' && event.version === '*');
  if (!unlimited && !limits.some((event) => compareVersions(scheme, version, event.version) < 0)) {
    return { status: 'not_affected', rule: `${version} is past the limit` };
  }
  return walkEvents(version, sorted, scheme);
}

/** The loop of the OSV schema: events in version order switch "vulnerable" on and off. */
function walkEvents(
  version: string,
  events: readonly VersionEvent[],
  scheme: VersionScheme,
): EntryMatch {
  // A range must begin with `introduced`; where a record lacks it, everything before the fix is
  // affected.
  let since: string | null = events.some((event) => event.kind === 'introduced') ? null : '0';
  let until = ')';
  for (const event of events) {
    const reached = event.version === '0' ? 1 : compareVersions(scheme, version, event.version);
    if (event.kind === 'introduced' && reached >= 0) {
      since = event.version;
      until = ')';
    } else if (event.kind === 'fixed' && reached >= 0) since = null;
    else if (event.kind === 'last_affected' && reached > 0) since = null;
    else if (since !== null && until === ')' && event.kind !== 'introduced') {
      until = event.kind === 'fixed' ? `${event.version})` : `${event.version}]`;
    }
  }
  // mutant fixed-backport-is-affected by demo: literal -> 'affected'
  if (since === null) return { status: 'not_affected', rule: `${version} is outside the range` };
  return { status: 'affected', rule: `[${since}, ${until} holds ${version}` };
}

const TIES = { fixed: 0, introduced: 1, last_affected: 2, limit: 3 } as const;

/**
 * Null when a version of an event cannot be compared. At equal versions a fix comes before a new
 * introduction.
 */
export function sortEvents(
  events: readonly VersionEvent[],
  scheme: VersionScheme,
): readonly VersionEvent[] | null {
  const bounds = events.filter((event) => event.kind !== 'limit');
  if (
    events.some(
      (event) => !isSentinel(event) && scheme.compare(event.version, event.version) === null,
    )
  )
    return null;
  return bounds.toSorted((one, other) => {
    if (isSentinel(one) || isSentinel(other))
      return Number(isSentinel(other)) - Number(isSentinel(one));
    return compareVersions(scheme, one.version, other.version) || TIES[one.kind] - TIES[other.kind];
  });
}

/** `introduced: 0` is before every version, `limit: *` after. */
export function isSentinel(event: VersionEvent): boolean {
  return (
    (event.kind === 'introduced' && event.version === '0') ||
    (event.kind === 'limit' && event.version === '*')
  );
}

function compareVersions(scheme: VersionScheme, one: string, other: string): number {
  return scheme.compare(one, other) ?? 0;
}

/** Every fixed version above the given one, lowest first. */
function listFixesAbove(
  { version, scheme }: PackageAddress,
  entries: readonly AffectedPackage[],
): readonly string[] {
  const named = entries
    .flatMap((entry) => entry.ranges.flatMap((range) => range.events))
    .filter(isFix);
  const above = new Set(
    named.map((event) => event.version).filter((fix) => (scheme.compare(fix, version) ?? 0) > 0),
  );
  return [...above].sort(
    (one, other) => compareVersions(scheme, one, other) || (one < other ? -1 : 1),
  );
}

function isFix(event: VersionEvent): boolean {
  return event.kind === 'fixed';
}
