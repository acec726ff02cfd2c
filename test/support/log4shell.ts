/**
 * The content of the record of CVE-2021-44228, for tests without the record itself: two fixed
 * backports between ranges.
 */
export const LOG4SHELL = {
  schema_version: '1.6.0',
  id: 'GHSA-jfh8-c2jp-5v3q',
  modified: '2025-05-09T13:00:00Z',
  published: '2021-12-10T00:40:56Z',
  aliases: ['CVE-2021-44228'],
  summary: 'Remote code injection in Log4j',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Maven', name: 'org.apache.logging.log4j:log4j-core' },
      ranges: [
        ['2.0-beta9', '2.3.1'],
        ['2.4', '2.12.2'],
        ['2.13.0', '2.15.0'],
      ].map(([introduced, fixed]) => ({ type: 'ECOSYSTEM', events: [{ introduced }, { fixed }] })),
    },
  ],
} as const;
