/** All that is reached from some keys, those included. */
export function findReached(
  from: readonly string[],
  listNext: (key: string) => readonly string[],
): ReadonlySet<string> {
  const reached = new Set(from);
  for (const key of reached) for (const next of listNext(key)) reached.add(next);
  return reached;
}
