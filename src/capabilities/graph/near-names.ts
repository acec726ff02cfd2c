/** The names that the user may have meant by `asked`, nearest first. */
export function findNearNames(
  asked: string,
  known: Iterable<string>,
  countMax: number,
): readonly string[] {
  const wanted = asked.toLowerCase();
  const scored: { readonly name: string; readonly distance: number }[] = [];
  for (const name of new Set(known)) {
    const lower = name.toLowerCase();
    const distance = lower.includes(wanted)
      ? 1
      : Math.min(...listHeads(lower).map((head) => measureDistance(wanted, head)));
    if (distance <= Math.max(1, Math.floor(wanted.length / 3))) scored.push({ name, distance });
  }
  scored.sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1));
  return scored.slice(0, countMax).map(({ name }) => name);
}

/** A name, and its first part before a separator: `log4j` of `log4j-core`. */
function listHeads(name: string): readonly string[] {
  const ends = [...name.slice(0, 100).matchAll(/[-_./:@]/g)].map(({ index }) => index).slice(0, 3);
  return [name, ...ends.filter((end) => end > 2).map((end) => name.slice(0, end))];
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two texts of at most 100
 * characters; longer texts are far apart. Two letters in the wrong order count as one error.
 */
function measureDistance(one: string, other: string): number {
  if (one.length > 100 || other.length > 100) return Number.POSITIVE_INFINITY;
  let earlier: readonly number[] = [];
  let before = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      const replaced = (before[column - 1] ?? 0) + same;
      const isSwap =
        row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const swapped = isSwap ? (earlier[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(
        Math.min(replaced, swapped, (before[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1),
      );
    }
    earlier = before;
    before = current;
  }
  return before[other.length] ?? 0;
}
