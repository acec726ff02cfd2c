/** Splits lists into parts that fit a statement's parameters. */
export function* splitIntoChunks<T>(items: readonly T[], size = 500): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
