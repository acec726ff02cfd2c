import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import type { SeverityVector } from './advisory.ts';
import { isCve } from './alias-groups.ts';

/**
 * All that an OSV record or one of its packages says about severity: `severity[]` of every type
 * (the schema has CVSS and the words of Ubuntu; databases write others), and the members in which
 * databases keep their own. Null for a member that has the wrong form.
 */
export function readStatedSeverities(holder: JsonObject): readonly SeverityVector[] | null {
  const listed = readSeverityList(getOwn(holder, 'severity'));
  if (listed === null) return null;
  const [database, ecosystem] = [readOwn(holder, OWN_MEMBERS[0]), readOwn(holder, OWN_MEMBERS[1])];
  if (database.length === 0 && ecosystem.length === 0) return listed;
  return [...listed, ...database, ...ecosystem];
}

export const OWN_MEMBERS = ['database_specific', 'ecosystem_specific'] as const;

function readSeverityList(value: JsonValue | undefined): readonly SeverityVector[] | null {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return null;
  const found: SeverityVector[] = [];
  for (const item of value as readonly JsonValue[]) {
    const text = isJsonObject(item) ? toText(item['score']) : null;
    if (!isJsonObject(item) || text === null) return null;
    found.push(...classify(item['type'], text));
  }
  return found;
}

/** A vector is known by its own text, whatever its type says. */
function classify(type: JsonValue | undefined, text: string): readonly SeverityVector[] {
  if (type === 'CVSS_V2' || type === 'CVSS_V3' || type === 'CVSS_V4')
    return [{ type, vector: text }];
  const isCvss = isVector(text) || (typeof type === 'string' && /^CVSS/i.test(type));
  return isCvss ? [{ type: 'CVSS', vector: text }] : toWord(text);
}

// GitHub, curl, Android, openEuler: `severity`; Debian: `urgency`; Ubuntu before `severity[]`.
const WORD_MEMBERS = ['severity', 'urgency', 'ubuntu_priority'] as const;
// RustSec: `cvss`, a vector; the Ruby database: `cvss_v3`, a number.
const SCORE_MEMBERS = [
  ['cvss', 'CVSS'],
  ['cvss_v2', 'CVSS_V2'],
  ['cvss_v3', 'CVSS_V3'],
  ['cvss_v4', 'CVSS_V4'],
] as const;

/** What of OWN_MEMBERS is read; most records have nothing of it. */
export const RATING_MEMBERS: ReadonlySet<string> = new Set([
  ...WORD_MEMBERS,
  ...SCORE_MEMBERS.map(([member]) => member),
  'informational',
  'cves_map',
]);

function readOwn(holder: JsonObject, name: string): readonly SeverityVector[] {
  const own = getOwn(holder, name);
  if (!isJsonObject(own)) return [];
  if (!Object.keys(own).some((member) => RATING_MEMBERS.has(member))) return [];
  const words = WORD_MEMBERS.flatMap((member): readonly SeverityVector[] => {
    const value = getOwn(own, member);
    if (Array.isArray(value)) return readSeverityList(value) ?? UNREAD;
    return readValue(value, (text) => classify(undefined, text));
  });
  const scores = SCORE_MEMBERS.flatMap(([member, type]) =>
    readValue(getOwn(own, member), (text) => [{ type, vector: text }]),
  );
  const kind = getOwn(own, 'informational');
  // mutant informational-record-of-any-kind by stated-severity: operand 2 -> true
  const isMild = typeof kind === 'string' && INFORMATIONAL.has(kind);
  const mild = isMild ? toWord(kind) : [];
  return [...words, ...scores, ...mild, ...readCves(getOwn(own, 'cves_map'))];
}

/**
 * RustSec: a crate that nobody maintains, or of which there is something to say, has no flaw for
 * that. An `unsound` one may have.
 */
const INFORMATIONAL: ReadonlySet<string> = new Set(['unmaintained', 'notice']);

/**
 * Notices of Ubuntu keep the severity of each CVE: `cves_map: {cves: [{id, severity: […]}]}`. One
 * without an id is about all of them.
 */
function readCves(map: JsonValue | undefined): readonly SeverityVector[] {
  const cves = isJsonObject(map) ? getOwn(map, 'cves') : undefined;
  if (!Array.isArray(cves)) return [];
  return (cves as readonly JsonValue[]).flatMap((cve) => {
    if (!isJsonObject(cve)) return [];
    const stated = readSeverityList(getOwn(cve, 'severity')) ?? UNREAD;
    const id = getOwn(cve, 'id');
    return typeof id === 'string' && id.length <= LIMITS.purlBytesMax && isCve(id)
      ? stated.map((one) => ({ ...one, of: id.toUpperCase() }))
      : stated;
  });
}

/** It states something that may be worse than everything that could be read. */
const UNREAD: readonly SeverityVector[] = [{ type: 'DATABASE', vector: 'unreadable' }];

function readValue(
  value: JsonValue | undefined,
  read: (text: string) => readonly SeverityVector[],
): readonly SeverityVector[] {
  if (value === undefined || value === null || value === '') return [];
  const text = toText(value);
  return text === null ? UNREAD : read(text);
}

/** Words for "nobody has rated it". They state no severity, unlike a word that is not known. */
const UNRATED_WORDS: ReadonlySet<string> = new Set([
  '',
  'none',
  'not yet assigned',
  'unassigned',
  'undetermined',
  'unknown',
  'unrated',
  'unspecified',
  'untriaged',
  // Debian: the release gets no updates. It says nothing about the flaw.
  'end-of-life',
]);

function toWord(text: string): readonly SeverityVector[] {
  return UNRATED_WORDS.has(text.trim().toLowerCase()) ? [] : [{ type: 'DATABASE', vector: text }];
}

function toText(value: JsonValue | undefined): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.length <= LIMITS.versionBytesMax ? value : null;
}

function isVector(text: string): boolean {
  return text.startsWith('CVSS:') || /^\(?AV:/.test(text);
}
