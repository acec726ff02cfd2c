import { encodePercent } from '../../core/percent.ts';
import type { Purl } from '../../core/purl.ts';
import type { PackageAddress, VersionScheme } from '../ecosystems/index.ts';
import type { Advisory, AffectedPackage, VersionRange } from './advisory.ts';
import { isSentinel, selectEntries, sortEvents } from './match.ts';

/** Affected versions without a gap; null is open. */
interface Interval {
  readonly from: string | null;
  readonly to: string | null;
  /** Whether `to` is one of them. */
  readonly isClosed: boolean;
}

/** Longer ones say no more to a person, and only few advisories have so many. */
const CONSTRAINTS_MAX = 100;
/** A record may list 100,000 versions, and each finding of it would put them in order again. */
const STATEMENTS_MAX = 1_000;

/**
 * The versions of a package that an advisory calls affected, in the form of VERS
 * (package-url/vers-spec). Null where it cannot be said in that form, or only at great length.
 *
 * @example formatRange(purl, address, advisory) // vers:npm/>=1.0.0|<1.2.3
 */
export function formatRange(
  purl: Purl,
  address: PackageAddress,
  advisory: Advisory,
): string | null {
  const { scheme } = address;
  const entries = selectEntries(address, advisory);
  // mutant vers-of-a-huge-record by format-range: condition -> false
  if (countStatements(entries) > STATEMENTS_MAX) return null;
  const intervals: Interval[] = [];
  for (const entry of entries) {
    const listed = listIntervals(entry, scheme);
    if (listed === null) return null;
    intervals.push(...listed);
  }
  const constraints = uniteIntervals(intervals, scheme).flatMap(listConstraints);
  if (constraints.length === 0 || constraints.length > CONSTRAINTS_MAX) return null;
  return `vers:${purl.slice('pkg:'.length, purl.indexOf('/'))}/${constraints.join('|')}`;
}

function countStatements(entries: readonly AffectedPackage[]): number {
  let count = 0;
  for (const { ranges, versions } of entries) {
    count += versions.length;
    for (const { events } of ranges) count += events.length;
  }
  return count;
}

/** Null where versions have no order, or a limit cuts a branch off. */
function listIntervals(
  { ranges, versions }: AffectedPackage,
  scheme: VersionScheme,
): readonly Interval[] | null {
  const found: Interval[] = [];
  for (const range of ranges) {
    if (range.type === 'GIT') continue;
    const listed = readRange(range, scheme);
    if (listed === null) return null;
    found.push(...listed);
  }
  // Advisories enumerate what their ranges hold, too; a range says it in fewer words.
  if (found.length > 0 && versions.length > CONSTRAINTS_MAX) return null;
  for (const version of versions) {
    if (scheme.compare(version, version) === null) return null;
    found.push({ from: version, to: version, isClosed: true });
  }
  return found;
}

function readRange({ events }: VersionRange, scheme: VersionScheme): readonly Interval[] | null {
  // mutant vers-of-a-range-with-a-limit by format-range: condition -> false
  if (events.some((event) => event.kind === 'limit' && !isSentinel(event))) return null;
  const sorted = sortEvents(events, scheme);
  if (sorted === null) return null;
  const found: Interval[] = [];
  let from: string | null = null;
  let isOpen = !sorted.some(({ kind }) => kind === 'introduced');
  for (const event of sorted) {
    if (event.kind === 'introduced') {
      if (!isOpen) from = isSentinel(event) ? null : event.version;
      isOpen = true;
    } else if (isOpen) {
      found.push({ from, to: event.version, isClosed: event.kind === 'last_affected' });
      isOpen = false;
    }
  }
  return isOpen ? [...found, { from, to: null, isClosed: false }] : found;
}

function uniteIntervals(
  intervals: readonly Interval[],
  scheme: VersionScheme,
): readonly Interval[] {
  const order = (one: string, other: string): number => scheme.compare(one, other) ?? 0;
  const sorted = intervals.toSorted((one, other) => {
    if (one.from === null || other.from === null)
      return Number(other.from === null) - Number(one.from === null);
    return order(one.from, other.from);
  });
  const united: Interval[] = [];
  for (const next of sorted) {
    const last = united.at(-1);
    // Where one ends and the next begins with the same version, there is no gap.
    if (
      last !== undefined &&
      (last.to === null || next.from === null || order(next.from, last.to) <= 0)
    )
      united[united.length - 1] = { from: last.from, ...pickEnd(last, next, order) };
    else united.push(next);
  }
  return united;
}

function pickEnd(
  one: Interval,
  other: Interval,
  order: (one: string, other: string) => number,
): Pick<Interval, 'to' | 'isClosed'> {
  if (one.to === null || other.to === null) return { to: null, isClosed: false };
  const way = order(one.to, other.to);
  if (way === 0) return { to: one.to, isClosed: one.isClosed || other.isClosed };
  const { to, isClosed } = way > 0 ? one : other;
  return { to, isClosed };
}

function listConstraints({ from, to, isClosed }: Interval): readonly string[] {
  if (from === null && to === null) return ['*'];
  if (from !== null && from === to) return isClosed ? [encodeVersion(from)] : [];
  return [
    ...(from === null ? [] : [`>=${encodeVersion(from)}`]),
    ...(to === null ? [] : [`${isClosed ? '<=' : '<'}${encodeVersion(to)}`]),
  ];
}

/** Only what separates constraints, and `%` itself, must be escaped. */
function encodeVersion(version: string): string {
  return encodePercent(version).replaceAll('%3A', ':').replaceAll('%2B', '+');
}
