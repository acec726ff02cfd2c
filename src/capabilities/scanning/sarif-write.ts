import { sha256 } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import { formatInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { encodePercent } from '../../core/percent.ts';
import { formatPurl, type Purl, parsePurl } from '../../core/purl.ts';
import type { Severity } from '../../core/severity.ts';
import { type Doubt, listDoubts } from './doubt.ts';
import type { Finding, ScanReport } from './scan.ts';

export interface SarifOptions {
  readonly toolVersion: string;
  /** The line of a finding in its first location; null where it is not known. */
  readonly findLine?: ((finding: Finding) => number | null) | undefined;
  /** Findings of a scan of before; null where there is none to compare with. */
  readonly known?: ReadonlySet<Finding> | null | undefined;
  /** What a reader has to know; without it, what the report itself says. */
  readonly doubts?: readonly Doubt[] | undefined;
}

/** A scan of one of several targets, or why there is none. */
export interface SarifRun {
  readonly target: string;
  readonly report: ScanReport | null;
  readonly failure?: Failure;
  readonly options?: Omit<SarifOptions, 'toolVersion'>;
}

/**
 * How a finding is compared between runs; the number changes when its ingredients change.
 */
const FINGERPRINT = 'waybillFinding/v1';

const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
  none: 'note',
  // A severity that is not stated may be any.
  unknown: 'warning',
};

/**
 * A scan as SARIF 2.1.0 (OASIS). Equal reports give equal bytes.
 *
 * @example writeSarif(report, { toolVersion: '0.1.0' })
 */
export function writeSarif(report: ScanReport, options: SarifOptions): Uint8Array {
  return encodeDocument([buildRun(report, options)]);
}

/**
 * Scans of several targets: a run for each. Each has a category of its own, because GitHub takes
 * runs of one category for one and the same analysis.
 */
export function writeSarifRuns(
  scans: readonly SarifRun[],
  options: Pick<SarifOptions, 'toolVersion'>,
): Uint8Array {
  const runs = scans.map(({ target, report, failure, options: own }) => {
    const category = { automationDetails: { id: `waybill/${encodePercent(target)}/` } };
    if (report === null) return { ...category, ...buildFailedRun(target, failure, options) };
    return { ...category, ...buildRun(report, { ...options, ...own }) };
  });
  return encodeDocument(runs);
}

function encodeDocument(runs: readonly JsonObject[]): Uint8Array {
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs,
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
}

function buildRun(report: ScanReport, options: SarifOptions): JsonObject {
  const rules = buildRules(report.findings);
  const indexes = new Map(rules.map((rule, at) => [String(rule['id']), at]));
  return {
    tool: { driver: { name: 'waybill', version: options.toolVersion, rules } },
    invocations: [buildInvocation(report, options.doubts ?? listDoubts(report))],
    columnKind: 'utf16CodeUnits',
    results: report.findings.map((finding) => {
      const ruleIndex = indexes.get(finding.id) ?? -1;
      const line = options.findLine?.(finding) ?? null;
      const state = formatState(finding, options.known ?? null);
      return { ...buildResult(report, finding, { ruleIndex, line }), ...state };
    }),
    properties: {
      subject: report.subject.name,
      digest: report.subject.digest,
      outcome: report.outcome,
      components: report.componentCount,
      advisories: buildData(report),
    },
  };
}

/** A target that was not scanned has no results, and its run did not succeed. */
function buildFailedRun(
  target: string,
  failure: Failure | undefined,
  { toolVersion }: Pick<SarifOptions, 'toolVersion'>,
): JsonObject {
  const text = `${target}: ${failure?.message ?? 'not scanned'}`;
  const notification = { ...buildNotification('not-scanned', text), level: 'error' };
  return {
    tool: { driver: { name: 'waybill', version: toolVersion } },
    invocations: [{ executionSuccessful: false, toolExecutionNotifications: [notification] }],
    properties: { subject: target, outcome: 'partial' },
  };
}

function buildRules(findings: readonly Finding[]): readonly JsonObject[] {
  const worst = new Map<string, Finding>();
  for (const finding of findings) {
    const known = worst.get(finding.id);
    if (known === undefined || (finding.score ?? -1) > (known.score ?? -1))
      worst.set(finding.id, finding);
  }
  return [...worst.values()].sort((one, other) => (one.id < other.id ? -1 : 1)).map(buildRule);
}

function buildRule(finding: Finding): JsonObject {
  const score = finding.score === null ? {} : { 'security-severity': finding.score.toFixed(1) };
  return {
    id: finding.id,
    shortDescription: { text: finding.title ?? `Known vulnerability ${finding.id}` },
    defaultConfiguration: { level: LEVELS[finding.severity] },
    properties: {
      tags: ['security', 'vulnerability', finding.severity],
      ...score,
      ...(finding.vector === null ? {} : { cvss: finding.vector }),
      aliases: finding.aliases,
    },
  };
}

/** What a result says beside its finding. */
interface ResultPlace {
  readonly ruleIndex: number;
  readonly line: number | null;
}

function buildResult(
  report: ScanReport,
  finding: Finding,
  { ruleIndex, line }: ResultPlace,
): JsonObject {
  const where = finding.locations.length === 0 ? [report.subject.name] : finding.locations;
  return {
    ruleId: finding.id,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: formatMessage(finding) },
    locations: where.map((location, at) => ({
      physicalLocation: {
        artifactLocation: { uri: toUri(location) },
        // GitHub refuses a place without a line; what is about a whole file is shown at its begin.
        region: { startLine: at === 0 && line !== null ? line : 1 },
      },
      logicalLocations: [{ fullyQualifiedName: finding.component, kind: 'package' }],
    })),
    partialFingerprints: { [FINGERPRINT]: computeFingerprint(finding, where[0] ?? '') },
    properties: { ...buildProperties(finding), line },
    // SARIF 2.1.0 §3.27.23: a viewer hides it, and a reader still finds it.
    ...(finding.status === 'not_affected' ? { suppressions: [buildSuppression(finding)] } : {}),
  };
}

/** §3.35: who says so, and why. */
function buildSuppression({ vex }: Finding): JsonObject {
  const accepted = { kind: 'external', status: 'accepted' };
  if (vex === undefined || vex === null) return accepted;
  const { status, justification, by, document } = vex;
  const why = justification === null ? status : `${status}, ${justification}`;
  return { ...accepted, justification: `${why} (${by}, in ${document})` };
}

function buildProperties(finding: Finding): JsonObject {
  return {
    component: finding.component,
    name: finding.name,
    version: finding.version,
    severity: finding.severity,
    score: finding.score,
    vector: finding.vector,
    severitySource: finding.severitySource ? { ...finding.severitySource } : null,
    // Null: unknown, as in the other formats.
    kev: finding.kev ? { ...finding.kev } : null,
    epss: finding.epss ? { ...finding.epss } : null,
    status: finding.status,
    fixed: finding.fixed,
    advisories: finding.advisories,
    reason: finding.rule,
    development: finding.development,
    layer: finding.layer,
  };
}

function formatMessage(finding: Finding): string {
  const verb = finding.status === 'unknown' ? 'may have' : 'has';
  const fix =
    finding.fixed[0] === undefined
      ? 'No fixed version is known.'
      : `Fixed in ${finding.fixed.join(', ')}.`;
  return `${finding.name} ${finding.version} ${verb} ${finding.id} (${finding.severity}). ${fix}`;
}

/** Without the version: an alert stays the same alert while an upgrade does not fix it. */
function computeFingerprint(finding: Finding, location: string): string {
  return sha256(`${finding.id}\n${removeVersion(finding.component)}\n${location}`).slice(
    'sha256:'.length,
  );
}

function removeVersion(purl: Purl): string {
  const parts = parsePurl(purl);
  return parts.ok ? formatPurl({ ...parts.value, version: null, qualifiers: {} }) : purl;
}

/**
 * A relative URI reference (RFC 3986 §4.2); a colon in its first segment would read as a scheme.
 */
function toUri(location: string): string {
  const path = location.replace(/^\/+/, '').split('/').map(encodePercent).join('/');
  return path === '' ? '.' : path;
}

/** SARIF 2.1.0 §3.27.24: whether the run of before has it. */
function formatState(finding: Finding, known: ReadonlySet<Finding> | null): JsonObject {
  return known === null ? {} : { baselineState: known.has(finding) ? 'unchanged' : 'new' };
}

function buildInvocation(report: ScanReport, doubts: readonly Doubt[]): JsonObject {
  return {
    executionSuccessful: true,
    endTimeUtc: formatInstant(report.scannedAt),
    toolExecutionNotifications: doubts.map(buildDoubt),
  };
}

function buildDoubt({ kind, purl, place, why }: Doubt): JsonObject {
  const text = kind === 'not-covered' ? `${purl ?? 'advisories'}: ${why}` : why;
  if (place === null) return buildNotification(kind, text);
  const physicalLocation = { artifactLocation: { uri: toUri(place) } };
  return { ...buildNotification(kind, `${place}: ${why}`), locations: [{ physicalLocation }] };
}

function buildNotification(id: string, text: string): JsonObject {
  return { descriptor: { id }, level: 'warning', message: { text } };
}

function buildData({ data, updatedAt }: ScanReport): JsonObject {
  return {
    source: data.source,
    version: data.version,
    count: data.count,
    updatedAt: updatedAt === null ? null : formatInstant(updatedAt),
    newest: data.newest === null ? null : formatInstant(data.newest),
    importedAt: data.importedAt === null ? null : formatInstant(data.importedAt),
    rejected: data.rejected,
  };
}
