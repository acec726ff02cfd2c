import type { FindingFact } from '../../capabilities/policy/index.ts';
import {
  findVulnsFlaw,
  rateVulns,
  readVulnsPlace,
  type ScanDocument,
  type VulnerabilityReport,
} from '../../capabilities/scanning/index.ts';
import type { Instant } from '../../core/instant.ts';

/** What an attached scan reports, in any of its formats. */
export interface ParsedScan {
  readonly createdAt: Instant | null;
  /** The address by which a tool names itself; null where a document has none. */
  readonly tool: string | null;
  readonly findings: readonly FindingFact[];
  /** Why it is no scan that ended well; its findings are present all the same. */
  readonly flaw: string | null;
  /** What the document leaves out, so that a user can see why there is no more. */
  readonly lacks: readonly string[];
}

export function convertScanDocument({
  createdAt,
  findings,
  flaw,
  lacks,
}: ScanDocument): ParsedScan {
  const stated = findings.map(
    ({ id, aliases, severity, component, name, version, fixed }): FindingFact => {
      return {
        id,
        aliases,
        severity,
        status: 'affected',
        component: component ?? '',
        name,
        version,
        fixed,
      };
    },
  );
  return { createdAt, tool: null, findings: stated, flaw, lacks };
}

/**
 * Waybill's own annotations name the component; a result of another scanner counts with the data
 * that it has.
 */
export function convertVulns(report: VulnerabilityReport): ParsedScan {
  const { results, startedAt, finishedAt } = report;
  const findings = results.flatMap((result) => {
    const severity = rateVulns(result);
    const places = result.annotations.length === 0 ? [{}] : result.annotations;
    return places.map((place): FindingFact => {
      const status = place['status'] === 'unknown' ? 'unknown' : 'affected';
      return { id: result.id, aliases: [], severity, status, ...readVulnsPlace(place) };
    });
  });
  return {
    createdAt: startedAt ?? finishedAt,
    tool: report.scanner.uri,
    findings,
    flaw: findVulnsFlaw(report),
    lacks: [],
  };
}
