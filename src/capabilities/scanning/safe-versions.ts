import { type AdvisoryIndex, matchAdvisory } from '../advisories/index.ts';
import type { PackageAddress } from '../ecosystems/index.ts';
import type { RecordMatch } from './match-records.ts';

/** More versions are of no use, and each one is matched against every record. */
const CANDIDATES_MAX = 100;

/** The fixed versions above this one that none of the records calls affected, nearest first. */
export async function listSafeVersions(
  address: PackageAddress,
  said: readonly RecordMatch[],
  index: AdvisoryIndex,
): Promise<readonly string[]> {
  const compareByVersion = (one: string, other: string): number =>
    address.scheme.compare(one, other) || (one < other ? -1 : 1);
  const candidates = [...new Set(said.flatMap(({ match }) => match.fixed))].sort(compareByVersion);
  const safe: string[] = [];
  for (const version of candidates.slice(0, CANDIDATES_MAX))
    if (await isSafe(version, said, index)) safe.push(version);
  return safe;
}

async function isSafe(
  version: string,
  said: readonly RecordMatch[],
  index: AdvisoryIndex,
): Promise<boolean> {
  for (const [at, { address, record }] of said.entries()) {
    if (matchAdvisory({ ...address, version }, record).status !== 'not_affected') return false;
    if (at % 100 === 99) await index.breathe?.();
  }
  return true;
}
