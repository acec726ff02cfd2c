import type { Purl } from '../../../core/purl.ts';

/**
 * What is required directly, as far as it is known; what nothing else needs; and the first of each
 * loop that is not reached from there.
 */
export function listTops(
  needs: ReadonlyMap<Purl, readonly Purl[]>,
  known: readonly Purl[] | null = null,
): readonly Purl[] {
  const needed = new Set([...needs].flatMap(([purl, all]) => all.filter((one) => one !== purl)));
  const first = known?.filter((purl) => needs.has(purl)) ?? [];
  const tops = [...new Set([...first, ...[...needs.keys()].filter((purl) => !needed.has(purl))])];
  const reached = new Set(tops);
  const queue: Purl[] = [...tops];
  const follow = (): void => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop())
      for (const purl of needs.get(next) ?? [])
        if (!reached.has(purl)) {
          reached.add(purl);
          queue.push(purl);
        }
  };
  follow();
  for (const purl of needs.keys()) {
    if (reached.has(purl)) continue;
    reached.add(purl);
    tops.push(purl);
    queue.push(purl);
    follow();
  }
  return tops.sort();
}
