import type { Digest } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { isSeverity, pickWorseSeverity, type Severity } from '../../core/severity.ts';
import { parseJson } from '../../formats/json/parse.ts';
import {
  compareFindings,
  parseDigests,
  rateStated,
  readObjects,
  requireResultsMax,
  type SarifFinding,
  toObject,
  toPurl,
  toText,
  toTexts,
} from './reported-finding.ts';

/**
 * What a SARIF document of any vulnerability scanner reports as present. It proves presence only:
 * what it does not list may still be there (foundation 2).
 */
export interface ParsedSarif {
  readonly tool: string;
  readonly toolVersion: string | null;
  /** When the earliest of its runs ended; null where a run does not say. */
  readonly createdAt: Instant | null;
  readonly findings: readonly SarifFinding[];
  /** Results that name no vulnerability, such as those of a linter. */
  readonly ignored: number;
  /** The digests that Trivy and Waybill write for what was scanned; empty where none is named. */
  readonly subjects: readonly Digest[];
  /** Those under which registries know it. */
  readonly registryDigests: readonly Digest[];
  /** Why it is not a scan that ended well; null if it is one. */
  readonly flaw: string | null;
}

/** Reads SARIF 2.1.0 as Waybill, Trivy, Grype and OSV-Scanner write it. */
export function readSarif(bytes: Uint8Array): Result<ParsedSarif> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  return json.ok ? parseSarif(json.value) : json;
}

/** Reads the same from a document that is already parsed. */
export function parseSarif(value: JsonValue): Result<ParsedSarif> {
  try {
    return ok(parseDocument(value));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

function parseDocument(value: JsonValue): ParsedSarif {
  if (!isJsonObject(value)) throw malformed('it is not an object');
  if (value['version'] !== '2.1.0') throw malformed('its version is not 2.1.0');
  const runs = readObjects(value['runs'], 'runs', malformed);
  const [first] = runs;
  if (first === undefined) throw malformed('it has no runs');
  const results = runs.flatMap((run) => readResults(run));
  requireResultsMax(results.length);
  const findings = results.filter((result) => typeof result === 'object' && result !== null);
  const ignored = results.filter((result) => result === null).length;
  const driver = readDriver(first);
  const ended = runs.map(findEnd);
  return {
    tool: toText(driver['name']) ?? 'unknown',
    toolVersion: toText(driver['version']) ?? toText(driver['semanticVersion']),
    createdAt:
      ended.reduce((one, other) =>
        one === null || other === null ? null : one < other ? one : other,
      ) ?? null,
    findings: findings.sort(compareFindings),
    ignored,
    ...readSubjects(runs),
    flaw:
      findFlaw(runs) ??
      findLostResults(value, runs) ??
      (ignored > 0 && ignored === results.length ? NO_VULNERABILITY : null),
  };
}

const NO_VULNERABILITY = 'none of its results is about a vulnerability';

/** The first reason why a run does not show that its tool looked and ended well. */
function findFlaw(runs: readonly JsonObject[]): string | null {
  for (const run of runs) {
    if (toText(readDriver(run)['name']) === null) return 'a run names no tool';
    // SARIF 2.1.0 §3.14.23: null or absent if the tool did not look; empty if it found nothing.
    // mutant sarif-without-results by sarif: remove
    if (!Array.isArray(run['results'])) return 'a run has no results, so nothing was scanned';
    for (const invocation of readObjects(run['invocations'], 'invocations', malformed)) {
      const flaw = findInvocationFlaw(invocation);
      if (flaw !== null) return flaw;
    }
  }
  // mutant sarif-of-nothing-named by sarif, claims: condition -> false
  if (runs.some(isSilent))
    return 'it names no image that it scanned, and does not say that the scan ended';
  return null;
}

/** SARIF 2.1.0 §3.13.5 and §3.15.3: results may stand beside the runs, or in other files. */
function findLostResults(document: JsonObject, runs: readonly JsonObject[]): string | null {
  const places = runs.map((run) => toObject(run['externalPropertyFileReferences']));
  const inline = readObjects(
    document['inlineExternalProperties'],
    'inlineExternalProperties',
    malformed,
  );
  // mutant sarif-results-elsewhere by sarif: value -> false
  const isSplit = [...places, ...inline].some(({ results }) => (results ?? null) !== null);
  if (isSplit) return 'some of its results stand outside of its runs, which is not read';
  // mutant sarif-invocations-elsewhere by sarif: value -> false
  const isEndElsewhere = places.some(({ invocations }) => (invocations ?? null) !== null);
  return isEndElsewhere ? 'how its scan ended stands in another file, which is not read' : null;
}

/** Nothing in the run shows that its tool looked at this image, or at anything. */
function isSilent(run: JsonObject): boolean {
  return (
    readObjects(run['invocations'], 'invocations', malformed).length === 0 &&
    readSubjects([run]).subjects.length === 0
  );
}

/** SARIF 2.1.0 §3.20: how a tool says that it failed. Only an absent invocation says nothing. */
function findInvocationFlaw(invocation: JsonObject): string | null {
  // mutant sarif-that-failed by sarif: remove
  if (invocation['executionSuccessful'] !== true) return 'its tool does not say that it succeeded';
  if (['exitSignalName', 'exitSignalNumber'].some((key) => getOwn(invocation, key) !== undefined))
    return 'its tool was ended by a signal';
  if (invocation['processStartFailureMessage'] !== undefined) return 'its tool did not start';
  // §3.58.6: an error halted the tool, or made its results incorrect or incomplete.
  for (const key of ['toolExecutionNotifications', 'toolConfigurationNotifications'])
    for (const notification of readObjects(getOwn(invocation, key), key, malformed))
      if (notification['level'] === 'error')
        return `its tool reports an error: ${readMessage(notification).slice(0, 200)}`;
  return null;
}

/** In the properties of a run: Trivy writes `imageID` and `repoDigests`, Waybill `digest`. */
function readSubjects(
  runs: readonly JsonObject[],
): Pick<ParsedSarif, 'subjects' | 'registryDigests'> {
  const about = runs.map((run) => toObject(run['properties']));
  const known = about.flatMap((one) => [
    ...toTexts(one['repoDigests']).map((text) => text.slice(text.lastIndexOf('@') + 1)),
    toText(one['digest']) ?? '',
  ]);
  const registryDigests = parseDigests(known);
  const own = parseDigests(about.map((one) => toText(one['imageID']) ?? ''));
  return { subjects: [...new Set([...own, ...registryDigests])], registryDigests };
}

/** `absent`: about a vulnerability that the scanner did not find; null: about none. */
function readResults(run: JsonObject): readonly (SarifFinding | 'absent' | null)[] {
  const components = readComponents(run);
  return readObjects(run['results'], 'results', malformed).map((result) => {
    const named = toObject(result['rule']);
    const { rules, byId } = pickComponent(components, toObject(named['toolComponent']));
    const at = result['ruleIndex'] ?? named['index'];
    const indexed = typeof at === 'number' ? rules[at] : undefined;
    const ruleId = toText(result['ruleId']) ?? toText(named['id']) ?? toText(indexed?.['id']) ?? '';
    const found = findRule(byId, ruleId);
    // §3.49.3: several rules may have one id, and then the index says which.
    const isSame = found !== undefined && toText(indexed?.['id']) === toText(found['id']);
    // mutant sarif-rule-of-the-same-id by sarif: condition -> false
    const rule = isSame ? indexed : (found ?? indexed ?? findRule(byId, toText(named['id']) ?? ''));
    return parseFinding(result, ruleId, rule ?? {});
  });
}

interface ToolComponent {
  readonly name: string | null;
  readonly guid: string | null;
  readonly rules: readonly JsonObject[];
  readonly byId: ReadonlyMap<string | null, JsonObject>;
}

/** The driver first, then its extensions (SARIF 2.1.0 §3.18). */
function readComponents(run: JsonObject): readonly [ToolComponent, ...ToolComponent[]] {
  const read = (component: JsonObject): ToolComponent => {
    const rules = readObjects(component['rules'], 'rules', malformed);
    const byId = new Map(rules.map((rule) => [toText(rule['id']), rule]));
    return { name: toText(component['name']), guid: toText(component['guid']), rules, byId };
  };
  const extensions = readObjects(toObject(run['tool'])['extensions'], 'extensions', malformed);
  return [read(readDriver(run)), ...extensions.map(read)];
}

/** §3.54: by its index among the extensions, its guid or its name; without them, the driver. */
function pickComponent(
  components: readonly [ToolComponent, ...ToolComponent[]],
  reference: JsonObject,
): ToolComponent {
  const [driver, ...extensions] = components;
  const { index, guid, name } = reference;
  // mutant sarif-rule-of-an-extension by sarif: condition -> false
  if (typeof index === 'number' && index >= 0) return extensions[index] ?? NO_COMPONENT;
  const text = toText(guid) ?? toText(name);
  if (text === null) return driver;
  return components.find((one) => one.guid === text || one.name === text) ?? NO_COMPONENT;
}

const NO_COMPONENT: ToolComponent = { name: null, guid: null, rules: [], byId: new Map() };

/** Ids have few components; a longer one names no rule. */
const COMPONENTS_MAX = 16;

/**
 * A result may add components to the id of its rule, behind a slash; the longest id counts (SARIF
 * 2.1.0 §3.27.5).
 */
function findRule(
  byId: ReadonlyMap<string | null, JsonObject>,
  ruleId: string,
): JsonObject | undefined {
  let id = ruleId;
  for (let tries = 0; tries < COMPONENTS_MAX; tries++) {
    const rule = byId.get(id);
    const slash = id.lastIndexOf('/');
    // mutant sarif-rule-by-its-first-components by sarif: condition -> true
    if (rule !== undefined || slash === -1) return rule;
    id = id.slice(0, slash);
  }
  return undefined;
}

/** Grype appends the package to the id, OSV-Scanner and Trivy do not. */
const VULNERABILITY =
  /(CVE-\d{4}-\d{4,}|GHSA(?:-[0-9a-z]{4}){3}|(?:DSA|DLA)-\d+(?:-\d+)?|SNYK-[A-Z0-9-]{1,100}-\d+|TEMP-\d+-[0-9A-F]+|(?:GO|RUSTSEC|PYSEC|ALSA|RHSA|ELSA|USN|OSV|MAL|ALAS)[-:A-Z0-9]{0,40}-?\d{4}[-:]\d+)/;

function parseFinding(
  result: JsonObject,
  ruleId: string,
  rule: JsonObject,
): SarifFinding | 'absent' | null {
  const text = readMessage(result);
  const own = toObject(result['properties']);
  const about = toObject(rule['properties']);
  // An ID of the vendor's own is a vulnerability where the rule is tagged as one: a finding is
  // never dropped.
  const tagged =
    toTexts(about['tags']).includes('vulnerability') && ruleId !== ''
      ? ruleId.slice(0, 200)
      : undefined;
  const id = VULNERABILITY.exec(ruleId)?.[1] ?? VULNERABILITY.exec(text)?.[1] ?? tagged;
  if (id === undefined) return null;
  if (saysAbsent(result)) return 'absent';
  const rated = rateStated([own[SCORE], about[SCORE]]);
  const named = parsePackage(text);
  return {
    id,
    aliases: toTexts(about['aliases']),
    severity: findSeverity(own, about, text, rated),
    score: rated.score,
    component: toPurl(own['component']) ?? toPurl(own['purl']),
    name: toText(own['name']) ?? named.name,
    version: toText(own['version']) ?? named.version,
    fixed: Array.isArray(own['fixed']) ? toTexts(own['fixed']) : named.fixed,
  };
}

/** `kind: pass` and the like say that the scanner checked and found nothing. */
function saysAbsent(result: JsonObject): boolean {
  return ['pass', 'notApplicable', 'informational'].includes(toText(result['kind']) ?? 'fail');
}

/** The worst severity that is stated: the parts of one document may disagree. */
function findSeverity(
  own: JsonObject,
  about: JsonObject,
  text: string,
  rated: ReturnType<typeof rateStated>,
): Severity {
  const tagged = toTexts(about['tags']).map((tag) => tag.toLowerCase());
  const words = [
    toText(own['severity']),
    /^Severity: (\w+)/m.exec(text)?.[1],
    /^An? (\w+) vulnerability/.exec(text)?.[1],
  ];
  const worst = [...words, ...tagged]
    .map((word) => word?.toLowerCase() ?? '')
    .map((word) => (word === 'moderate' ? 'medium' : word))
    .filter(isSeverity)
    .reduce<Severity>(pickWorseSeverity, rated.severity);
  // A score that cannot be read may be worse than the words.
  const isUnread = rated.severity === 'unknown' && (own[SCORE] ?? about[SCORE]) !== undefined;
  // mutant unread-score-beside-a-mild-word by sarif: condition -> false
  return isUnread && worst !== 'critical' ? 'unknown' : worst;
}

/** The score that GitHub defines for rules; a result may have its own. */
const SCORE = 'security-severity';

interface NamedPackage {
  readonly name: string;
  readonly version: string;
  readonly fixed: readonly string[];
}

/** Scanners name the package only in the text of their message. */
function parsePackage(text: string): NamedPackage {
  const trivy = /^Package: (\S+)\nInstalled Version: (\S+)/m.exec(text);
  const grype = /package: (\S+), version (\S+) was found/.exec(text);
  const osv = /Package '(@?[^@']+)@([^']+)' is vulnerable/.exec(text);
  const [, name = '', version = ''] = trivy ?? grype ?? osv ?? [];
  const fixed = /^Fixed Version: (.+)$/m.exec(text)?.[1]?.split(',') ?? [];
  return { name, version, fixed: fixed.map((one) => one.trim()).filter((one) => one !== '') };
}

function readMessage(result: JsonObject): string {
  const text = toText(toObject(result['message'])['text']) ?? '';
  return text.slice(0, LIMITS.purlBytesMax).replaceAll('\r\n', '\n');
}

function findEnd(run: JsonObject): Instant | null {
  const ends = readObjects(run['invocations'], 'invocations', malformed).map((invocation) => {
    const text = toText(invocation['endTimeUtc']) ?? toText(invocation['startTimeUtc']) ?? '';
    const at = parseInstant(text);
    return at.ok ? at.value : null;
  });
  return ends[0] ?? null;
}

function readDriver(run: JsonObject): JsonObject {
  return toObject(toObject(run['tool'])['driver']);
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `not a SARIF document: ${why}`,
    'Write the scan again as SARIF 2.1.0.',
  );
}
