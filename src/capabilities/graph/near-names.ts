/** The names that somebody who wrote `asked` may have meant, nearest first. */
export function nearNames(asked: string, known: Iterable<string>, countMax: number): readonly string[] {
  const wanted = asked.toLowerCase();
  const scored: { readonly name: string; readonly distance: number }[] = [];
  for (const name of new Set(known)) {
    const distance = name.toLowerCase().includes(wanted) ? 1 : distanceOf(wanted, name.toLowerCase());
    if (distance <= Math.max(1, Math.floor(wanted.length / 3))) scored.push({ name, distance });
  }
  scored.sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1));
  return scored.slice(0, countMax).map(({ name }) => name);
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours between two texts of at most 100 characters; longer ones
 * are far apart. Two letters in the wrong order are one slip.
 */
function distanceOf(one: string, other: string): number {
  if (one.length > 100 || other.length > 100) return Number.POSITIVE_INFINITY;
  let earlier: readonly number[] = [];
  let before = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      const replaced = (before[column - 1] ?? 0) + same;
      const isSwap = row > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      const swapped = isSwap ? (earlier[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, swapped, (before[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    earlier = before;
    before = current;
  }
  return before[other.length] ?? 0;
}
