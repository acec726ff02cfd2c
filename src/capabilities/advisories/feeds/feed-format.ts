import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';

/**
 * A form in which a publisher gives its own data, other than OSV. Each is read into records of OSV
 * that say the same, so index, log and graph know one form.
 */
export interface FeedFormat {
  /** For people. */
  readonly name: string;
  /** By the first characters of a document. */
  readonly recognises: (start: string) => boolean;
  /**
   * `document`: it is read whole, and a folder may have thousands of them. `feed`: it is read whole
   * and says what it is the feed of. `members`: the same, one member of its object, or one item of
   * a list there, after the other. `text`: a document that is no JSON, given as one text.
   */
  readonly reads: 'document' | 'feed' | 'members' | 'text';
  readonly begin: () => FeedTranslator;
}

/** Reads one document. All its methods throw a Failure for what the format does not allow. */
export interface FeedTranslator {
  /** The records of OSV that say what a part says; `key` is empty for a whole document. */
  read(key: string, value: JsonValue): readonly JsonObject[];
  /** When all parts were read; null for a document that is the feed of nothing by itself. */
  finish(): FeedClaim | null;
}

/** What a document of a publisher is the feed of, as the publisher says. */
export interface FeedClaim {
  /** Ecosystems of OSV, a release of a distribution each: `Alpine:v3.20`. */
  readonly covers: readonly string[];
  /** One of the files that cover them together, and which those are; null: it covers them alone. */
  readonly part: { readonly name: string; readonly of: readonly string[] } | null;
  /** When the publisher wrote it; null where it does not say. */
  readonly exportedAt: Instant | null;
}

/** Vulnerabilities that a package never had: no version is from zero to below zero. */
export const NEVER_AFFECTED: JsonObject = buildRange([{ introduced: '0' }, { fixed: '0' }]);
export const ALWAYS_AFFECTED: JsonObject = buildRange([{ introduced: '0' }]);

/** Every version before this one is affected; none where it is `0`. */
export function buildRangeBefore(fixed: string): JsonObject {
  return fixed === '0' ? NEVER_AFFECTED : buildRange([{ introduced: '0' }, { fixed }]);
}

export function buildRange(events: readonly JsonObject[]): JsonObject {
  return { type: 'ECOSYSTEM', events: events.map((event) => ({ ...event })) };
}

/** What a package of an ecosystem is said to be. Without a range, nobody has found that out yet. */
export function buildAffected(
  ecosystem: string,
  name: string,
  range: JsonObject | null,
  more: JsonObject = {},
): JsonObject {
  return {
    package: { ecosystem, name },
    ...(range === null ? {} : { ranges: [range] }),
    ...more,
  };
}

/** One build of a package is listed for each architecture. */
export function removeDuplicates(entries: readonly JsonObject[]): readonly JsonObject[] {
  return [...new Map(entries.map((entry) => [JSON.stringify(entry), entry])).values()];
}

/** The name of a vulnerability in a list: an id with its database before a dash. */
const ID = /^[A-Z][A-Z0-9]{1,15}-[A-Za-z0-9][A-Za-z0-9:._-]{0,63}$/;

export function isId(text: string): boolean {
  return ID.test(text);
}

export function requireObject(value: JsonValue | undefined, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw malformed(`${what} is not an object`);
}

export function requireList(value: JsonValue | undefined, what: string): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  throw malformed(`${what} is not a list`);
}

/** A name or version, of at most LIMITS.versionBytesMax characters. */
export function requireText(holder: JsonObject, key: string, what: string): string {
  const value = getOwn(holder, key);
  if (typeof value === 'string' && value !== '' && value.length <= LIMITS.versionBytesMax)
    return value;
  throw malformed(`${what} has no ${key}`);
}

export function malformed(why: string): Failure {
  return new Failure('MALFORMED', why, 'Take the file from its publisher again.');
}
