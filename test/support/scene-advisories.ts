import {
  type AdvisoryIndex,
  createMemoryIndex,
  parseOsv,
} from '../../src/capabilities/advisories/index.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';

/** The advisories of the scene: some for Debian 12 and some for npm, so that both are covered. */
export const ADVISORIES: readonly object[] = [
  {
    id: 'DSA-0001-1',
    modified: '2026-01-01T00:00:00Z',
    aliases: ['CVE-2026-0001'],
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'Debian:12', name: 'zlib' },
        ranges: [
          {
            type: 'ECOSYSTEM',
            events: [{ introduced: '0' }, { fixed: '1:1.2.13.dfsg-1+deb12u9' }],
          },
        ],
      },
    ],
  },
  {
    id: 'DSA-0002-1',
    modified: '2026-01-01T00:00:00Z',
    aliases: ['CVE-2026-0002'],
    affected: [
      {
        package: { ecosystem: 'Debian:12', name: 'unrated' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
      },
    ],
  },
];

/** News that is not among them: a critical flaw of a package that the images of the tests have. */
export const CRITICAL_TZDATA = {
  id: 'DSA-0009-1',
  modified: '2026-02-01T00:00:00Z',
  aliases: ['CVE-2026-0009'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Debian:12', name: 'tzdata' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
    },
  ],
};

/** An advisory of a package that no image has, so that its ecosystem is covered. */
export function adviseNobody(ecosystem: string): object {
  const ranges = [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }];
  return {
    id: `GHSA-0003-1111-${ecosystem}`,
    modified: '2026-01-01T00:00:00Z',
    affected: [{ package: { ecosystem, name: 'a.b:nobody' }, ranges }],
  };
}

export function sceneIndex(): AdvisoryIndex {
  const now = toInstant(Date.now());
  const dates = { importedAt: now, exportedAt: now };
  const origin = { source: 'imported', version: 'scene', ...dates, rejected: 0 } as const;
  return createMemoryIndex(
    ADVISORIES.map((record) => orThrow(parseOsv(JSON.stringify(record)))),
    origin,
  );
}
