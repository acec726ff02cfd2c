import {
  AUDIT_EVENTS,
  DSSE,
  FALCO,
  GRYPE,
  SARIF,
  STATEMENT,
  TETRAGON,
  TRIVY,
  TRIVY_REPORT,
} from './documents.ts';
import type { Row } from './target.ts';

export const SCANS = [...SARIF, ...TRIVY, ...GRYPE, DSSE, STATEMENT];
const PURL = 'pkg:npm/left-pad@1.0.0';

/** Scans of others, and of before, and events of sensors. */
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
  {
    reader: 'phases/operate/sensor-events.ts readSensorEvents',
    takes: 'bytes',
    form: 'json',
    samples: [FALCO, TETRAGON, TRIVY_REPORT, AUDIT_EVENTS],
    reads: [
      'phases/operate/falco-event.ts readFalcoEvent',
      'phases/operate/runtime-event.ts readEventText',
    ],
  },
];
