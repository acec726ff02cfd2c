import { type Instant, parseInstant, toDay } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { isCve } from '../alias-groups.ts';
import type { KevEntry, ThreatData } from './threat.ts';

/** Whether a file begins as the catalogue of CISA does, in whole or one entry a line. */
export function isKev(start: string): boolean {
  return /^\s*\{/.test(start) && /"(?:catalogVersion|cveID)"\s*:/.test(start);
}

/**
 * The catalogue of known exploited vulnerabilities: the JSON that CISA publishes, or its entries,
 * one a line. An entry that cannot be read refuses the catalogue: what is not listed means
 * something.
 */
export function readKev(text: string): Result<ThreatData> {
  const whole = parseCatalogue(text);
  if (!whole.ok) return whole;
  const { vulnerabilities, catalogVersion, dateReleased, count } = whole.value;
  if (!Array.isArray(vulnerabilities)) return malformed('it has no list of vulnerabilities');
  const entries: KevEntry[] = [];
  for (const one of vulnerabilities as readonly JsonValue[]) {
    const entry = isJsonObject(one) ? readEntry(one) : null;
    // mutant kev-entry-passed-over by read-threats: branch -> continue;
    if (entry === null) return malformed(`entry ${entries.length + 1} has no CVE or no date`);
    entries.push(entry);
  }
  if (entries.length === 0) return malformed('it lists nothing');
  // mutant kev-cut-short by read-threats: condition -> false
  if (typeof count === 'number' && count !== entries.length)
    return malformed(`it says that it has ${count} entries, and has ${entries.length}`);
  const version = typeof catalogVersion === 'string' ? catalogVersion.slice(0, 100) : null;
  const at = toMoment(dateReleased) ?? findNewest(entries);
  return ok({ kind: 'kev', entries, version, at });
}

function parseCatalogue(text: string): Result<JsonObject> {
  const whole = parseJson(text, { bytesMax: LIMITS.threatFileBytesMax });
  if (whole.ok && isJsonObject(whole.value) && whole.value['cveID'] === undefined)
    return ok(whole.value);
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > LIMITS.threatEntriesMax) return malformed('it has too many lines');
  const vulnerabilities: JsonValue[] = [];
  for (const line of lines) {
    const entry = parseJson(line, { bytesMax: LIMITS.advisoryBytesMax });
    if (!entry.ok) return whole.ok ? entry : whole;
    vulnerabilities.push(entry.value);
  }
  return ok({ vulnerabilities });
}

function readEntry(entry: JsonObject): KevEntry | null {
  const { cveID, dateAdded, dueDate, knownRansomwareCampaignUse: use } = entry;
  if (typeof cveID !== 'string' || !isCve(cveID)) return null;
  if (typeof dateAdded !== 'string' || toDay(dateAdded) === null) return null;
  const due = typeof dueDate === 'string' && toDay(dueDate) !== null ? dueDate : null;
  return { cve: cveID.toUpperCase(), added: dateAdded, due, ransomware: use === 'Known' };
}

function toMoment(value: JsonValue | undefined): Instant | null {
  const at = typeof value === 'string' ? parseInstant(value) : null;
  return at?.ok === true ? at.value : null;
}

/** Entries alone do not say when they were released: not before the newest of them. */
function findNewest(entries: readonly KevEntry[]): Instant | null {
  const days = entries.map(({ added }) => added);
  const newest = days.reduce((one, other) => (one > other ? one : other), '');
  return toMoment(`${newest}T00:00:00Z`);
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not a catalogue of known exploited vulnerabilities: ${why}`,
    'Take it from its publisher again.',
  );
}
