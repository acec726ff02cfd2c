import type { Digest } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import {
  chooseSeverity,
  compareFindings,
  nameTool,
  parseDigests,
  rateStated,
  readObjects,
  requireResultsMax,
  type SarifFinding,
  type StatedScores,
  toObject,
  toPurl,
  toText,
  toTexts,
} from './reported-finding.ts';

/**
 * What a report of `grype -o json` says is present: presence only. What its own ignore rules or VEX
 * documents hid counts as present, because only a trusted VEX statement may excuse a finding.
 */
export interface ParsedGrypeReport {
  readonly tool: string;
  readonly toolVersion: string | null;
  readonly createdAt: Instant | null;
  /** The digests that it names for the image: of configuration and manifest, and in registries. */
  readonly subjects: readonly Digest[];
  /** Those under which registries know it. */
  readonly registryDigests: readonly Digest[];
  readonly findings: readonly SarifFinding[];
  /** Why it is not a scan of an image that ended well; null if it is one. */
  readonly flaw: string | null;
  /** Whether it looked something up, whatever it is about. */
  readonly hasLooked: boolean;
}

/** Whether a JSON document has the form of a report of Grype. */
export function looksLikeGrype(document: JsonObject): boolean {
  const { matches, descriptor } = document;
  return Array.isArray(matches) && isJsonObject(descriptor) && toText(descriptor['name']) !== null;
}

/** Reads the JSON of Grype since 0.1; its members are those of `grype/presenter/models`. */
export function parseGrype(value: JsonValue): Result<ParsedGrypeReport> {
  try {
    return ok(parseReport(value));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

function parseReport(value: JsonValue): ParsedGrypeReport {
  if (!isJsonObject(value) || !looksLikeGrype(value))
    throw malformed('it has no matches, or names no tool');
  const matches = readObjects(value['matches'], 'matches', malformed);
  const ignored = readObjects(value['ignoredMatches'], 'ignoredMatches', malformed);
  const present = [...matches, ...ignored.filter(isHiddenByUser)];
  requireResultsMax(present.length);
  const descriptor = toObject(value['descriptor']);
  const created = parseInstant(toText(descriptor['timestamp']) ?? '');
  const source = toObject(value['source']);
  const digests = readDigests(source);
  const flaw = findDatabaseFlaw(toObject(descriptor['db']));
  return {
    tool: nameTool(toText(descriptor['name']) ?? 'unknown'),
    toolVersion: toText(descriptor['version']),
    createdAt: created.ok ? created.value : null,
    ...digests,
    findings: present.map(parseMatch).sort(compareFindings),
    flaw: flaw ?? findSourceFlaw(source, digests.subjects),
    hasLooked: flaw === null,
  };
}

/**
 * Grype also lists here what it does not match in the end, such as a flaw that the distribution has
 * fixed: these rules have another reason. Those of its user have none, or say that VEX is one.
 */
function isHiddenByUser(match: JsonObject): boolean {
  const rules = readObjects(match['appliedIgnoreRules'], 'appliedIgnoreRules', malformed);
  // mutant grype-hides-by-its-user by grype-read: value -> false
  return !rules.some((rule) => GRYPE_REASONS.has(toText(rule['reason']) ?? ''));
}

const GRYPE_REASONS: ReadonlySet<string> = new Set([
  'DistroPackageFixed',
  'Distro Package Fixed',
  'Explicit APK NAK',
]);

/** Grype before 0.88 wrote the state of its database beside its members, not below `status`. */
function findDatabaseFlaw(db: JsonObject): string | null {
  const status = isJsonObject(db['status']) ? db['status'] : db;
  const error = toText(status['error']) ?? '';
  if (error !== '') return `its database was broken: ${error.slice(0, 200)}`;
  if (status['valid'] === false) return 'its database was not valid';
  // mutant grype-without-a-database by grype-read: condition -> false
  return toText(status['built']) === null
    ? 'it names no database of vulnerabilities, so perhaps nothing was looked up'
    : null;
}

function findSourceFlaw(source: JsonObject, subjects: readonly Digest[]): string | null {
  const type = toText(source['type']) ?? 'nothing';
  if (type !== 'image') return `it scanned a ${type.slice(0, 50)}, not an image`;
  return subjects.length === 0 ? 'it names no digest of the image that it scanned' : null;
}

/**
 * The manifest of an image from a container runtime is one that the runtime made, which no registry
 * knows: it counts only where no registry is named.
 */
function readDigests(source: JsonObject): Pick<ParsedGrypeReport, 'subjects' | 'registryDigests'> {
  const target = toObject(source['target']);
  const known = parseDigests(
    toTexts(target['repoDigests']).map((text) => text.slice(text.lastIndexOf('@') + 1)),
  );
  const manifest = parseDigests([toText(target['manifestDigest']) ?? '']);
  const own = parseDigests([toText(target['imageID']) ?? '']);
  return {
    subjects: [...new Set([...own, ...manifest, ...known])],
    registryDigests: known.length === 0 ? manifest : known,
  };
}

/** A match without an id is still a finding: none is dropped. */
function parseMatch(match: JsonObject): SarifFinding {
  const vulnerability = toObject(match['vulnerability']);
  const artifact = toObject(match['artifact']);
  const related = readObjects(match['relatedVulnerabilities'], 'relatedVulnerabilities', malformed);
  const all = [vulnerability, ...related];
  const rated = rateStated(all.flatMap(listScores));
  const id = toText(vulnerability['id'])?.slice(0, 200) || 'unknown';
  const others = related.map((one) => toText(one['id']) ?? '');
  return {
    id,
    aliases: others.filter((name) => name !== '' && name !== id && name.length <= 200),
    severity: chooseSeverity(readSeverity(vulnerability), rated),
    score: rated.score,
    component: toPurl(artifact['purl']),
    name: toText(artifact['name']) ?? '',
    version: toText(artifact['version']) ?? '',
    fixed: toTexts(toObject(vulnerability['fix'])['versions']),
  };
}

/** A distribution calls negligible what it will not fix. */
function readSeverity(vulnerability: JsonObject): string {
  const word = toText(vulnerability['severity'])?.toLowerCase() ?? '';
  return word === 'negligible' ? 'low' : word;
}

function listScores(vulnerability: JsonObject): StatedScores {
  return readObjects(vulnerability['cvss'], 'cvss', malformed).map(
    (cvss) => toObject(cvss['metrics'])['baseScore'] ?? cvss['vector'],
  );
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a report of Grype: ${why}`,
    'Write the scan again: grype -o json, or -o sarif.',
  );
}
