import type { Row } from './target.ts';

const KEV_ENTRY = {
  cveID: 'CVE-2021-44228',
  dateAdded: '2021-12-10',
  dueDate: '2021-12-24',
  knownRansomwareCampaignUse: 'Known',
};
const KEV = [
  JSON.stringify({
    catalogVersion: '2025.08.25',
    dateReleased: '2025-08-25T17:00:01.9Z',
    count: 1,
    vulnerabilities: [KEV_ENTRY],
  }),
  `${JSON.stringify(KEV_ENTRY)}\n${JSON.stringify(KEV_ENTRY)}\n`,
];
const EPSS = [
  '#model_version:v2025.03.14,score_date:2025-08-25T12:55:00Z\n' +
    'cve,epss,percentile\nCVE-2021-44228,0.94,0.99\nCVE-2020-1,9.4e-4,0.2\n',
];

const SUPPORT = [
  'version,codename,series,created,release,eol,eol-lts,eol-elts\n' +
    '11,Bullseye,bullseye,2019-07-06,2021-08-14,2024-08-14,2026-08-31,2031-06-30\n',
  JSON.stringify({
    schema_version: '1.2.0',
    result: { name: 'alpine-linux', releases: [{ name: '3.20', eolFrom: '2026-04-01' }] },
  }),
];

/** What is known beside advisories: of exploitation, and of the support of systems. */
export const THREAT_ROWS: readonly Row[] = [
  {
    reader: 'capabilities/advisories/threats/read-kev.ts readKev',
    takes: 'text',
    form: 'text',
    samples: KEV,
  },
  {
    reader: 'capabilities/advisories/threats/read-epss.ts readEpss',
    takes: 'text',
    form: 'text',
    samples: EPSS,
  },
  {
    reader: 'capabilities/advisories/threats/formats.ts recogniseThreats',
    takes: 'text',
    form: 'text',
    samples: [...KEV, ...EPSS],
  },
  {
    reader: 'capabilities/advisories/support/read-support.ts readSupport',
    takes: 'text',
    form: 'text',
    samples: SUPPORT,
  },
];
