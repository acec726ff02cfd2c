/** `2026-11-30 12:30`, in UTC, as everywhere in Waybill. */
export function formatMoment(text: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)
    ? `${text.slice(0, 10)} ${text.slice(11, 16)}`
    : text;
}

/** `3 releases`, `1 release`. */
export function formatCount(count: number, noun: string, more = false): string {
  return `${count}${more ? '+' : ''} ${noun}${count === 1 && !more ? '' : 's'}`;
}

/** `sha256:0123456789ab…` for a digest, other text as it is. */
export function shortenDigest(text: string): string {
  return text.replace(/\b(sha(?:256|512):[0-9a-f]{12})[0-9a-f]+/, '$1…');
}

/** How long ago, for people: `3 d`, `2 h`. */
export function formatAge(from: string, nowMs: number): string {
  const minutes = Math.floor((nowMs - Date.parse(from)) / 60_000);
  if (!Number.isFinite(minutes)) return '';
  if (minutes < 0) return 'in the future';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 60 * 48) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1_440)} d`;
}

/** Only an address of the web is a link: a record may name anything. */
export function toWebLink(text: string): string | null {
  try {
    return new URL(text).protocol === 'https:' ? text : null;
  } catch {
    return null;
  }
}

/** Groups in the order of their first members. */
export function groupBy<T>(
  list: readonly T[],
  key: (one: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const name = key(one);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [one]);
    else group.push(one);
  }
  return [...groups];
}
