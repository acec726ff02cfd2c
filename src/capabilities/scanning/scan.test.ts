import { describe, expect, it } from 'vitest';
import { instantOf } from '../../core/instant.ts';
import { canonicalPurl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import type { Component, Inventory } from '../inventory/index.ts';
import type { Advisory } from './advisory.ts';
import { memoryIndex } from './memory-index.ts';
import { readOsv } from './parse-osv.ts';
import { matchPackage, nearestSafeVersion, scan } from './scan.ts';

const now = instantOf(Date.UTC(2026, 0, 1));
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

function indexOf(...values: readonly object[]) {
  return memoryIndex(records(...values), { source: 'imported', version: 'test', importedAt: now, rejected: 0 });
}

function component(purl: string, more: Partial<Component> = {}): Component {
  const canonical = orThrow(canonicalPurl(purl));
  const version = more.version ?? decodeURIComponent(/@([^?]*)/.exec(canonical.replace('pkg:npm/@', ''))?.[1] ?? '');
  const none = { licenses: [], source: null, locations: ['somewhere'], layer: null, hashes: {}, origin: null };
  return { purl: canonical, name: 'it', ...none, dependsOn: [], development: false, ...more, version };
}

function inventory(components: readonly Component[], more: Partial<Inventory> = {}): Inventory {
  const subject = { name: 'test', digest: null };
  return { subject, os: null, components, outcome: 'complete', skips: [], found: [], ...more };
}

const log4j = (version: string) => component(`pkg:maven/org.apache.logging.log4j/log4j-core@${version}`);

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
    'G3 G4 B17: CVE-2021-44228 finds log4j-core %s %s, because fixed backports lie between affected ranges',
    (version, status) => {
      const match = matchPackage(log4j(version), indexOf(log4shell));
      expect(
        match.kind === 'matched' && match.vulnerabilities.map((found) => [found.vulnerability.id, found.status]),
      ).toEqual([['CVE-2021-44228', status]]);
    },
  );

  it('D16: names the nearest fixed version of the branch first, and the severity by the vector', () => {
    const [finding] = scan(inventory([log4j('2.12.1')]), indexOf(log4shell), { now }).findings;
    expect(finding).toMatchObject({ id: 'CVE-2021-44228', severity: 'critical', score: 10, vector: VECTOR });
    expect(finding?.fixed).toEqual(['2.12.2', '2.15.0']);
    expect(finding?.rule).toBe('[2.4, 2.12.2) holds 2.12.1');
    expect(nearestSafeVersion(log4j('2.14.1'), indexOf(log4shell))).toBe('2.15.0');
  });

  it('I4: says what it does not cover and is then partial, never clean', () => {
    const report = scan(inventory([component('pkg:apk/alpine/musl@1.2.3'), log4j('2.15.0')]), indexOf(log4shell), {
      now,
    });
    expect(report.outcome).toBe('partial');
    expect(report.notCovered).toEqual([
      { purl: 'pkg:apk/alpine/musl@1.2.3', why: 'packages of type apk are not covered' },
    ]);
    expect(scan(inventory([log4j('2.15.0')]), indexOf(log4shell), { now }).outcome).toBe('complete');
  });

  it('is partial for a package of an ecosystem of which the index holds no advisory at all', () => {
    const report = scan(inventory([component('pkg:npm/lodash@4.17.20')]), indexOf(log4shell), { now });
    expect(report.outcome).toBe('partial');
    expect(report.notCovered[0]?.why).toBe('there are no advisories for npm here');
  });
});
