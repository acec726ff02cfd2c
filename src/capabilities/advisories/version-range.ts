/** One bound: the version, and whether it is part of the range. */
interface Bound {
  readonly version: string;
  readonly sign: '<' | '<=' | '>' | '>=' | '=' | '!=';
}

/** Whether a version meets a bound; null where the two cannot be compared. */
export type VersionComparer = (bound: string) => number | null;

/**
 * Whether a version is in a range as people write it: `>=2.4 <2.12.2`, `2.12.x`, `[2.13,2.15)`,
 * `^2.1`, `~2.1`, and any of them joined by `||`, or as `vers:npm/>=2.4|<2.12.2`. Null where
 * versions cannot be compared or the text is not a range: null must never be taken for "no".
 */
export function isInRange(range: string, compare: VersionComparer): boolean | null {
  const parts = parseAlternatives(range);
  if (parts === null) return null;
  const outcomes = parts.map((bounds) => meetsAll(bounds, compare));
  if (outcomes.includes(true)) return true;
  return outcomes.includes(null) ? null : false;
}

function meetsAll(bounds: readonly Bound[], compare: VersionComparer): boolean | null {
  const outcomes = bounds.map(({ version, sign }) => {
    const order = compare(version);
    if (order === null) return null;
    // mutant range-without-a-version by version-ranges: remove
    if (sign === '!=') return order !== 0;
    if (order === 0) return sign.includes('=');
    return order < 0 ? sign.startsWith('<') : sign.startsWith('>');
  });
  if (outcomes.includes(false)) return false;
  return outcomes.includes(null) ? null : true;
}

const INTERVAL = /^([[(])([^,[\]()]*)(?:(,)([^,[\]()]*))?([\])])$/;
const COMPARATOR = /^(<=|>=|<|>|==?|\^|~)?v?([0-9A-Za-z][\w.+:~*-]*)$/;

/** For each alternative, the bounds that must all hold; null where the text is not a range. */
function parseAlternatives(range: string): readonly (readonly Bound[])[] | null {
  const found: (readonly Bound[])[] = [];
  if (range.startsWith('vers:')) return parseVers(range);
  for (const text of range.split('||').map((part) => part.trim())) {
    const intervals = text.match(/[[(][^[\]()]*[\])]/g);
    const isIntervals =
      intervals !== null && text.replace(/[[(][^[\]()]*[\])]/g, '').replace(/[,\s]/g, '') === '';
    const parts = isIntervals ? intervals.map(parseInterval) : [parseComparators(text)];
    for (const bounds of parts) {
      if (bounds === null) return null;
      found.push(bounds);
    }
  }
  return found;
}

function parseInterval(text: string): readonly Bound[] | null {
  const [, open, from = '', comma, to = '', close] = INTERVAL.exec(text.replace(/\s/g, '')) ?? [];
  if (open === undefined || (from === '' && to === '')) return null;
  if (comma === undefined)
    return open === '[' && close === ']' ? [{ sign: '=', version: from }] : null;
  return [
    ...(from === '' ? [] : [{ sign: open === '[' ? '>=' : '>', version: from } as const]),
    ...(to === '' ? [] : [{ sign: close === ']' ? '<=' : '<', version: to } as const]),
  ];
}

function parseComparators(text: string): readonly Bound[] | null {
  const bounds: Bound[] = [];
  for (const part of text.replace(/([<>=^~])\s+/g, '$1').split(/[\s,]+/)) {
    const [, sign = '=', version] = COMPARATOR.exec(part) ?? [];
    const meant = version === undefined ? null : parseBounds(sign, version);
    if (meant === null) return null;
    bounds.push(...meant);
  }
  return bounds;
}

function parseBounds(sign: string, version: string): readonly Bound[] | null {
  const wild = /^(\d+(?:\.\d+)*)\.[xX*]$/.exec(version)?.[1];
  if (wild !== undefined)
    return sign === '=' ? buildBoundsUpTo(wild, wild.split('.').length - 1) : null;
  if (version.includes('*')) return null;
  if (sign === '^' || sign === '~') {
    const numbers = /^\d+(?:\.\d+)*/.exec(version)?.[0].split('.') ?? [];
    if (numbers.length === 0) return null;
    const firstNotNull = numbers.findIndex((number) => Number(number) > 0);
    const kept =
      sign === '~'
        ? Math.min(1, numbers.length - 1)
        : firstNotNull < 0
          ? numbers.length - 1
          : firstNotNull;
    return [{ sign: '>=', version }, ...buildBoundsUpTo(numbers.join('.'), kept).slice(1)];
  }
  return [{ sign: (sign === '==' ? '=' : sign) as Bound['sign'], version }];
}

/** From a version up to the next in which the number at `place` is one more. */
function buildBoundsUpTo(version: string, place: number): readonly Bound[] {
  const numbers = version.split('.').slice(0, place + 1);
  const next = [...numbers.slice(0, place), String(BigInt(numbers[place] ?? '0') + 1n)].join('.');
  return [
    { sign: '>=', version },
    { sign: '<', version: next },
  ];
}

/** Whether a text is a range in the form of VERS. */
export function isVersRange(text: string): boolean {
  return text.startsWith('vers:') && parseVers(text) !== null;
}

/** The type in a range of the form of VERS; null for every other range. */
export function takeVersType(range: string): string | null {
  return /^vers:([^/]*)\//.exec(range)?.[1] ?? null;
}

/** `vers:TYPE/CONSTRAINT|CONSTRAINT…` */
const VERS = /^vers:[a-z][a-z0-9.-]{0,40}\/(.+)$/s;
const CONSTRAINTS_MAX = 1_000;

/**
 * A range in the form of VERS (package-url/vers-spec): constraints in the order of their versions.
 * A lower bound goes with the upper one that follows it; the first upper and the last lower bound
 * are open. What the form forbids is null.
 */
function parseVers(text: string): readonly (readonly Bound[])[] | null {
  const stated = VERS.exec(text)?.[1]?.split('|') ?? [];
  if (stated.length === 0 || stated.length > CONSTRAINTS_MAX) return null;
  // mutant vers-star-with-others by version-ranges: operand 2 -> true
  if (stated.includes('*')) return stated.length === 1 ? [[]] : null;
  const bounds = stated.map(parseConstraint);
  if (!bounds.every((bound) => bound !== null)) return null;
  // A version may be stated once.
  if (new Set(bounds.map(({ version }) => version)).size < bounds.length) return null;
  const excluded = bounds.filter(({ sign }) => sign === '!=');
  const sides = bounds.filter(({ sign }) => sign.startsWith('<') || sign.startsWith('>'));
  const found: Bound[][] = bounds.filter(({ sign }) => sign === '=').map((bound) => [bound]);
  for (const [at, bound] of sides.entries()) {
    const [before, next] = [sides[at - 1], sides[at + 1]];
    const isLower = bound.sign.startsWith('>');
    // Two bounds of one side in a row: one of them says nothing.
    // mutant vers-bound-that-says-nothing by version-ranges: condition -> false
    if (next !== undefined && next.sign[0] === bound.sign[0]) return null;
    if (isLower) found.push(next === undefined ? [bound] : [bound, next]);
    else if (before === undefined) found.push([bound]);
  }
  if (found.length === 0) return excluded.length === 0 ? null : [excluded];
  return found.map((one) => [...one, ...excluded]);
}

const CONSTRAINT = /^(<=|>=|<|>|!=|=)?([^<>=!*|,\s]+)$/;

/** Reserved characters in a version are percent-encoded. */
function parseConstraint(text: string): Bound | null {
  const [, sign = '=', written] = CONSTRAINT.exec(text) ?? [];
  if (written === undefined) return null;
  try {
    return { sign: sign as Bound['sign'], version: decodeURIComponent(written) };
  } catch {
    return null;
  }
}
