import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { encodePercent } from '../../core/percent.ts';
import { isMalicious } from './malicious.ts';

/** What most titles are: nothing in it needs another form, and to see that costs little. */
const PLAIN = /^[!-~][ -~]*$/;

/**
 * The `summary` of a record on one line, of at most LIMITS.advisoryTitleMax characters. A title
 * decides nothing, so one that is no text is unknown, and the record counts.
 */
export function toTitle(summary: JsonValue | undefined): string | undefined {
  if (typeof summary !== 'string') return undefined;
  const max = LIMITS.advisoryTitleMax;
  // mutant title-unbounded by parse-osv: operand 1 -> true
  if (summary.length <= max && PLAIN.test(summary)) return summary;
  // One character is for the sign that it was cut.
  const title = toOneLine(summary.trim(), max - 1).trim();
  return title === '' ? undefined : title;
}

/**
 * The title of the record that calls the package malicious, else of the one with the id that is
 * shown, else of the first one; null: unknown.
 */
export function pickTitle(
  id: string,
  records: readonly { readonly id: string; readonly title?: string | undefined }[],
): string | null {
  const titled = records.filter(({ title }) => title !== undefined);
  const harm = titled.find((record) => isMalicious(record.id));
  const own = harm ?? titled.find((record) => record.id === id);
  const [first] = titled.toSorted((one, other) => (one.id < other.id ? -1 : 1));
  return (own ?? first)?.title ?? null;
}

/**
 * Where a person reads about a vulnerability: the records of OSV have an address for each id that
 * they know (https://osv.dev). Nothing is requested from there.
 */
export function toVulnerabilityUrl(id: string): string {
  return `https://osv.dev/vulnerability/${encodePercent(id)}`;
}
