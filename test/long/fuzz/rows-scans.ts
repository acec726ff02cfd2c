import { DSSE, GRYPE, SARIF, STATEMENT, TRIVY } from './documents.ts';
import type { Row } from './target.ts';

export const SCANS = [...SARIF, ...TRIVY, ...GRYPE, DSSE, STATEMENT];
const PURL = 'pkg:npm/left-pad@1.0.0';

/** Scans of others, and of before. */
export const SCAN_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/scanning/baseline.ts parseBaseline',
    takes: 'bytes',
    form: 'json',
    samples: [
      ...SCANS,
      {
        targets: [
          {
            target: 'shop',
            report: {
              findings: [
                {
                  ...{ id: 'CVE-2024-0001', aliases: ['GHSA-aaaa-bbbb-cccc'], severity: 'high' },
                  ...{ component: PURL, status: 'affected' },
                },
              ],
            },
          },
        ],
      },
    ],
  },
  {
    reader: 'capabilities/scanning/scan-document.ts readScanDocument',
    takes: 'bytes',
    form: 'json',
    samples: SCANS,
    reads: [
      'capabilities/scanning/sarif-read.ts parseSarif',
      'capabilities/scanning/trivy-read.ts parseTrivy',
      'capabilities/scanning/grype-read.ts parseGrype',
      'capabilities/scanning/scan-statement.ts readScannerName',
      'capabilities/scanning/vulns.ts readVulnsPlace',
      'capabilities/scanning/reported-finding.ts readObjects',
      'capabilities/scanning/reported-finding.ts parseDigests',
    ],
  },
];
