import { formatInstant, type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { isSeverity, pickWorseSeverity, type Severity } from '../../core/severity.ts';
import { rateStated } from './reported-finding.ts';

export const VULNS_TYPE = 'https://in-toto.io/attestation/vulns/v0.2';

/**
 * One vulnerability that a scanner reported. An empty list of severities means unknown, not none.
 */
export interface ReportedVulnerability {
  readonly id: string;
  readonly severities: readonly { readonly method: string; readonly score: string }[];
  readonly annotations: readonly JsonObject[];
}

/** The scan behind a `vulns/v0.2` predicate. */
export interface VulnerabilityReport {
  readonly scanner: { readonly uri: string; readonly version: string | null };
  readonly database: {
    readonly uri: string | null;
    readonly version: string | null;
    readonly updatedAt: Instant | null;
  };
  readonly results: readonly ReportedVulnerability[];
  readonly startedAt: Instant | null;
  readonly finishedAt: Instant | null;
}

/** The predicate (in-toto attestation spec/predicates/vuln.md v0.2). */
export function buildVulnsPredicate({
  scanner,
  database,
  results,
  startedAt,
  finishedAt,
}: VulnerabilityReport): JsonObject {
  return {
    scanner: {
      uri: scanner.uri,
      ...(scanner.version === null ? {} : { version: scanner.version }),
      db: {
        ...(database.uri === null ? {} : { uri: database.uri }),
        ...(database.version === null ? {} : { version: database.version }),
        ...(database.updatedAt === null ? {} : { lastUpdate: formatInstant(database.updatedAt) }),
      },
      result: results.map(({ id, severities, annotations }) => ({
        id,
        severity: severities.map(({ method, score }) => ({ method, score })),
        ...(annotations.length === 0 ? {} : { annotations }),
      })),
    },
    metadata: {
      ...(startedAt === null ? {} : { scanStartedOn: formatInstant(startedAt) }),
      ...(finishedAt === null ? {} : { scanFinishedOn: formatInstant(finishedAt) }),
    },
  };
}

/**
 * Reads the predicate. A missing list of results is a failure: it must not look like a clean scan.
 */
export function parseVulns(predicate: JsonObject): Result<VulnerabilityReport> {
  const { scanner, metadata } = predicate;
  if (!isJsonObject(scanner) || typeof scanner['uri'] !== 'string')
    return malformed('scanner.uri is missing');
  const results = readResults(scanner['result']);
  if (!results.ok) return results;
  const db = isJsonObject(scanner['db']) ? scanner['db'] : {};
  const times = isJsonObject(metadata) ? metadata : {};
  const updatedAt = readTime(db['lastUpdate']);
  const [startedAt, finishedAt] = [
    readTime(times['scanStartedOn']),
    readTime(times['scanFinishedOn']),
  ];
  if (updatedAt === 'malformed' || startedAt === 'malformed' || finishedAt === 'malformed') {
    return malformed('a time is not RFC 3339');
  }
  return ok({
    scanner: { uri: scanner['uri'], version: readText(scanner['version']) },
    database: { uri: readText(db['uri']), version: readText(db['version']), updatedAt },
    results: results.value,
    startedAt,
    finishedAt,
  });
}

/**
 * The worst severity of a result, in words, as a score or as a vector. What cannot be read may be
 * worse than the others.
 */
export function rateVulns({ severities }: ReportedVulnerability): Severity {
  const stated = severities.map(({ score }) => score.trim()).filter((score) => score !== '');
  const words = stated.map((score) => score.toLowerCase()).filter(isSeverity);
  const scores = stated.filter((score) => !isSeverity(score.toLowerCase()));
  const rated = rateStated(scores).severity;
  const worst = words.reduce<Severity>(pickWorseSeverity, rated);
  // mutant unread-severity-beside-a-mild-one by vulns: condition -> false
  return scores.length > 0 && rated === 'unknown' && worst !== 'critical' ? 'unknown' : worst;
}

/** Where a vulnerability is; the texts are empty where the annotation does not say it. */
export interface VulnsPlace {
  readonly component: string;
  readonly name: string;
  readonly version: string;
  readonly fixed: readonly string[];
}

/** Waybill's own annotations name the component; those of other scanners mostly do not. */
export function readVulnsPlace(annotation: JsonObject): VulnsPlace {
  const text = (key: 'component' | 'name' | 'version'): string => readText(annotation[key]) ?? '';
  const fixed = toList(annotation['fixed']).filter((one) => typeof one === 'string');
  return { component: text('component'), name: text('name'), version: text('version'), fixed };
}

/** in-toto vulns/v0.2 requires all three, and only a scan that looked and ended has them. */
export function findVulnsFlaw({
  scanner,
  database,
  finishedAt,
}: VulnerabilityReport): string | null {
  if (finishedAt === null) return 'it does not say that the scan ended';
  // mutant scan-by-nobody by claims: remove
  if (scanner.uri.trim() === '') return 'it names no scanner';
  const { uri, version, updatedAt } = database;
  // mutant scan-against-nothing by claims: remove
  if (!uri && !version && updatedAt === null)
    return 'it names no database of vulnerabilities, so perhaps nothing was looked up';
  return null;
}

function readResults(value: JsonValue | undefined): Result<readonly ReportedVulnerability[]> {
  if (!Array.isArray(value)) return malformed('scanner.result is not a list');
  if (value.length > LIMITS.componentsMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `${value.length} results, over ${LIMITS.componentsMax}`,
      'Split the scan.',
    );
  }
  const results: ReportedVulnerability[] = [];
  for (const item of value as readonly JsonValue[]) {
    if (!isJsonObject(item) || typeof item['id'] !== 'string' || item['id'] === '')
      return malformed('a result has no id');
    const severities = toList(item['severity']).flatMap(readSeverity);
    results.push({
      id: item['id'],
      severities,
      annotations: toList(item['annotations']).filter(isJsonObject),
    });
  }
  return ok(results);
}

/** v0.2 has a list; writers of v0.1 left one object, which becomes a list of one. */
function readSeverity(
  value: JsonValue,
): readonly [{ readonly method: string; readonly score: string }] {
  const { method, score } = isJsonObject(value) ? value : {};
  const isStated = typeof score === 'string' || typeof score === 'number';
  // mutant severity-of-another-form-is-left-out by vulns: branch 2 -> ''
  const read = isStated ? String(score) : UNREADABLE;
  return [{ method: typeof method === 'string' ? method : '', score: read }];
}

/** Stands for a score that has another form: the severity is then unknown. */
const UNREADABLE = 'unreadable';

function toList(value: JsonValue | undefined): readonly JsonValue[] {
  if (Array.isArray(value)) return value as readonly JsonValue[];
  return isJsonObject(value) ? [value] : [];
}

function readTime(value: JsonValue | undefined): Instant | null | 'malformed' {
  if (value === undefined || value === null || value === '') return null;
  const parsed = typeof value === 'string' ? parseInstant(value) : null;
  return parsed?.ok === true ? parsed.value : 'malformed';
}

function readText(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `not a vulns/v0.2 predicate: ${why}`,
    'Write it as the in-toto predicate describes.',
  );
}
