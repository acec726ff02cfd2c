import { sha256 } from '../../core/digest.ts';
import { formatInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { encodePercent } from '../../core/percent.ts';
import { formatPurl, type Purl, parsePurl } from '../../core/purl.ts';
import type { Severity } from '../../core/severity.ts';
import type { CoverageGap } from './coverage.ts';
import type { Finding, ScanReport } from './scan.ts';

export interface SarifOptions {
  readonly toolVersion: string;
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
  const rules = buildRules(report.findings);
  const indexes = new Map(rules.map((rule, at) => [String(rule['id']), at]));
  const run: JsonObject = {
    tool: { driver: { name: 'waybill', version: options.toolVersion, rules } },
    invocations: [buildInvocation(report)],
    columnKind: 'utf16CodeUnits',
    results: report.findings.map((finding) =>
      buildResult(report, finding, indexes.get(finding.id) ?? -1),
    ),
    properties: {
      subject: report.subject.name,
      digest: report.subject.digest,
      outcome: report.outcome,
      components: report.componentCount,
      advisories: buildData(report),
    },
  };
  const document = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [run],
  };
  return new TextEncoder().encode(`${JSON.stringify(document, null, 2)}\n`);
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

function buildResult(report: ScanReport, finding: Finding, ruleIndex: number): JsonObject {
  const where = finding.locations.length === 0 ? [report.subject.name] : finding.locations;
  return {
    ruleId: finding.id,
    ruleIndex,
    level: LEVELS[finding.severity],
    message: { text: formatMessage(finding) },
    locations: where.map((location) => ({
      physicalLocation: { artifactLocation: { uri: toUri(location) }, region: { startLine: 1 } },
      logicalLocations: [{ fullyQualifiedName: finding.component, kind: 'package' }],
    })),
    partialFingerprints: { [FINGERPRINT]: computeFingerprint(finding, where[0] ?? '') },
    properties: buildProperties(finding),
    // SARIF 2.1.0 §3.27.23: a viewer hides it, and a reader still finds it.
    ...(finding.status === 'not_affected'
      ? { suppressions: [{ kind: 'external', status: 'accepted' }] }
      : {}),
  };
}

function buildProperties(finding: Finding): JsonObject {
  return {
    component: finding.component,
    name: finding.name,
    version: finding.version,
    severity: finding.severity,
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

function buildInvocation(report: ScanReport): JsonObject {
  return {
    executionSuccessful: true,
    endTimeUtc: formatInstant(report.scannedAt),
    toolExecutionNotifications: [
      ...report.notCovered.map(buildGap),
      ...(report.data.source === 'sample' ? [buildNotification('sample-data', SAMPLE)] : []),
      ...report.conflicts.map(({ cves }) =>
        buildNotification('alias-conflict', `records call ${cves.join(' and ')} the same`),
      ),
    ],
  };
}

const SAMPLE = 'the bundled sample of advisories proves nothing about what it does not contain';

function buildGap({ purl, place, why }: CoverageGap): JsonObject {
  if (place === null) return buildNotification('not-covered', `${purl ?? 'advisories'}: ${why}`);
  const physicalLocation = { artifactLocation: { uri: toUri(place) } };
  return {
    ...buildNotification('not-read', `${place}: ${why}`),
    locations: [{ physicalLocation }],
  };
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
