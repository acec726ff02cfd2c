/**
 * The same function with a memory of what it gave for short texts: records of one package list the
 * same versions again and again. The memory is bounded, and values must not be changed.
 */
export function rememberParsed<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly parsed: T }>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before.parsed;
    const parsed = parse(text);
    if (text.length >= TEXT_MAX) return parsed;
    if (known.size >= ENTRIES_MAX) known.clear();
    known.set(text, { parsed });
    return parsed;
  };
}

const ENTRIES_MAX = 8_192;
const TEXT_MAX = 64;
