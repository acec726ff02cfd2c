import { Failure, toFailure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import type {
  Advisory,
  AffectedPackage,
  SeverityVector,
  VersionEvent,
  VersionRange,
} from './advisory.ts';
import { describeErratum, type ErratumFacts } from './errata.ts';
import { foldPackageName } from './fold-package-name.ts';
import { isMalicious, MALICIOUS, MALICIOUS_TITLE } from './malicious.ts';
import { readStatedSeverities } from './stated-severity.ts';
import { toTitle } from './title.ts';

/**
 * Reads one OSV record (ossf/osv-schema 1.x) from the text of its JSON.
 *
 * @example parseOsv('{"id":"GHSA-x","affected":[]}')
 */
export function parseOsv(text: Uint8Array | string): Result<Advisory> {
  const json = parseJson(text, { bytesMax: LIMITS.advisoryBytesMax });
  return json.ok ? readOsv(json.value) : json;
}

/** Reads one OSV record from parsed JSON: all its facts, or a failure that names the first flaw. */
export function readOsv(value: JsonValue): Result<Advisory> {
  try {
    if (!isJsonObject(value)) throw malformed('it is not an object');
    return ok(parseAdvisory(value));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

function parseAdvisory(record: JsonObject): Advisory {
  const id = readName(record, 'id');
  const withdrawn = record['withdrawn'];
  const affected = parseAll(readList(record, 'affected'), parseAffected);
  checkCount(affected);
  return buildAdvisory({
    id,
    aliases: readNames(record, 'aliases', id),
    related: readNames(record, 'related', id),
    upstream: readNames(record, 'upstream', id),
    modified: readInstant(record, 'modified'),
    published: readInstant(record, 'published'),
    // A withdrawal whose date cannot be read decides nothing: the record is refused.
    withdrawn: withdrawn === undefined || withdrawn === null ? null : parseStrictInstant(withdrawn),
    severities: parseSeverities(record),
    summary: record['summary'],
    affected,
  });
}

/** What a record says, before what its kind means is added. */
export interface OsvMembers extends Omit<Advisory, 'title'> {
  readonly summary: JsonValue | undefined;
}

export function buildAdvisory(said: OsvMembers): Advisory {
  const { id, aliases, related, upstream, modified, published, withdrawn, affected } = said;
  const { severities, summary } = said;
  const others = [...aliases, ...upstream];
  const erratum = describeErratum(id, { related, others }, summary);
  const isHarm = isMalicious(id);
  // mutant malicious-package-without-a-score by malicious: condition -> false
  const stated = isHarm ? [...severities, MALICIOUS] : severities;
  const title = toTitle(summary);
  const isRated = stated.length > 0 || affected.some((entry) => entry.severities.length > 0);
  return {
    id,
    aliases,
    related,
    upstream: erratum === null ? upstream : [...upstream, ...erratum.upstream],
    modified,
    published,
    withdrawn,
    severities: stated,
    title: isHarm ? [MALICIOUS_TITLE, title ?? []].flat().join(': ') : title,
    affected: isRated || erratum === null ? affected : rateErratum(affected, erratum),
  };
}

/**
 * Feeds have millions of such items: a loop by number makes no object for each, as `of` does before
 * the last of V8's compilers, and an import ends before that one pays.
 */
function parseAll<T>(
  values: readonly JsonValue[],
  parse: (value: JsonValue, parsed: T[]) => void,
): readonly T[] {
  const parsed: T[] = [];
  for (let at = 0; at < values.length; at++) parse(values[at] ?? null, parsed);
  return parsed;
}

function readNames(record: JsonObject, key: string, id: string): readonly string[] {
  const names = parseAll<string>(readList(record, key), (name, parsed) => {
    parsed.push(parseName(name, key));
  });
  return listOthers(names, id);
}

/** Each once, without the record's own id. */
export function listOthers(names: readonly string[], id: string): readonly string[] {
  const unique = removeDuplicates(names);
  return unique.includes(id) ? unique.filter((name) => name !== id) : unique;
}

/** An erratum is rated as the worst of what it covers, so each may be as bad. */
function rateErratum(
  affected: readonly AffectedPackage[],
  { isSecurity, severities }: ErratumFacts,
): readonly AffectedPackage[] {
  return isSecurity ? affected.map((entry) => ({ ...entry, severities })) : [];
}

/** Matching reads all of them for each version. */
export function countVersions(affected: readonly AffectedPackage[]): number {
  let count = 0;
  for (let at = 0; at < affected.length; at++) {
    const { ranges, versions } = affected[at] as AffectedPackage;
    count += versions.length;
    for (let part = 0; part < ranges.length; part++) count += ranges[part]?.events.length ?? 0;
  }
  return count;
}

function checkCount(affected: readonly AffectedPackage[]): void {
  if (countVersions(affected) <= LIMITS.advisoryVersionsMax) return;
  throw new Failure(
    'LIMIT_EXCEEDED',
    `the record names over ${LIMITS.advisoryVersionsMax} versions`,
    'Leave the record out.',
  );
}

/** Entries without a package are about commits only; no inventoried package has their name. */
function parseAffected(value: JsonValue, parsed: AffectedPackage[]): void {
  const entry = requireObject(value, 'affected');
  if (entry['package'] === undefined || entry['package'] === null) return;
  const named = requireObject(entry['package'], 'package');
  const ecosystem = readName(named, 'ecosystem');
  const name = readName(named, 'name');
  parsed.push({
    ecosystem,
    // mutant advisory-of-a-name-in-capitals by go-matching: value -> name
    name: foldPackageName(ecosystem, name),
    ranges: parseAll(readList(entry, 'ranges'), parseRange),
    versions: removeDuplicates(parseAll(readList(entry, 'versions'), addVersion)),
    severities: parseSeverities(entry),
  });
}

function addVersion(value: JsonValue, parsed: string[]): void {
  parsed.push(parseVersion(value));
}

function parseRange(value: JsonValue, parsed: VersionRange[]): void {
  const range = requireObject(value, 'range');
  const type = range['type'];
  if (type === 'GIT') {
    parsed.push({ type, events: [] });
    return;
  }
  if (type !== 'SEMVER' && type !== 'ECOSYSTEM')
    throw malformed(`a range has the type ${quoteValue(type)}`);
  const events = parseAll(readList(range, 'events'), parseEvents);
  if (events.length === 0) throw malformed('a range has no events');
  parsed.push({ type, events });
}

/** The schema requires one key per event; older records have several, which mean the same. */
function parseEvents(value: JsonValue, events: VersionEvent[]): void {
  const event = requireObject(value, 'event');
  const before = events.length;
  addEvent(events, 'introduced', event['introduced']);
  addEvent(events, 'fixed', event['fixed']);
  addEvent(events, 'last_affected', event['last_affected']);
  addEvent(events, 'limit', event['limit']);
  if (events.length === before) throw malformed('an event is not one that OSV defines');
}

function addEvent(
  events: VersionEvent[],
  kind: VersionEvent['kind'],
  version: JsonValue | undefined,
): void {
  if (version !== undefined && version !== null)
    events.push({ kind, version: parseVersion(version) });
}

function parseSeverities(holder: JsonObject): readonly SeverityVector[] {
  const stated = readStatedSeverities(holder);
  if (stated === null) throw malformed('a severity has no score');
  return stated;
}

function readList(holder: JsonObject, key: string): readonly JsonValue[] {
  const value = getOwn(holder, key);
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw malformed(`${key} is not a list`);
  return value as readonly JsonValue[];
}

function requireObject(value: JsonValue | undefined, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw malformed(`${what} is not an object`);
}

function readName(holder: JsonObject, key: string): string {
  return parseName(getOwn(holder, key), key);
}

/** Names are shown in terminals and reports: no control characters, and a bounded length. */
function parseName(value: JsonValue | undefined, what: string): string {
  const sound =
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= LIMITS.purlBytesMax &&
    !hasControl(value);
  if (!sound) throw malformed(`${what} is not a name`);
  return value;
}

function parseVersion(value: JsonValue | undefined): string {
  if (
    typeof value === 'string' &&
    value.length <= LIMITS.versionBytesMax &&
    !hasControl(value) &&
    value !== ''
  ) {
    return value;
  }
  throw malformed('a version is not a text of a valid length');
}

const FIRST_SURROGATE = 0xd800;

function hasControl(text: string): boolean {
  let highest = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < 32 || (code >= 127 && code < 160)) return true;
    if (code > highest) highest = code;
  }
  return highest >= FIRST_SURROGATE && !text.isWellFormed();
}

/**
 * Dates order records and give their age. A date that cannot be read is unknown; some feeds write
 * only a day.
 */
function readInstant(holder: JsonObject, key: string): Instant | null {
  const value = getOwn(holder, key);
  return typeof value === 'string' ? parseDate(value) : null;
}

export function parseDate(value: string): Instant | null {
  // Go's zero time means "unknown".
  if (value.startsWith('0001-')) return null;
  const read = parseInstant(value.length === 10 ? `${value}T00:00:00Z` : value);
  return read.ok ? read.value : null;
}

function parseStrictInstant(value: JsonValue): Instant {
  const read = readInstant({ value }, 'value');
  if (read === null) throw malformed('withdrawn is not a time');
  return read;
}

export function removeDuplicates(names: readonly string[]): readonly string[] {
  if (names.length < 2 || (names.length === 2 && names[0] !== names[1])) return names;
  const unique = new Set(names);
  return unique.size === names.length ? names : [...unique];
}

function quoteValue(value: JsonValue | undefined): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 40);
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not an OSV record: ${why}`,
    'Take the record from its database again.',
  );
}
