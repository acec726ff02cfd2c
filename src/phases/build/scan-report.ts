import type {
  Finding,
  ReportedVulnerability,
  ScanReport,
  VulnerabilityReport,
} from '../../capabilities/scanning/index.ts';
import type { Instant } from '../../core/instant.ts';

/**
 * A scan as a predicate of the in-toto `vulns` type; each result names its component in an
 * annotation.
 */
export function toVulnerabilityReport(
  report: ScanReport,
  tool: { readonly name: string; readonly version: string },
  at: Instant,
): VulnerabilityReport {
  const { data } = report;
  return {
    scanner: { uri: `https://waybill.dev/${tool.name}`, version: tool.version },
    database: {
      uri: `waybill:advisories/${data.source}`,
      version: data.version,
      updatedAt: report.updatedAt,
    },
    results: report.findings.map(toReportedVulnerability),
    startedAt: report.scannedAt,
    finishedAt: at,
  };
}

function toReportedVulnerability(finding: Finding): ReportedVulnerability {
  const { id, severity, score, component, name, version, fixed, status } = finding;
  const { vector, severitySource } = finding;
  return {
    id,
    severities:
      severity === 'unknown'
        ? []
        : [
            { method: 'severity', score: severity },
            ...(score === null ? [] : [{ method: 'CVSS', score: String(score) }]),
          ],
    annotations: [
      {
        ...{ component, name, version, fixed, status },
        ...(vector === null ? {} : { vector }),
        ...(severitySource ? { severitySource: { ...severitySource } } : {}),
      },
    ],
  };
}
