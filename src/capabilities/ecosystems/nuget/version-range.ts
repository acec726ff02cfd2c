import { isNugetVersion, nugetScheme } from './version-order.ts';

/**
 * What a reference asks for (NuGet.Versioning, `VersionRange`). `minimum`: `1.2.3`, which takes the
 * lowest version from there on; `exact`: `[1.2.3]`; `floating`: `1.2.*`, the highest that fits;
 * `interval`: `[1.0,2.0)`.
 */
export interface NugetRange {
  readonly kind: 'exact' | 'minimum' | 'floating' | 'interval';
  /** The lowest version where the text names one, which NuGet takes where it is published. */
  readonly lowest: string | null;
}

const INTERVAL = /^([[(])([^,[\]()]*)(?:,([^,[\]()]*))?([\])])$/;
const FLOATING = /^(?:\d+(?:\.\d+){0,3}(?:-[0-9A-Za-z.-]*\*|\.\*(?:-\*)?)|\*(?:-\*)?)$/;

/** Null where it is no range that NuGet reads. */
export function parseRange(text: string): NugetRange | null {
  const spec = text.trim();
  if (spec.length > 256) return null;
  if (isNugetVersion(spec)) return { kind: 'minimum', lowest: spec };
  if (FLOATING.test(spec)) return { kind: 'floating', lowest: null };
  const [, open, low, high, close] = INTERVAL.exec(spec) ?? [];
  if (open === undefined || low === undefined) return null;
  return readInterval({ open, low: low.trim(), high: high?.trim(), close: close ?? '' });
}

interface Interval {
  readonly open: string;
  readonly low: string;
  readonly high: string | undefined;
  readonly close: string;
}

function readInterval({ open, low, high, close }: Interval): NugetRange | null {
  const isClosed = open === '[' && close === ']';
  if (high === undefined)
    return isClosed && isNugetVersion(low) ? { kind: 'exact', lowest: low } : null;
  if (FLOATING.test(low)) return { kind: 'floating', lowest: null };
  if ((low !== '' && !isNugetVersion(low)) || (high !== '' && !isNugetVersion(high))) return null;
  if (isClosed && low !== '' && nugetScheme.compare(low, high) === 0)
    return { kind: 'exact', lowest: low };
  const lowest = low === '' || open === '(' ? null : low;
  // `[1.0, )` is how locks write `1.0`.
  return { kind: high === '' && lowest !== null ? 'minimum' : 'interval', lowest };
}

/** Whether a version is one that the range allows; null where that cannot be decided. */
export function allowsVersion(spec: string, version: string): boolean | null {
  const range = parseRange(spec);
  if (range === null || !isNugetVersion(version)) return null;
  const text = spec.trim();
  if (range.kind === 'floating') return allowsFloating(text, version);
  const [, open, low = text, high = open === undefined ? '' : low, close] =
    INTERVAL.exec(text) ?? [];
  const above = low.trim() === '' ? 1 : (nugetScheme.compare(version, low.trim()) ?? -1);
  const below = high.trim() === '' ? -1 : (nugetScheme.compare(version, high.trim()) ?? 1);
  return (
    (above > 0 || (above === 0 && open !== '(')) && (below < 0 || (below === 0 && close === ']'))
  );
}

/** By the part before the star: nothing below it is taken. */
function allowsFloating(spec: string, version: string): boolean | null {
  if (!FLOATING.test(spec)) return null;
  const fixed = spec.slice(0, spec.indexOf('*')).replace(/[.-]$/, '');
  if (fixed === '') return true;
  const lowest = fixed.includes('-') ? fixed : `${fixed}-0`;
  return isNugetVersion(lowest) ? (nugetScheme.compare(version, lowest) ?? -1) >= 0 : null;
}
