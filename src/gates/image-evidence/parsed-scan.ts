import type { VulnerabilityReport } from '../../capabilities/attestation/index.ts';
import type { FindingFact } from '../../capabilities/policy/index.ts';
import type { ScanDocument } from '../../capabilities/scanning/index.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { isSeverity, pickWorseSeverity, rateScore, type Severity } from '../../core/severity.ts';

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
  const findings = results.flatMap(({ id, severities, annotations }) => {
    const severity = severities.reduce<Severity>(
      (worst, one) => pickWorseSeverity(worst, parseSeverity(one.score)),
      'unknown',
    );
    const places = annotations.length === 0 ? [{}] : annotations;
    return places.map(
      (place): FindingFact => ({ id, aliases: [], severity, ...readFindingPlace(place) }),
    );
  });
  return {
    createdAt: startedAt ?? finishedAt,
    tool: report.scanner.uri,
    findings,
    flaw: findFlaw(report),
    lacks: [],
  };
}

/** in-toto vulns/v0.2 requires all three, and only a scan that looked and ended has them. */
function findFlaw({ scanner, database, finishedAt }: VulnerabilityReport): string | null {
  if (finishedAt === null) return 'it does not say that the scan ended';
  // mutant scan-by-nobody by claims: remove
  if (scanner.uri.trim() === '') return 'it names no scanner';
  const { uri, version, updatedAt } = database;
  // mutant scan-against-nothing by claims: remove
  if (!uri && !version && updatedAt === null)
    return 'it names no database of vulnerabilities, so perhaps nothing was looked up';
  return null;
}

function parseSeverity(score: string): Severity {
  const word = score.toLowerCase();
  if (isSeverity(word)) return word;
  const base = Number(score);
  return score.trim() !== '' && base >= 0 && base <= 10 ? rateScore(base) : 'unknown';
}

type FindingPlace = Pick<FindingFact, 'status' | 'component' | 'name' | 'version' | 'fixed'>;

function readFindingPlace(annotation: {
  readonly [key: string]: JsonValue | undefined;
}): FindingPlace {
  const text = (key: 'status' | 'component' | 'name' | 'version'): string =>
    typeof annotation[key] === 'string' ? annotation[key] : '';
  const fixed = Array.isArray(annotation['fixed'])
    ? annotation['fixed'].filter((one) => typeof one === 'string')
    : [];
  const status = text('status') === 'unknown' ? 'unknown' : 'affected';
  return {
    status,
    component: text('component'),
    name: text('name'),
    version: text('version'),
    fixed,
  };
}
