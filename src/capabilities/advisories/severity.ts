import cvss from 'ae-cvss-calculator';
import { type Purl, parsePurl } from '../../core/purl.ts';
import {
  pickWorseSeverity,
  type RatingSource,
  rateScore,
  SEVERITIES,
  type Severity,
} from '../../core/severity.ts';
import { findByPurlType } from '../ecosystems/index.ts';
import type { SeverityVector } from './advisory.ts';
import { MALICIOUS } from './malicious.ts';

/** A statement about severity, and whose it is. */
export interface SeverityStatement extends SeverityVector {
  /** The id of the record that has it. */
  readonly record: string;
  /** It is a record of the distribution that built the package, about this package. */
  readonly isOwn: boolean;
}

/** What states severities of one vulnerability. */
interface StatingRecords {
  /** Records that are about it, without their packages; one may be there twice. */
  readonly heads: readonly {
    readonly id: string;
    readonly severities: readonly SeverityVector[];
  }[];
  /** The ids of those that the distribution of the package made. */
  readonly own: ReadonlySet<string>;
  /** What records that matched say of the package alone. */
  readonly entries: readonly {
    readonly record: string;
    readonly severities: readonly SeverityVector[];
  }[];
}

/** All that is stated of a vulnerability; what is stated of another one alone is left out. */
export function stateSeverities(
  { id, aliases }: { readonly id: string; readonly aliases: readonly string[] },
  { heads, own, entries }: StatingRecords,
): readonly SeverityStatement[] {
  const names = new Set([id, ...aliases].map((name) => name.toUpperCase()));
  const state = (
    record: string,
    severities: readonly SeverityVector[],
  ): readonly SeverityStatement[] => {
    // mutant severity-of-another-vulnerability by severity: value -> severities
    const some = severities.filter(({ of }) => of === undefined || names.has(of));
    return some.map((one) => ({ ...one, record, isOwn: own.has(record) }));
  };
  return [
    ...heads.flatMap((head) => state(head.id, head.severities)),
    ...entries.flatMap((entry) => state(entry.record, entry.severities)),
  ];
}

/** Whether a package is one of a distribution, which rates vulnerabilities for its own build. */
export function isFromDistribution(purl: Purl): boolean {
  const parts = parsePurl(purl);
  return parts.ok && findByPurlType(parts.value.type)?.distribution !== undefined;
}

export interface Rating {
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
  /** Null: nothing states it, or it is unknown. */
  readonly source: RatingSource | null;
}

export const UNRATED: Rating = { severity: 'unknown', score: null, vector: null, source: null };

type CvssVersion = '2.0' | '3.0' | '3.1' | '4.0';

const BASE_OF_3 = {
  AV: 'NALP',
  AC: 'LH',
  PR: 'NLH',
  UI: 'NR',
  S: 'UC',
  C: 'NLH',
  I: 'NLH',
  A: 'NLH',
};

/** Base metrics and their values: CVSS v2 §2.1, v3.0 and v3.1 §2, v4.0 §2. */
const BASE: Readonly<Record<CvssVersion, Readonly<Record<string, string>>>> = {
  '2.0': { AV: 'LAN', AC: 'HML', Au: 'MSN', C: 'NPC', I: 'NPC', A: 'NPC' },
  '3.0': BASE_OF_3,
  '3.1': BASE_OF_3,
  '4.0': {
    AV: 'NALP',
    AC: 'LH',
    AT: 'NP',
    PR: 'NLH',
    UI: 'NPA',
    VC: 'HLN',
    VI: 'HLN',
    VA: 'HLN',
    SC: 'HLN',
    SI: 'HLN',
    SA: 'HLN',
  },
};

/**
 * The order of precedence: the first of these that states anything decides.
 *
 * 1. The words of the distribution that built the package (`low` of Ubuntu or Debian).
 * 2. What advisories state, in every record of the alias group: the worst of their CVSS 4.0 and
 *    3.x, and of their words; CVSS 2 counts only where no newer score exists.
 * 3. The CNA of the CVE, then CISA as ADP, where a file with the severities of CVEs was imported.
 *
 * Within a step the worst counts. A vector or word that cannot be read may be worse than all others
 * of its step: then the severity is unknown, but for critical, which nothing exceeds. Words of a
 * distribution decide if all of them can be read.
 *
 * @example rateStatements([{ type: 'CVSS_V3', vector, record: 'GHSA-1', isOwn: false }]).source
 */
export function rateStatements(stated: readonly SeverityStatement[]): Rating {
  const advised = stated.filter(({ by }) => by === undefined);
  const own = advised.filter(({ isOwn, type }) => isOwn && type === 'DATABASE');
  // mutant unread-word-of-a-distribution by severity: operand 2 -> true
  if (own.length > 0 && own.every(({ vector }) => rateWord(vector) !== null))
    return rateStep(own, 'distribution');
  if (advised.length > 0) return rateStep(advised, 'advisory');
  for (const by of ['cna', 'cisa-adp'] as const) {
    const some = stated.filter((one) => one.by === by);
    if (some.length > 0) return rateStep(some, by);
  }
  return UNRATED;
}

function rateStep(stated: readonly SeverityStatement[], by: RatingSource['by']): Rating {
  const vectors = stated.filter(({ type }) => type !== 'DATABASE');
  const newer = findWorst(vectors.filter((one) => !isOfVersion2(one)));
  const scored = newer ?? findWorst(vectors.filter(isOfVersion2));
  const words = stated.filter(({ type }) => type === 'DATABASE');
  const word = findWorstWord(words);
  const severity = pickWorseSeverity(scored?.severity ?? 'unknown', word?.severity ?? 'unknown');
  // mutant unread-word-beside-a-mild-one by severity: value -> true
  const areWordsRead = words.every(({ vector }) => rateWord(vector) !== null);
  const isRead = areWordsRead && vectors.every((one) => computeBaseScore(one) !== null);
  // mutant unread-vector-beside-a-mild-one: condition -> false
  if (!isRead && severity !== 'critical') return UNRATED;
  const found = severity === scored?.severity ? scored : word;
  if (found === null) return UNRATED;
  const { statement, score } = found;
  const method = readMethod(statement);
  const isVector = method !== 'word' && method !== 'score';
  const source = { by, record: statement.record, method, text: statement.vector };
  return { severity, score, vector: isVector ? statement.vector : null, source };
}

function readMethod({ type, vector }: SeverityVector): RatingSource['method'] {
  if (type === 'DATABASE') return 'word';
  const version = readVersion(vector);
  return version === null ? 'score' : `cvss-${version}`;
}

function isOfVersion2({ type, vector }: SeverityVector): boolean {
  return readVersion(vector) === '2.0' || (type === 'CVSS_V2' && parseNumber(vector) !== null);
}

/** What a statement was found to mean. */
interface ReadStatement {
  readonly severity: Severity;
  readonly score: number | null;
  readonly statement: SeverityStatement;
}

/** The highest score; of equals the newest version, then the first record. */
function findWorst(vectors: readonly SeverityStatement[]): ReadStatement | null {
  const read = vectors.flatMap((statement): readonly (ReadStatement & { score: number })[] => {
    const score = computeBaseScore(statement);
    return score === null ? [] : [{ severity: rateScore(score), score, statement }];
  });
  read.sort(
    (one, other) => other.score - one.score || compareStatements(one.statement, other.statement),
  );
  return read[0] ?? null;
}

function findWorstWord(words: readonly SeverityStatement[]): ReadStatement | null {
  const read = words.flatMap((statement): readonly ReadStatement[] => {
    const severity = rateWord(statement.vector);
    return severity === null || severity === 'unknown'
      ? []
      : [{ severity, score: null, statement }];
  });
  const rank = ({ severity }: ReadStatement): number =>
    severity === 'unknown' ? -1 : SEVERITIES.indexOf(severity);
  read.sort(
    (one, other) => rank(one) - rank(other) || compareStatements(one.statement, other.statement),
  );
  return read[0] ?? null;
}

/** The same whatever the order in which records were found. */
function compareStatements(one: SeverityStatement, other: SeverityStatement): number {
  const [a, b] = [readVersion(one.vector) ?? '', readVersion(other.vector) ?? ''];
  if (a !== b) return a > b ? -1 : 1;
  return compareTexts(one.record, other.record) || compareTexts(one.vector, other.vector);
}

function compareTexts(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}

const WORDS: ReadonlyMap<string, Severity> = new Map([
  [MALICIOUS.vector, 'critical'],
  ['critical', 'critical'],
  ['high', 'high'],
  ['important', 'high'],
  ['moderate', 'medium'],
  ['medium', 'medium'],
  ['low', 'low'],
  ['minor', 'low'],
  ['negligible', 'low'],
  ['unimportant', 'low'],
  ['unmaintained', 'low'],
  ['notice', 'low'],
]);

/** The level of a database's own word (`MODERATE`); null for a word that states none. */
export function rateWord(word: string): Severity | null {
  return WORDS.get(word.trim().toLowerCase()) ?? null;
}

/**
 * The score of the base metrics alone: the publisher cannot know what time and place would
 * subtract. The prefix of a vector says its version, whatever its type says. Null for a vector that
 * lacks a base metric, which differs from the score zero. A number is the score itself.
 */
export function computeBaseScore({ vector }: SeverityVector): number | null {
  const known = scores.get(vector);
  if (known !== undefined) return known;
  const score = computeOnce(vector);
  if (scores.size >= SCORES_MAX) scores.clear();
  scores.set(vector, score);
  return score;
}

/** Many records of a feed state the same vector. */
const scores = new Map<string, number | null>();
const SCORES_MAX = 4_096;

/** Null for a version that this one does not know, and for a text that is no vector. */
function readVersion(vector: string): CvssVersion | null {
  const [, prefix] = /^CVSS:([^/]*)\//.exec(vector) ?? [];
  if (prefix === undefined) return /^\(?AV:/.test(vector) ? '2.0' : null;
  return prefix === '3.0' || prefix === '3.1' || prefix === '4.0' || prefix === '2.0'
    ? prefix
    : null;
}

function parseNumber(text: string): number | null {
  return /^[0-9]{1,2}(?:[.][0-9]{1,6})?$/.test(text) && Number(text) <= 10 ? Number(text) : null;
}

function computeOnce(vector: string): number | null {
  const number = parseNumber(vector);
  if (number !== null) return number;
  const version = readVersion(vector);
  const base = version === null ? null : parseBaseMetrics(version, vector);
  if (version === null || base === null) return null;
  const score = computeScore(version, base);
  return score !== undefined && score >= 0 && score <= 10 ? score : null;
}

function parseBaseMetrics(version: CvssVersion, vector: string): string | null {
  const metrics = new Map<string, string>();
  const text = vector.replace(/^(?:CVSS:[^/]*\/|\()/, '').replace(/\)$/, '');
  for (const part of text.split('/')) {
    const [name, value, ...rest] = part.split(':');
    if (name === undefined || value === undefined || rest.length > 0 || metrics.has(name))
      return null;
    metrics.set(name, value);
  }
  const known = Object.entries(BASE[version]);
  const whole = known.every(([name, values]) => {
    const value = metrics.get(name);
    return value?.length === 1 && values.includes(value);
  });
  return whole ? known.map(([name]) => `${name}:${metrics.get(name)}`).join('/') : null;
}

function computeScore(version: CvssVersion, base: string): number | undefined {
  switch (version) {
    case '2.0':
      return new cvss.Cvss2(base).calculateScores().base;
    case '3.0':
      return new cvss.Cvss3P0(`CVSS:3.0/${base}`).calculateScores().base;
    case '3.1':
      return new cvss.Cvss3P1(`CVSS:3.1/${base}`).calculateScores().base;
    case '4.0':
      return new cvss.Cvss4P0(`CVSS:4.0/${base}`).calculateScores().base;
  }
}
