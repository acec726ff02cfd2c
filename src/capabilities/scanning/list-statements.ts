import type { Purl } from '../../core/purl.ts';
import {
  isFromDistribution,
  type SeverityStatement,
  selectEntries,
  stateSeverities,
  type Vulnerability,
} from '../advisories/index.ts';
import type { RecordMatch } from './match-records.ts';

/**
 * What records state about the severity of a vulnerability: as a whole those that are about it, and
 * of a record that matched, what it says of this package.
 */
export function listStatements(
  purl: Purl,
  vulnerability: Vulnerability,
  said: readonly RecordMatch[],
): readonly SeverityStatement[] {
  const present = said.filter(({ match }) => match.status !== 'not_affected');
  return stateSeverities(vulnerability, {
    heads: [...vulnerability.records, ...present.map(({ record }) => record)],
    own: isFromDistribution(purl) ? new Set(present.map(({ record }) => record.id)) : new Set(),
    entries: present.map(({ address, record }) => ({
      record: record.id,
      severities: selectEntries(address, record).flatMap((entry) => entry.severities),
    })),
  });
}
