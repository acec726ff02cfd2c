import cvss from 'ae-cvss-calculator';
import { rateScore, type Severity } from '../../core/severity.ts';
import type { SeverityVector } from './advisory.ts';

export interface Rating {
  readonly severity: Severity;
  readonly score: number | null;
  readonly vector: string | null;
}

export const UNRATED: Rating = { severity: 'unknown', score: null, vector: null };

/** Base metrics and their values: CVSS v2 §2.1, v3.0 and v3.1 §2, v4.0 §2. */
const BASE: Readonly<Record<SeverityVector['type'], Readonly<Record<string, string>>>> = {
  CVSS_V2: { AV: 'LAN', AC: 'HML', Au: 'MSN', C: 'NPC', I: 'NPC', A: 'NPC' },
  CVSS_V3: { AV: 'NALP', AC: 'LH', PR: 'NLH', UI: 'NR', S: 'UC', C: 'NLH', I: 'NLH', A: 'NLH' },
  CVSS_V4: {
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
const PREFIX = {
  CVSS_V2: /^\(?(?=AV:)/,
  CVSS_V3: /^CVSS:3\.[01]\//,
  CVSS_V4: /^CVSS:4\.0\//,
} as const;

/**
 * The worst of the base scores; unknown when no vector is complete. A vector that lacks a base
 * metric has no score, which differs from the score zero. CVSS v2 counts only where no newer vector
 * is stated.
 *
 * @example rateVectors(advisory.severities).severity // 'critical'
 */
export function rateVectors(vectors: readonly SeverityVector[]): Rating {
  const newer = findWorst(vectors.filter((vector) => vector.type !== 'CVSS_V2'));
  return newer.score === null
    ? findWorst(vectors.filter((vector) => vector.type === 'CVSS_V2'))
    : newer;
}

function findWorst(vectors: readonly SeverityVector[]): Rating {
  let found = UNRATED;
  for (const vector of vectors) {
    const score = computeBaseScore(vector);
    if (score === null || (found.score !== null && score <= found.score)) continue;
    found = { severity: rateScore(score), score, vector: vector.vector };
  }
  return found;
}

/**
 * The score of the base metrics alone: the publisher cannot know what time and place would
 * subtract.
 */
export function computeBaseScore(stated: SeverityVector): number | null {
  const key = `${stated.type} ${stated.vector}`;
  const known = scores.get(key);
  if (known !== undefined) return known;
  const score = computeOnce(stated);
  if (scores.size >= SCORES_MAX) scores.clear();
  scores.set(key, score);
  return score;
}

/** Many records of a feed state the same vector. */
const scores = new Map<string, number | null>();
const SCORES_MAX = 4_096;

function computeOnce({ type, vector }: SeverityVector): number | null {
  const base = parseBaseMetrics(type, vector);
  if (base === null) return null;
  const score = computeScore(type, vector, base);
  return score !== undefined && score >= 0 && score <= 10 ? score : null;
}

function parseBaseMetrics(type: SeverityVector['type'], vector: string): string | null {
  if (!PREFIX[type].test(vector)) return null;
  const metrics = new Map<string, string>();
  for (const part of vector.replace(PREFIX[type], '').replace(/\)$/, '').split('/')) {
    const [name, value, ...rest] = part.split(':');
    if (name === undefined || value === undefined || rest.length > 0 || metrics.has(name))
      return null;
    metrics.set(name, value);
  }
  const known = Object.entries(BASE[type]);
  const whole = known.every(([name, values]) => {
    const value = metrics.get(name);
    return value?.length === 1 && values.includes(value);
  });
  return whole ? known.map(([name]) => `${name}:${metrics.get(name)}`).join('/') : null;
}

function computeScore(
  type: SeverityVector['type'],
  vector: string,
  base: string,
): number | undefined {
  if (type === 'CVSS_V2') return new cvss.Cvss2(base).calculateScores().base;
  if (type === 'CVSS_V4') return new cvss.Cvss4P0(`CVSS:4.0/${base}`).calculateScores().base;
  return vector.startsWith('CVSS:3.0/')
    ? new cvss.Cvss3P0(`CVSS:3.0/${base}`).calculateScores().base
    : new cvss.Cvss3P1(`CVSS:3.1/${base}`).calculateScores().base;
}
