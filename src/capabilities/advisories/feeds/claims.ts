import type { FeedClaim } from './feed-format.ts';

/**
 * What each of the files of one import covers: what it claims, if it covers that alone or the files
 * that cover it together are all there. What lacks a part covers nothing: a package that was not
 * found may be in the other one.
 */
export function settleClaims<K>(
  claims: ReadonlyMap<K, FeedClaim>,
): ReadonlyMap<K, readonly string[]> {
  const parts = new Map<string, Set<string>>();
  for (const { covers, part } of claims.values())
    for (const ecosystem of part === null ? [] : covers) {
      const known = parts.get(ecosystem) ?? new Set();
      parts.set(ecosystem, known.add(part?.name ?? ''));
    }
  return new Map(
    [...claims].map(([file, { covers, part }]) => [
      file,
      // mutant part-of-a-feed-covers-all by feed-claims: operand 2 -> true
      covers.filter(
        (ecosystem) => part === null || part.of.every((one) => parts.get(ecosystem)?.has(one)),
      ),
    ]),
  );
}
