import { describe, expect, it } from 'vitest';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { affectedMatcher } from './affected-matcher.ts';

const record = JSON.stringify({
  id: 'GHSA-jfh8-c2jp-5v3q',
  aliases: ['CVE-2021-44228'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Maven', name: 'org.apache.logging.log4j:log4j-core' },
      ranges: [
        {
          type: 'ECOSYSTEM',
          events: [
            { introduced: '2.4' },
            { fixed: '2.12.2' },
            { introduced: '2.13.0' },
            { fixed: '2.15.0' },
          ],
        },
      ],
    },
  ],
});
const log4j = (version: string) => ({
  purl: `pkg:maven/org.apache.logging.log4j/log4j-core@${version}` as Purl,
  source: null,
});

describe('what the graph needs from advisories', () => {
  const reading = orThrow(affectedMatcher.readAdvisory(record));

  it('G4: an advisory is read with its severity and the packages that it names', () => {
    expect(reading).toMatchObject({
      id: 'GHSA-jfh8-c2jp-5v3q',
      aliases: ['CVE-2021-44228'],
      stated: [{ type: 'CVSS_V3', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
      statedOfPackages: [],
    });
    expect(reading.packages).toEqual([
      { ecosystem: 'Maven', name: 'org.apache.logging.log4j:log4j-core' },
    ]);
    expect(affectedMatcher.readAdvisory('{}').ok).toBe(false);
  });

  it('a match is only given for a package under a key that the advisory names', () => {
    expect(affectedMatcher.listKeys(log4j('2.14.1'))).toEqual(reading.packages);
    expect(affectedMatcher.match(log4j('2.14.1'), reading)).toMatchObject({
      status: 'affected',
      fixed: ['2.15.0'],
    });
    expect(affectedMatcher.match(log4j('2.12.3'), reading)).toBeNull();
    expect(
      affectedMatcher.match({ purl: 'pkg:npm/log4j-core@2.14.1' as Purl, source: null }, reading),
    ).toBeNull();
    expect(
      affectedMatcher.listKeys({ purl: 'pkg:apk/alpine/musl@1' as Purl, source: null }),
    ).toEqual([]);
  });

  it('a Debian package is filed under its source and release', () => {
    const subject = {
      purl: 'pkg:deb/debian/libssl3@3.0.1?distro=debian-12' as Purl,
      source: { name: 'openssl', version: '3.0.1' },
    };
    expect(affectedMatcher.listKeys(subject)[0]).toEqual({
      ecosystem: 'Debian:12',
      name: 'openssl',
    });
  });

  it.each([
    ['<2.15', true],
    ['>=2.14.1 <2.15', true],
    ['>2.14.1', false],
    ['=2.14.1', true],
    ['2.14.1', true],
    ['<=2.14.0', false],
    ['<2.15,>2.14.2', false],
  ])('G3: log4j-core 2.14.1 is in the range %s: %s', (range, inside) => {
    expect(affectedMatcher.inRange(log4j('2.14.1').purl, range)).toBe(inside);
  });

  it('a range of versions that cannot be compared has no answer', () => {
    expect(affectedMatcher.inRange('pkg:apk/alpine/musl@1' as Purl, '<2')).toBeNull();
    expect(affectedMatcher.inRange('pkg:npm/left@1.0.0' as Purl, '<next')).toBeNull();
  });
});
