import type { Instant } from '../../core/instant.ts';
import { type Purl, parsePurl } from '../../core/purl.ts';
import {
  type AdvisoryDataInfo,
  dateFeed,
  dateOldest,
  type FeedCoverage,
  findSupportTerm,
  isSupportOver,
  pickNewest,
  type SupportTerm,
} from '../advisories/index.ts';
import { type Inventory, isWindows } from '../ecosystems/index.ts';

/**
 * About what nothing can be concluded: a component, a place of the target that was not read whole,
 * or a whole feed where both are null. A partial scan names one at least.
 */
export interface CoverageGap {
  readonly purl: Purl | null;
  /** Relative to the root of the target. */
  readonly place: string | null;
  readonly why: string;
}

/**
 * The feeds that date what is known of a package, which may be listed under any of its ecosystems;
 * none where no feed covers it.
 */
export function findFeeds(
  { coverage }: AdvisoryDataInfo,
  ecosystems: readonly string[],
): readonly FeedCoverage[] {
  const known = FEEDS.get(coverage) ?? new Map<string, readonly FeedCoverage[]>();
  FEEDS.set(coverage, known);
  const key = ecosystems.join('\n');
  const feeds = known.get(key) ?? pickFeeds(coverage, ecosystems);
  if (known.size < FEEDS_MAX) known.set(key, feeds);
  return feeds;
}

/** For each component the same few. An inventory can name systems that nobody knows. */
const FEEDS = new WeakMap<object, Map<string, readonly FeedCoverage[]>>();
const FEEDS_MAX = 1_000;

function pickFeeds(
  coverage: readonly FeedCoverage[],
  ecosystems: readonly string[],
): readonly FeedCoverage[] {
  return pickNewest(coverage.filter(({ ecosystem }) => ecosystems.includes(ecosystem)));
}

/** How old the data of a scan is (ScanReport.updatedAt). */
export function dateScan(feeds: ReadonlySet<FeedCoverage>, data: AdvisoryDataInfo): Instant | null {
  if (feeds.size > 0) return dateOldest([...feeds]);
  const dates = data.coverage.flatMap((feed) => dateFeed(feed) ?? []);
  return dates.toSorted((one, other) => other - one)[0] ?? null;
}

/** What the inventory could not read may hold any package. */
export function listInventoryGaps({ outcome, skips, subject }: Inventory): readonly CoverageGap[] {
  // mutant partial-inventory-loses-its-reasons by scan-gaps: condition -> true
  if (outcome === 'complete') return [];
  if (skips.length === 0)
    return [{ purl: null, place: subject.name, why: 'it does not list everything, as it says' }];
  return skips.map(({ location, cause }) => {
    const named = `${location}: `;
    const isNamed = cause.message.startsWith(named);
    const why = isNamed ? cause.message.slice(named.length) : cause.message;
    return { purl: null, place: location, why };
  });
}

/** A record of a feed that could not be read may have named any package. */
export function listFeedGaps(data: AdvisoryDataInfo): CoverageGap[] {
  if (data.rejected === 0) return [];
  return [
    {
      purl: null,
      place: null,
      why: `${data.rejected} advisory records could not be read when they were imported`,
    },
  ];
}

/** Windows itself is looked up as a component: where it is none, nothing is known of its flaws. */
export function listSystemGaps({ os, components }: Inventory): readonly CoverageGap[] {
  // mutant windows-without-its-advisories by scan-gaps: condition -> true
  if (os?.id !== 'windows') return [];
  const isListed = components.some(({ purl }) => {
    const parts = parsePurl(purl);
    return parts.ok && isWindows(parts.value);
  });
  // mutant listed-windows-is-a-gap by scan-gaps: condition -> false
  if (isListed) return [];
  const release = os.versionId === null ? 'Windows' : `Windows ${os.versionId}`;
  const why = `flaws of ${release} itself are not looked up: no component says which build it is`;
  return [{ purl: null, place: null, why }];
}

/** What is known of the support of the system of an inventory; null: nothing. */
export interface SystemSupport extends SupportTerm {
  readonly isOver: boolean;
}

export function findSystemSupport(
  { os }: Inventory,
  terms: readonly SupportTerm[],
  now: Instant,
): SystemSupport | null {
  if (os === null || os.versionId === null) return null;
  const term = findSupportTerm(terms, os.id, os.versionId);
  return term === null ? null : { ...term, isOver: isSupportOver(term, now) };
}

/** Who no longer supports a system writes no advisories about its later flaws. */
export function listSupportGaps(support: SystemSupport | null): readonly CoverageGap[] {
  // mutant unsupported-system-is-covered by end-of-support: condition -> true
  if (support?.isOver !== true) return [];
  const { os, release, endsOn, extendedTo } = support;
  const more = extendedTo === null || extendedTo <= endsOn ? '' : ` (extended: ${extendedTo})`;
  const why = `support of ${os} ${release} ended on ${endsOn}${more}: later flaws may have no advisory`;
  return [{ purl: null, place: null, why }];
}

export function compareFeeds(one: FeedCoverage, other: FeedCoverage): number {
  const [a, b] = [`${one.ecosystem}\n${one.feed}`, `${other.ecosystem}\n${other.feed}`];
  return a < b ? -1 : Number(a > b);
}
