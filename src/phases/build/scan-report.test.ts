import { describe, expect, it } from 'vitest';
import { LOG4SHELL, makeReport, UNRATED } from '../../../test/support/scan-findings.ts';
import { buildVulnsPredicate, findVulnsFlaw } from '../../capabilities/scanning/index.ts';
import { formatInstant, toInstant } from '../../core/instant.ts';
import { toVulnerabilityReport } from './scan-report.ts';

const TOOL = { name: 'waybill', version: '1.2.3' };
const END = toInstant(Date.UTC(2026, 0, 28, 3, 27));
const updatedAt = toInstant(Date.UTC(2026, 0, 27));

describe('the attestation of a scan', () => {
  it('names scanner, database, its version and its age, as vulns/v0.2 asks', () => {
    const report = makeReport({ updatedAt, findings: [LOG4SHELL, UNRATED] });
    const predicate = buildVulnsPredicate(toVulnerabilityReport(report, TOOL, END));
    expect(predicate).toMatchObject({
      scanner: {
        uri: 'https://waybill.dev/waybill',
        version: '1.2.3',
        db: {
          uri: 'waybill:advisories/imported',
          version: report.data.version,
          lastUpdate: formatInstant(updatedAt),
        },
        result: [
          {
            id: 'CVE-2021-44228',
            severity: [
              { method: 'severity', score: 'critical' },
              { method: 'CVSS', score: '10' },
            ],
            annotations: [{ component: LOG4SHELL.component, status: 'affected' }],
          },
          // Unknown is an empty list, and never a made-up score.
          { id: 'CVE-2024-0001', severity: [] },
        ],
      },
      metadata: {
        scanStartedOn: formatInstant(report.scannedAt),
        scanFinishedOn: formatInstant(END),
      },
    });
  });

  it('of undated data states no age, which is unknown and not that of the import', () => {
    const made = toVulnerabilityReport(makeReport({ updatedAt: null }), TOOL, END);
    const { scanner } = buildVulnsPredicate(made) as { readonly scanner: { readonly db: object } };
    expect(Object.keys(scanner.db)).toEqual(['uri', 'version']);
    expect(findVulnsFlaw(made)).toBeNull();
  });
});
