import type { Instant } from '../../core/instant.ts';
import type { Purl } from '../../core/purl.ts';
import type { PackageAddress } from '../ecosystems/index.ts';
import type { Advisory } from './advisory.ts';
import { dateFeed, type FeedCoverage } from './feed-coverage.ts';
import { takeDatabase } from './feed-survey.ts';
import { type AdvisoryMatch, selectEntries } from './match.ts';
import { isFromDistribution } from './severity.ts';

interface Word {
  readonly address: PackageAddress;
  readonly record: Advisory;
  readonly match: AdvisoryMatch;
}

/**
 * The records whose word counts about one vulnerability of one package, where they contradict each
 * other. A package of a distribution is looked up only among the advisories of its distribution, so
 * its word about its own package beats every range of the project itself. Of its words:
 *
 * 1. What it says of this vulnerability alone (a tracker, a secdb, a VEX document) beats what a
 *    bulletin says of several at once, which names all packages and all vulnerabilities that it
 *    fixed together. So a package that it calls not affected, or fixed in this version, is not
 *    affected, if that is known to be said no earlier than the bulletin.
 * 2. Everything else is united: affected beats unknown, unknown beats not affected.
 *
 * An old word, or one of unknown age, clears nothing.
 */
export function pickDeciding<W extends Word>(
  purl: Purl,
  said: readonly W[],
  feeds: readonly FeedCoverage[],
): readonly W[] {
  if (said.length < 2 || !isFromDistribution(purl)) return said;
  const own = said.filter(
    ({ address, record }) => isAboutOne(record) && selectEntries(address, record).length > 0,
  );
  // mutant own-word-against-itself by precedence: operand 2 -> false
  if (own.length === 0 || own.some(({ match }) => match.status !== 'not_affected')) return said;
  const others = said.filter((one) => !own.includes(one));
  const spokenAt = dateOldestWord(own, feeds);
  if (spokenAt === null) return said;
  const isNewer = others.every(({ record }) => {
    const at = record.modified ?? record.published;
    // mutant old-word-clears-a-newer-bulletin by precedence: operand 2 -> true
    return at !== null && at <= spokenAt;
  });
  return isNewer ? own : said;
}

function isAboutOne({ upstream }: Advisory): boolean {
  return upstream.length <= 1;
}

/** Records of a tracker have no date of their own: they are as old as its file. */
function dateOldestWord(said: readonly Word[], feeds: readonly FeedCoverage[]): Instant | null {
  let oldest: Instant | null = null;
  for (const { record } of said) {
    const at = record.modified ?? dateDatabase(takeDatabase(record.id), feeds);
    // mutant word-of-unknown-age-clears by precedence: branch -> continue;
    if (at === null) return null;
    if (oldest === null || at < oldest) oldest = at;
  }
  return oldest;
}

function dateDatabase(database: string, feeds: readonly FeedCoverage[]): Instant | null {
  const own = feeds.find(({ databases }) => databases.includes(database));
  return own === undefined ? null : dateFeed(own);
}
