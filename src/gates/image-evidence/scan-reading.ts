import type { VulnerabilityReport } from '../../capabilities/attestation/index.ts';
import type { FindingFact } from '../../capabilities/policy/index.ts';
import type { ScanDocument } from '../../capabilities/scanning/index.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import { isSeverity, type Severity, severityOfScore, worstSeverity } from '../../core/severity.ts';

/** What an attached scan says is there, whatever its form. */
export interface ScanReading {
  readonly createdAt: Instant | null;
  readonly findings: readonly FindingFact[];
  /** What the document does not say, for who asks why it shows no more. */
  readonly lacks: readonly string[];
}

export function fromScanDocument({ createdAt, findings, lacks }: ScanDocument): ScanReading {
  const stated = findings.map(({ id, aliases, severity, component, name, version, fixed }): FindingFact => {
    return { id, aliases, severity, status: 'affected', component: component ?? '', name, version, fixed };
  });
  return { createdAt, findings: stated, lacks };
}

/** Waybill's own annotations tell the component; another scanner's result counts with what it has. */
export function fromVulns({ results, startedAt, finishedAt }: VulnerabilityReport): ScanReading {
  const findings = results.flatMap(({ id, severities, annotations }) => {
    const severity = severities.reduce<Severity>(
      (worst, one) => worstSeverity(worst, severityOf(one.score)),
      'unknown',
    );
    const places = annotations.length === 0 ? [{}] : annotations;
    return places.map((place): FindingFact => ({ id, aliases: [], severity, ...placeOf(place) }));
  });
  return { createdAt: startedAt ?? finishedAt, findings, lacks: [] };
}

function severityOf(score: string): Severity {
  const word = score.toLowerCase();
  if (isSeverity(word)) return word;
  const base = Number(score);
  return score.trim() !== '' && base >= 0 && base <= 10 ? severityOfScore(base) : 'unknown';
}

type Place = Pick<FindingFact, 'status' | 'component' | 'name' | 'version' | 'fixed'>;

function placeOf(annotation: { readonly [key: string]: JsonValue | undefined }): Place {
  const text = (key: string): string => (typeof annotation[key] === 'string' ? annotation[key] : '');
  const fixed = Array.isArray(annotation['fixed']) ? annotation['fixed'].filter((one) => typeof one === 'string') : [];
  const status = text('status') === 'unknown' ? 'unknown' : 'affected';
  return { status, component: text('component'), name: text('name'), version: text('version'), fixed };
}
