import cvss from 'ae-cvss-calculator';
import { pickWorseSeverity, rateScore, type Severity } from '../../core/severity.ts';
import type { SeverityVector } from './advisory.ts';

export interface Rating {
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
}

export const UNRATED: Rating = { severity: 'unknown', score: null, vector: null };

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
 * The worst that is stated: by a base score, or by a word of the database. CVSS v2 counts only
 * where no newer score exists. A vector or word that cannot be read may be worse than all others:
 * then the severity is unknown, but for critical, which nothing exceeds.
 *
 * @example rateVectors(advisory.severities).severity // 'critical'
 */
export function rateVectors(stated: readonly SeverityVector[]): Rating {
  if (stated.length === 0) return UNRATED;
  const vectors = stated.filter(({ type }) => type !== 'DATABASE');
  const newer = findWorst(vectors.filter((one) => !isOfVersion2(one)));
  const scored = newer.score === null ? findWorst(vectors.filter(isOfVersion2)) : newer;
  const words = stated
    .filter(({ type }) => type === 'DATABASE')
    .map(({ vector }) => rateWord(vector));
  const word = words.map((one) => one ?? 'unknown').reduce(pickWorseSeverity, 'unknown');
  const severity = pickWorseSeverity(scored.severity, word);
  // mutant unread-word-beside-a-mild-one by stated-severity: operand 2 -> true
  const isRead = vectors.every((one) => computeBaseScore(one) !== null) && !words.includes(null);
  // mutant unread-vector-beside-a-mild-one: condition -> false
  if (!isRead && severity !== 'critical') return UNRATED;
  return severity === scored.severity ? scored : { severity, score: null, vector: null };
}

function isOfVersion2({ type, vector }: SeverityVector): boolean {
  return readVersion(vector) === '2.0' || (type === 'CVSS_V2' && parseNumber(vector) !== null);
}

function findWorst(vectors: readonly SeverityVector[]): Rating {
  let found = UNRATED;
  for (const vector of vectors) {
    const score = computeBaseScore(vector);
    if (score === null || (found.score !== null && score <= found.score)) continue;
    const isNumber = parseNumber(vector.vector) !== null;
    found = { severity: rateScore(score), score, vector: isNumber ? null : vector.vector };
  }
  return found;
}

const WORDS: ReadonlyMap<string, Severity> = new Map([
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
