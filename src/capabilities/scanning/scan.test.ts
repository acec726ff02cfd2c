import { describe, expect, it } from 'vitest';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { toCanonicalPurl } from '../../core/purl.ts';
import { fail, orThrow } from '../../core/result.ts';
import type { Advisory } from '../advisories/advisory.ts';
import { createMemoryIndex } from '../advisories/memory-index.ts';
import { readOsv } from '../advisories/parse-osv.ts';
import type { AdvisoryIndex } from '../advisories/port.ts';
import type { Component, Inventory } from '../ecosystems/index.ts';
import { findNearestSafeVersion, matchPackage, scanInventory } from './scan.ts';

const now = toInstant(Date.UTC(2026, 0, 1));
const VECTOR = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H';

const log4shell = {
  id: 'GHSA-jfh8-c2jp-5v3q',
  aliases: ['CVE-2021-44228'],
  modified: '2025-01-01T00:00:00Z',
  severity: [{ type: 'CVSS_V3', score: VECTOR }],
  affected: [
    {
      package: { ecosystem: 'Maven', name: 'org.apache.logging.log4j:log4j-core' },
      ranges: [
        { type: 'ECOSYSTEM', events: [{ fixed: '2.3.1' }, { introduced: '2.0-beta9' }] },
        { type: 'ECOSYSTEM', events: [{ introduced: '2.4' }, { fixed: '2.12.2' }] },
        { type: 'ECOSYSTEM', events: [{ introduced: '2.13.0' }, { fixed: '2.15.0' }] },
      ],
    },
  ],
};

function records(...values: readonly object[]): readonly Advisory[] {
  return values.map((value) => orThrow(readOsv(value as never)));
}

function makeIndex(...values: readonly object[]) {
  return createMemoryIndex(records(...values), {
    source: 'imported',
    version: 'test',
    importedAt: now,
    rejected: 0,
  });
}

function component(purl: string, more: Partial<Component> = {}): Component {
  const canonical = orThrow(toCanonicalPurl(purl));
  const version =
    more.version ??
    decodeURIComponent(/@([^?]*)/.exec(canonical.replace('pkg:npm/@', ''))?.[1] ?? '');
  const none = { licenses: [], source: null, layer: null, hashes: {}, origin: null };
  const plain = { ...none, name: 'it', locations: ['somewhere'], dependsOn: [] };
  return { purl: canonical, ...plain, development: false, ...more, version };
}

function inventory(components: readonly Component[], more: Partial<Inventory> = {}): Inventory {
  const subject = { name: 'test', digest: null };
  return { subject, os: null, components, outcome: 'complete', skips: [], found: [], ...more };
}

const scan = async (taken: Inventory, index: AdvisoryIndex) =>
  orThrow(await scanInventory(taken, index, { now }));
const match = async (...args: Parameters<typeof matchPackage>) =>
  orThrow(await matchPackage(...args));
const findSafe = async (...args: Parameters<typeof findNearestSafeVersion>) =>
  orThrow(await findNearestSafeVersion(...args));

const log4j = (version: string) =>
  component(`pkg:maven/org.apache.logging.log4j/log4j-core@${version}`);

describe('a scan', () => {
  it.each([
    ['2.14.1', 'affected'],
    ['2.12.1', 'affected'],
    ['2.0-beta9', 'affected'],
    ['2.12.3', 'not_affected'],
    ['2.12.2', 'not_affected'],
    ['2.3.1', 'not_affected'],
    ['2.15.0', 'not_affected'],
    ['2.0-beta8', 'not_affected'],
    ['1.2.17', 'not_affected'],
  ])(
    'G3 G4 B17: CVE-2021-44228 finds log4j-core %s %s: affected ranges surround fixed backports',
    async (version, status) => {
      const matched = await match(log4j(version), makeIndex(log4shell));
      expect(
        matched.kind === 'matched' &&
          matched.vulnerabilities.map((found) => [found.vulnerability.id, found.status]),
      ).toEqual([['CVE-2021-44228', status]]);
    },
  );

  it('D16: names the nearest fix of the branch first, and rates by the vector', async () => {
    const [finding] = (await scan(inventory([log4j('2.12.1')]), makeIndex(log4shell))).findings;
    expect(finding).toMatchObject({
      id: 'CVE-2021-44228',
      severity: 'critical',
      score: 10,
      vector: VECTOR,
    });
    expect(finding?.fixed).toEqual(['2.12.2', '2.15.0']);
    expect(finding?.rule).toBe('[2.4, 2.12.2) holds 2.12.1');
    expect(await findSafe(log4j('2.14.1'), makeIndex(log4shell))).toBe('2.15.0');
  });

  it('I4: says what it does not cover and is then partial, never clean', async () => {
    const report = await scan(
      inventory([component('pkg:alpm/arch/musl@1.2.3'), log4j('2.15.0')]),
      makeIndex(log4shell),
    );
    expect(report.outcome).toBe('partial');
    expect(report.notCovered).toEqual([
      {
        purl: 'pkg:alpm/arch/musl@1.2.3',
        place: null,
        why: 'packages of type alpm are not covered',
      },
    ]);
    expect((await scan(inventory([log4j('2.15.0')]), makeIndex(log4shell))).outcome).toBe(
      'complete',
    );
  });

  it('is partial for a package of an ecosystem without any advisory in the index', async () => {
    const report = await scan(
      inventory([component('pkg:npm/lodash@4.17.20')]),
      makeIndex(log4shell),
    );
    expect(report.outcome).toBe('partial');
    expect(report.notCovered[0]?.why).toBe('no feed of npm was imported here');
  });

  it('an advisory without a feed of its ecosystem finds, but proves nothing else', async () => {
    const affected = [npm('pad', [{ introduced: '0' }, { fixed: '2.0.0' }])];
    const index = makeIndex({ id: 'GHSA-pad', affected });
    const unfed = { ...index, info: () => ({ ...index.info(), coverage: [] }) };
    const vulnerable = [component('pkg:npm/pad@1.0.0')];
    const fixed = [component('pkg:npm/pad@2.0.0')];
    const report = await scan(inventory(vulnerable), unfed);
    expect([report.outcome, report.findings.length]).toEqual(['partial', 1]);
    expect((await scan(inventory(vulnerable), index)).outcome).toBe('complete');
    const none = await scan(inventory(fixed), unfed);
    expect([none.outcome, none.findings.length]).toEqual(['partial', 0]);
    expect(none.notCovered[0]?.why).toBe('no feed of npm was imported here');
    expect((await scan(inventory(fixed), index)).outcome).toBe('complete');
  });

  it('is partial when the inventory is, and when records could not be read', async () => {
    const partial = inventory([log4j('2.15.0')], { outcome: 'partial' });
    expect((await scan(partial, makeIndex(log4shell))).outcome).toBe('partial');
    const gappy = createMemoryIndex(records(log4shell), {
      source: 'imported',
      version: '',
      importedAt: now,
      rejected: 1,
    });
    const report = await scan(inventory([log4j('2.15.0')]), gappy);
    expect([report.outcome, report.notCovered.length]).toEqual(['partial', 1]);
  });

  it('is the same for any order of components and records', async () => {
    const other = { ...log4shell, id: 'GHSA-zzzz', aliases: ['CVE-2020-0001'] };
    const components = [log4j('2.14.1'), log4j('2.12.1')];
    const one = await scan(inventory(components), makeIndex(log4shell, other));
    const turned = await scan(inventory([...components].reverse()), makeIndex(other, log4shell));
    expect(JSON.stringify(turned)).toBe(JSON.stringify(one));
    expect(one.findings.map((finding) => finding.id)).toHaveLength(4);
  });

  it('marks a component that is only for development, and still finds it', async () => {
    const dev = component('pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1', {
      development: true,
    });
    expect((await scan(inventory([dev]), makeIndex(log4shell))).findings[0]?.development).toBe(
      true,
    );
  });

  it('calls a version that is not valid unknown, never not affected', async () => {
    const odd = {
      ...log4shell,
      id: 'GHSA-npm',
      aliases: [],
      affected: [npm('left', [{ introduced: '0' }, { fixed: '1.0.0' }])],
    };
    const report = await scan(inventory([component('pkg:npm/left@github:a/b')]), makeIndex(odd));
    expect(report.findings.map((finding) => finding.status)).toEqual(['unknown']);
    const bad = { ...odd, affected: [npm('left', [{ introduced: '0' }, { fixed: 'tomorrow' }])] };
    expect(
      (await scan(inventory([component('pkg:npm/left@1.0.0')]), makeIndex(bad))).findings[0]
        ?.status,
    ).toBe('unknown');
  });

  it('finds scoped npm packages by their full name', async () => {
    const scoped = { id: 'GHSA-s', affected: [npm('@acme/left', [{ introduced: '0' }])] };
    expect(
      (await scan(inventory([component('pkg:npm/%40acme/left@1.0.0')]), makeIndex(scoped)))
        .findings,
    ).toHaveLength(1);
    expect(
      (await scan(inventory([component('pkg:npm/left@1.0.0')]), makeIndex(scoped))).findings,
    ).toHaveLength(0);
  });

  it('a withdrawn record matches nothing and joins no aliases', async () => {
    const withdrawn = { ...log4shell, withdrawn: '2024-01-01T00:00:00Z' };
    const report = await scan(inventory([log4j('2.14.1')]), makeIndex(withdrawn));
    expect([report.outcome, report.findings]).toEqual(['complete', []]);
  });
});

describe('ranges', () => {
  const findStatus = async (events: readonly object[], version: string, more: object = {}) => {
    const record = { id: 'GHSA-r', affected: [{ ...npm('left', events), ...more }] };
    const matched = await match(component(`pkg:npm/left@${version}`), makeIndex(record));
    return matched.kind === 'matched' ? matched.vulnerabilities[0]?.status : matched.why;
  };

  it.each([
    [
      'last_affected includes its version',
      [{ introduced: '1.0.0' }, { last_affected: '1.2.0' }],
      '1.2.0',
      'affected',
    ],
    [
      'last_affected excludes the next',
      [{ introduced: '1.0.0' }, { last_affected: '1.2.0' }],
      '1.2.1',
      'not_affected',
    ],
    [
      'one version alone',
      [{ introduced: '1.2.0' }, { last_affected: '1.2.0' }],
      '1.2.0',
      'affected',
    ],
    [
      'one version alone, past it',
      [{ introduced: '1.2.0' }, { last_affected: '1.2.0' }],
      '1.3.0',
      'not_affected',
    ],
    [
      'a limit excludes its version',
      [{ introduced: '0' }, { limit: '2.0.0' }],
      '2.0.0',
      'not_affected',
    ],
    [
      'a limit includes what is below',
      [{ introduced: '0' }, { limit: '2.0.0' }],
      '1.9.9',
      'affected',
    ],
    ['the limit * excludes nothing', [{ introduced: '0' }, { limit: '*' }], '99.0.0', 'affected'],
    [
      'two intervals in one range',
      [{ fixed: '1.2.0' }, { introduced: '2.0.0' }, { introduced: '1.0.0' }, { fixed: '2.1.0' }],
      '1.5.0',
      'not_affected',
    ],
    [
      'two intervals in one range, second',
      [{ fixed: '1.2.0' }, { introduced: '2.0.0' }, { introduced: '1.0.0' }, { fixed: '2.1.0' }],
      '2.0.5',
      'affected',
    ],
    [
      'introduced again where it was fixed',
      [{ introduced: '0' }, { fixed: '1.0.0' }, { introduced: '1.0.0' }],
      '1.0.0',
      'affected',
    ],
    ['no introduced at all', [{ fixed: '1.0.0' }], '0.9.0', 'affected'],
    [
      'a prerelease of the fix',
      [{ introduced: '0' }, { fixed: '1.0.0' }],
      '1.0.0-rc.1',
      'affected',
    ],
    [
      'numbers over a double',
      [{ introduced: '0' }, { fixed: '1.0.9007199254740993' }],
      '1.0.9007199254740992',
      'affected',
    ],
  ])('D15: %s', async (_, events, version, status) => {
    expect(await findStatus(events, version)).toBe(status);
  });

  it('an enumerated version outside its ranges is affected; a git range is unknown', async () => {
    expect(await findStatus([{ introduced: '5.0.0' }], '1.0.0', { versions: ['1.0.0'] })).toBe(
      'affected',
    );
    expect(await findStatus([{ introduced: '5.0.0' }], '1.0.0', { versions: ['v1.0.0'] })).toBe(
      'affected',
    );
    expect(await findStatus([{ introduced: '5.0.0' }], '1.0.1', { versions: ['1.0.0'] })).toBe(
      'not_affected',
    );
    expect(await findStatus([], '1.0.0', { ranges: [{ type: 'GIT' }] })).toBe('unknown');
    expect(await findStatus([], '1.0.1', { ranges: [{ type: 'GIT' }], versions: ['1.0.0'] })).toBe(
      'not_affected',
    );
    expect(await findStatus([], '1.0.1', { ranges: [] })).toBe('unknown');
  });
});

describe('names of a vulnerability', () => {
  const affected = [npm('left', [{ introduced: '0' }, { fixed: '2.0.0' }])];

  it('an alias group is one finding, with the severity of any of its records', async () => {
    const ghsa = { id: 'GHSA-1', aliases: ['CVE-2024-0001'], affected };
    const vendor = {
      id: 'SNYK-1',
      aliases: ['GHSA-1'],
      affected: [npm('left', [{ introduced: '0' }, { fixed: '1.5.0' }])],
    };
    const severity = { id: 'CVE-2024-0001', severity: [{ type: 'CVSS_V3', score: VECTOR }] };
    const { findings } = await scan(
      inventory([component('pkg:npm/left@1.0.0')]),
      makeIndex(ghsa, vendor, severity),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      id: 'CVE-2024-0001',
      aliases: ['GHSA-1', 'SNYK-1'],
      severity: 'critical',
    });
    expect(findings[0]?.advisories).toEqual(['GHSA-1', 'SNYK-1']);
    expect(findings[0]?.fixed).toEqual(['2.0.0']);
  });

  it('a record of the group without the version still says where it is fixed', async () => {
    const ghsa = {
      id: 'GHSA-1',
      aliases: ['CVE-2024-0001'],
      affected: [npm('left', [{ introduced: '0' }, { last_affected: '1.4.0' }])],
    };
    const vendor = {
      id: 'SNYK-1',
      aliases: ['CVE-2024-0001'],
      affected: [npm('left', [{ introduced: '1.2.0' }, { fixed: '1.5.0' }])],
    };
    const { findings } = await scan(
      inventory([component('pkg:npm/left@1.0.0')]),
      makeIndex(ghsa, vendor),
    );
    expect(findings.map(({ advisories, fixed }) => [advisories, fixed])).toEqual([
      [['GHSA-1'], ['1.5.0']],
    ]);
  });

  it('related and upstream never merge: they pass no severity on', async () => {
    const one = { id: 'GHSA-1', aliases: [], related: ['CVE-2024-0001'], affected };
    const severity = { id: 'CVE-2024-0001', severity: [{ type: 'CVSS_V3', score: VECTOR }] };
    const { findings } = await scan(
      inventory([component('pkg:npm/left@1.0.0')]),
      makeIndex(one, severity),
    );
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([['GHSA-1', 'unknown']]);
  });

  it('a group with two CVEs is reported and not merged', async () => {
    const both = { id: 'GHSA-1', aliases: ['CVE-2024-0001', 'CVE-2024-0002'], affected };
    const second = { id: 'CVE-2024-0002', severity: [{ type: 'CVSS_V3', score: VECTOR }] };
    const report = await scan(
      inventory([component('pkg:npm/left@1.0.0')]),
      makeIndex(both, second),
    );
    expect(report.findings.map(({ id, severity }) => [id, severity])).toEqual([
      ['CVE-2024-0001', 'unknown'],
      ['CVE-2024-0002', 'critical'],
    ]);
    expect(report.conflicts).toEqual([
      {
        cves: ['CVE-2024-0001', 'CVE-2024-0002'],
        ids: ['CVE-2024-0001', 'CVE-2024-0002', 'GHSA-1'],
      },
    ]);
  });

  it('follows a chain of aliases up to the limit; a longer one is cut and reported', async () => {
    const chain = (length: number) =>
      makeIndex(
        { id: 'GHSA-0', aliases: ['X-1'], affected },
        ...Array.from({ length: length - 2 }, (_, at) => ({
          id: `X-${at + 1}`,
          aliases: [`X-${at + 2}`],
        })),
      );
    const scanChain = (length: number) =>
      scan(inventory([component('pkg:npm/left@1.0.0')]), chain(length));
    expect((await scanChain(LIMITS.aliasGroupMax - 1)).conflicts).toEqual([]);
    expect((await scanChain(LIMITS.aliasGroupMax + 50)).conflicts).toHaveLength(1);
    expect((await scanChain(LIMITS.aliasGroupMax + 50)).findings).toHaveLength(1);
  });

  it('a withdrawal of the record that joined two CVEs separates them again', async () => {
    const join = {
      id: 'GHSA-1',
      aliases: ['CVE-2024-0001', 'CVE-2024-0002'],
      withdrawn: '2025-01-01T00:00:00Z',
      affected,
    };
    const first = { id: 'GHSA-2', aliases: ['CVE-2024-0001'], affected };
    const report = await scan(inventory([component('pkg:npm/left@1.0.0')]), makeIndex(join, first));
    expect(report.conflicts).toEqual([]);
    expect(report.findings.map((finding) => finding.id)).toEqual(['CVE-2024-0001']);
  });
});

describe('Debian packages', () => {
  const dsa = {
    id: 'DSA-5343-1',
    upstream: ['CVE-2023-0286', 'CVE-2022-4304'],
    affected: [
      {
        package: { ecosystem: 'Debian:11', name: 'openssl' },
        ranges: [
          { type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '1.1.1n-0+deb11u4' }] },
        ],
      },
    ],
  };
  const severity = {
    id: 'CVE-2023-0286',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:N/A:H' }],
  };
  const source = { name: 'openssl', version: '1.1.1n-0+deb11u3' };
  const libssl = (query: string, more: Partial<Component> = {}) =>
    component(`pkg:deb/debian/libssl1.1@1.1.1n-0%2Bdeb11u3?arch=amd64${query}`, more);
  const found = async (one: Component, more: Partial<Inventory> = {}) => {
    const report = await scan(inventory([one], more), makeIndex(dsa, severity));
    return [
      report.outcome,
      ...report.findings.map((finding) => `${finding.id} ${finding.severity}`),
    ];
  };
  const both = ['CVE-2022-4304 unknown', 'CVE-2023-0286 high'];

  it('B2: are found by their source package, one finding for each CVE of the DSA', async () => {
    expect(await found(libssl('&distro=debian-11', { source }))).toEqual(['complete', ...both]);
    expect(
      await found(
        libssl('&distro=debian-11', { source: { ...source, version: '1.1.1n-0+deb11u4' } }),
      ),
    ).toEqual(['complete']);
  });

  it.each(['debian-11', 'debian-11.6', '11', 'bullseye', 'debian-bullseye'])(
    'are of the release that %s names',
    async (distro) => {
      expect(await found(libssl(`&distro=${distro}`, { source }))).toEqual(['complete', ...both]);
    },
  );

  it('of an unnamed or unknown release or vendor are not covered', async () => {
    expect(await found(libssl('', { source }))).toEqual(['partial']);
    expect(await found(libssl('&distro=devuan-4', { source }))).toEqual(['partial']);
    expect(await found(libssl('&distro=debian-12', { source }))).toEqual(['partial']);
    expect(
      await found(component('pkg:deb/ubuntu/openssl@1?distro=ubuntu-22.04', { source })),
    ).toEqual(['partial']);
  });

  it('take the release of their inventory when their purl names none', async () => {
    const os = { id: 'debian', versionId: '11', prettyName: null };
    expect(await found(libssl('', { source }), { os })).toEqual(['complete', ...both]);
  });

  it('without source packages in an SBOM make a scan partial', async () => {
    expect(await found(libssl('&distro=debian-11'))).toEqual(['partial']);
    expect(await found(libssl('&distro=debian-11&upstream=openssl'))).toEqual([
      'complete',
      ...both,
    ]);
  });
});

function npm(name: string, events: readonly object[]): object {
  return { package: { ecosystem: 'npm', name }, ranges: [{ type: 'SEMVER', events }] };
}

describe('an index that cannot be read', () => {
  const unreadable = fail('STORE_CORRUPT', 'it is damaged', 'Import it again.');
  const taken = inventory([component('pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1')]);

  it.each([
    ['the packages', { find: async () => unreadable }],
    ['the names', { findHeads: async () => unreadable }],
  ])('gives a failure, never an absence of findings: %s', async (_, broken) => {
    const index = makeIndex(log4shell);
    expect((await scan(taken, index)).findings).toHaveLength(1);
    expect(await scanInventory(taken, { ...index, ...broken }, { now })).toBe(unreadable);
  });
});
