/** Finds the first line that holds a text: 1 where none does. Each text is searched once. */
export function createLineFinder(bytes: Uint8Array): (text: string) => number {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    .toString('utf8')
    .split('\n');
  const first = new Map<string, number>();
  for (const [at, line] of lines.entries())
    for (const quoted of line.match(/"[^"\\]{1,500}"/g) ?? [])
      if (!first.has(quoted)) first.set(quoted, at + 1);
  return (text) => first.get(text) ?? 1;
}
