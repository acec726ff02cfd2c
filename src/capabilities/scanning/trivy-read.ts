import type { Digest } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import {
  chooseSeverity,
  compareFindings,
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
 * What a report of `trivy image -f json` says is present: presence only, like every scan of another
 * tool. What it calls not affected counts as present: only a trusted VEX statement may excuse a
 * finding.
 */
export interface ParsedTrivyReport {
  readonly tool: string;
  readonly toolVersion: string | null;
  readonly createdAt: Instant | null;
  /**
   * The digests that it names for the image: that of its configuration, and those under which
   * registries know it.
   */
  readonly subjects: readonly Digest[];
  /** Only those under which registries know it. */
  readonly registryDigests: readonly Digest[];
  /** `container_image`, `filesystem`, `repository`, … as the report says. */
  readonly artifactType: string | null;
  readonly results: readonly TrivyResult[];
  readonly findings: readonly SarifFinding[];
  /** Secrets, misconfigurations and licences: not vulnerabilities. */
  readonly ignored: number;
  /** Why it is not a scan of the packages of an image; null if it is one. */
  readonly flaw: string | null;
  /** Whether it names packages that were looked at, whatever they are of. */
  readonly hasLooked: boolean;
  /** The only class of packages that it names; null if it names both, or another. */
  readonly part: ScannedPart | null;
}

/** `trivy image --pkg-types os` looks at the packages of the system alone. */
export type ScannedPart = 'system' | 'language';

/** One part that was scanned: the packages of the system, or of one language. */
export interface TrivyResult {
  readonly target: string;
  readonly class: string;
  readonly type: string;
  /** The databases that its findings come from. */
  readonly dataSources: readonly string[];
}

/** Whether a JSON document has the form of a Trivy report. */
export function looksLikeTrivy(document: JsonObject): boolean {
  return (
    document['SchemaVersion'] === 2 &&
    (Array.isArray(document['Results']) || typeof document['ArtifactName'] === 'string')
  );
}

/** Reads a report of schema 2, as every Trivy since 0.20 writes it. */
export function parseTrivy(value: JsonValue): Result<ParsedTrivyReport> {
  try {
    return ok(parseReport(value));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

function parseReport(value: JsonValue): ParsedTrivyReport {
  if (!isJsonObject(value)) throw malformed('it is not an object');
  if (value['SchemaVersion'] !== 2) throw malformed('its SchemaVersion is not 2');
  if (!looksLikeTrivy(value)) throw malformed('it has neither ArtifactName nor Results');
  const results = readObjects(value['Results'], 'Results', malformed);
  const listed = results.map(listVulnerabilities);
  requireResultsMax(listed.reduce((sum, all) => sum + all.length, 0));
  const created = parseInstant(toText(value['CreatedAt']) ?? '');
  const about = {
    ...readSubjects(toObject(value['Metadata'])),
    artifactType: toText(value['ArtifactType']),
    results: results.map((result, at) => parseResult(result, listed[at] ?? [])),
  };
  const hasLooked =
    listed.some(({ length }) => length > 0) ||
    about.results.some((one) => one.class === 'os-pkgs' || one.class === 'lang-pkgs');
  return {
    tool: 'Trivy',
    toolVersion: toText(toObject(value['Trivy'])['Version']),
    createdAt: created.ok ? created.value : null,
    ...about,
    flaw: findFlaw(about, hasLooked),
    hasLooked,
    part: findOnlyPart(about.results),
    findings: listed.flat().map(parseFinding).sort(compareFindings),
    ignored: results.reduce((sum, result) => sum + countOthers(result), 0),
  };
}

/** With those that an ignore rule or VEX hid, which `--show-suppressed` lists apart. */
function listVulnerabilities(result: JsonObject): readonly JsonObject[] {
  // mutant trivy-hides-by-its-user by trivy-read: value -> []
  const hidden = readObjects(result[MODIFIED], MODIFIED, malformed)
    .filter((one) => one['Type'] === 'vulnerability')
    .map((one) => toObject(one['Finding']));
  return [...readObjects(result['Vulnerabilities'], 'Vulnerabilities', malformed), ...hidden];
}

const MODIFIED = 'ExperimentalModifiedFindings';

function findOnlyPart(results: readonly TrivyResult[]): ScannedPart | null {
  const classes = new Set(results.map((one) => one.class));
  if (classes.has('os-pkgs')) return classes.has('lang-pkgs') ? null : 'system';
  return classes.has('lang-pkgs') ? 'language' : null;
}

/**
 * A report counts as a scan of an image if it names the image by digest and a part with packages: a
 * scan for secrets, or of nothing, has none.
 */
function findFlaw(
  { artifactType, subjects }: Pick<ParsedTrivyReport, 'artifactType' | 'subjects'>,
  hasLooked: boolean,
): string | null {
  if (artifactType !== null && artifactType !== 'container_image')
    return `it scanned a ${artifactType.slice(0, 50)}, not an image`;
  // mutant trivy-report-of-nothing-named by trivy-read: remove
  if (subjects.length === 0) return 'it names no digest of the image that it scanned';
  // mutant trivy-report-without-packages by trivy-read: remove
  if (!hasLooked)
    return 'it names no part with packages that was scanned, so perhaps nothing was scanned';
  return null;
}

function readSubjects(
  metadata: JsonObject,
): Pick<ParsedTrivyReport, 'subjects' | 'registryDigests'> {
  const known = parseDigests(
    toTexts(metadata['RepoDigests']).map((text) => text.slice(text.lastIndexOf('@') + 1)),
  );
  const own = parseDigests([toText(metadata['ImageID']) ?? '']);
  return { subjects: [...new Set([...own, ...known])], registryDigests: [...new Set(known)] };
}

function parseResult(result: JsonObject, vulnerabilities: readonly JsonObject[]): TrivyResult {
  const sources = vulnerabilities
    .map((one) => toText(toObject(one['DataSource'])['ID']) ?? '')
    .filter((id) => id !== '');
  return {
    target: toText(result['Target']) ?? '',
    class: toText(result['Class']) ?? '',
    type: toText(result['Type']) ?? '',
    dataSources: [...new Set(sources)].sort(),
  };
}

/** A finding without an id is still a finding: none is dropped. */
function parseFinding(found: JsonObject): SarifFinding {
  const rated = rateStated(listScores(toObject(found['CVSS'])));
  return {
    id: toText(found['VulnerabilityID'])?.slice(0, 200) ?? 'unknown',
    aliases: toTexts(found['VendorIDs']).filter((id) => id.length <= 200),
    // Trivy decides which vendor it follows.
    severity: chooseSeverity(toText(found['Severity']) ?? '', rated),
    score: rated.score,
    component: toPurl(toObject(found['PkgIdentifier'])['PURL']),
    name: toText(found['PkgName']) ?? '',
    version: toText(found['InstalledVersion']) ?? '',
    fixed: (toText(found['FixedVersion']) ?? '')
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  };
}

/** Of each vendor its newer scores, or the vectors where it has no score. */
function listScores(cvss: JsonObject): StatedScores {
  return Object.values(cvss).flatMap((vendor) => {
    const of = toObject(vendor);
    return [of['V40Score'] ?? of['V40Vector'], of['V3Score'] ?? of['V3Vector']];
  });
}

function countOthers(result: JsonObject): number {
  const others = [result['Secrets'], result['Misconfigurations'], result['Licenses']];
  return others.reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a Trivy report: ${why}`,
    'Write the scan again: trivy image -f json, or -f sarif.',
  );
}
