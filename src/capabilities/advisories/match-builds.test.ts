import { describe, expect, it } from 'vitest';
import type { Purl } from '../../core/purl.ts';
import { orThrow } from '../../core/result.ts';
import { findAddress } from './address.ts';
import { matchAdvisory } from './match.ts';
import { parseOsv } from './parse-osv.ts';

/** `[ecosystem, name, fixed version]`; without a fix, every version is affected. */
type Entry = readonly [ecosystem: string, name: string, fixed?: string];

function judge(purl: string, entries: readonly Entry[], source?: string): string {
  const advisory = orThrow(
    parseOsv(
      JSON.stringify({
        id: 'X-1',
        affected: entries.map(([ecosystem, name, fixed]) => ({
          package: { ecosystem, name },
          ranges: [
            {
              type: 'ECOSYSTEM',
              events: [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])],
            },
          ],
        })),
      }),
    ),
  );
  const [, name = '', version = ''] = /^([^@]+)@(.+)$/.exec(source ?? '') ?? [];
  const component = {
    purl: purl as Purl,
    version: '',
    source: source === undefined ? null : { name, version },
  };
  const found = findAddress(component);
  return found.kind === 'address' ? matchAdvisory(found.address, advisory).status : found.why;
}

describe('B3: packages of distributions are matched by release, source package and build', () => {
  it.each<[string, string, readonly Entry[], string, string?]>([
    [
      'AlmaLinux by package, with an epoch',
      'pkg:rpm/almalinux/openssl-libs@1.1.1k-5.el8_5?distro=almalinux-8.5&epoch=1',
      [['AlmaLinux:8', 'openssl-libs', '1:1.1.1k-6.el8_5']],
      'affected',
    ],
    [
      'the fixed build',
      'pkg:rpm/almalinux/openssl-libs@1.1.1k-6.el8_5?distro=almalinux-8.5&epoch=1',
      [['AlmaLinux:8', 'openssl-libs', '1:1.1.1k-6.el8_5']],
      'not_affected',
    ],
    [
      'another release',
      'pkg:rpm/almalinux/openssl-libs@1.1.1k-5.el8_5?distro=almalinux-9.1&epoch=1',
      [['AlmaLinux:8', 'openssl-libs', '1:1.1.1k-6.el8_5']],
      'not_affected',
    ],
    [
      'a module is not fixed by the build of the distribution itself, nor the other way round',
      'pkg:rpm/almalinux/perl@5.26.3-419.el8?distro=almalinux-8.5&epoch=4',
      [['AlmaLinux:8', 'perl', '4:5.30.1-452.module_el8.6.0+2811+fe6c84b0']],
      'not_affected',
    ],
    [
      'a module by the fix of a module',
      'pkg:rpm/almalinux/perl@5.30.1-451.module_el8.5.0+1+a?distro=almalinux-8.5&epoch=4',
      [['AlmaLinux:8', 'perl', '4:5.30.1-452.module_el8.6.0+2811+fe6c84b0']],
      'affected',
    ],
    [
      'Rocky Linux by source package',
      'pkg:rpm/rocky/openssl-libs@1.1.1k-5.el8?distro=rocky-8.5&epoch=1',
      [['Rocky Linux:8', 'openssl', '1:1.1.1k-6.el8']],
      'affected',
      'openssl@1:1.1.1k-5.el8',
    ],
    [
      'Red Hat by repository',
      'pkg:rpm/redhat/bash@4.4.20-2.el8?distro=rhel-8.4',
      [['Red Hat:enterprise_linux:8::baseos', 'bash', '4.4.20-3.el8']],
      'affected',
    ],
    [
      'Red Hat 10 by minor release',
      'pkg:rpm/redhat/bash@5.2.26-5.el10?distro=rhel-10.1',
      [['Red Hat:enterprise_linux:10.0', 'bash', '5.2.26-6.el10']],
      'affected',
    ],
    [
      'openSUSE Leap by source package',
      'pkg:rpm/opensuse/libopenssl1_1@1.1.1l-1?distro=opensuse-leap-15.5',
      [['openSUSE:Leap 15.5', 'openssl-1_1', '1.1.1l-2']],
      'affected',
      'openssl-1_1@1.1.1l-1',
    ],
    [
      'SUSE by service pack',
      'pkg:rpm/sles/libcurl4@8.0.1-1?distro=sles-15.5',
      [['SUSE:Linux Enterprise Module for Basesystem 15 SP5', 'curl', '8.0.1-2']],
      'affected',
      'curl@8.0.1-1',
    ],
    [
      'Photon OS',
      'pkg:rpm/photon/curl@8.1.2-1.ph5?distro=photon-5.0',
      [['Photon OS:5.0', 'curl', '8.1.2-2.ph5']],
      'affected',
    ],
    [
      'a distribution without a feed in OSV',
      'pkg:rpm/ol/bash@1-1?distro=ol-8.9',
      [],
      'packages of ol are not covered',
    ],
    [
      'Alpine by source package and branch',
      'pkg:apk/alpine/libssl3@3.1.2-r0?distro=alpine-3.18.4',
      [['Alpine:v3.18', 'openssl', '3.1.3-r0']],
      'affected',
      'openssl@3.1.2-r0',
    ],
    [
      'another branch of Alpine',
      'pkg:apk/alpine/libssl3@3.1.2-r0?distro=alpine-3.17.1',
      [['Alpine:v3.18', 'openssl', '3.1.3-r0']],
      'not_affected',
      'openssl@3.1.2-r0',
    ],
    [
      'the edge of Alpine, by its snapshots',
      'pkg:apk/alpine/libssl3@3.1.2-r0?distro=alpine-3.22.0_alpha20250108',
      [['Alpine:edge', 'openssl', '3.1.3-r0']],
      'affected',
      'openssl@3.1.2-r0',
    ],
    [
      'Wolfi',
      'pkg:apk/wolfi/libssl3@3.1.2-r0?distro=wolfi-20230201',
      [['Wolfi', 'openssl', '3.1.3-r0']],
      'affected',
      'openssl@3.1.2-r0',
    ],
    [
      'Chainguard, also by the advisories of Wolfi',
      'pkg:apk/chainguard/libssl3@3.1.2-r0',
      [['Wolfi', 'openssl', '3.1.3-r0']],
      'affected',
      'openssl@3.1.2-r0',
    ],
    [
      'Ubuntu by source package',
      'pkg:deb/ubuntu/libssl3@3.0.2-0ubuntu1.9?distro=ubuntu-22.04',
      [['Ubuntu:22.04:LTS', 'openssl', '3.0.2-0ubuntu1.10']],
      'affected',
      'openssl@3.0.2-0ubuntu1.9',
    ],
    [
      'a release of Ubuntu without long support',
      'pkg:deb/ubuntu/acl@2-1?distro=mantic',
      [['Ubuntu:23.10', 'acl', '2-2']],
      'affected',
      'acl@2-1',
    ],
    [
      'Ubuntu where only Pro has the fix',
      'pkg:deb/ubuntu/acl@2-1?distro=ubuntu-18.04',
      [['Ubuntu:Pro:18.04:LTS', 'acl', '2-1ubuntu0.1~esm1']],
      'affected',
      'acl@2-1',
    ],
    [
      'a fix for all counts before that of Pro',
      'pkg:deb/ubuntu/acl@2-1ubuntu0.2?distro=ubuntu-18.04',
      [
        ['Ubuntu:18.04:LTS', 'acl', '2-1ubuntu0.2'],
        ['Ubuntu:Pro:18.04:LTS', 'acl', '2-1ubuntu0.2+esm1'],
      ],
      'not_affected',
      'acl@2-1ubuntu0.2',
    ],
    [
      'a build of Pro is judged by the fix of Pro',
      'pkg:deb/ubuntu/acl@2-1ubuntu0.1~esm1?distro=ubuntu-18.04',
      [
        ['Ubuntu:18.04:LTS', 'acl'],
        ['Ubuntu:Pro:18.04:LTS', 'acl', '2-1ubuntu0.1~esm1'],
      ],
      'not_affected',
      'acl@2-1ubuntu0.1~esm1',
    ],
  ])('%s', (_, purl, entries, status, source) => {
    expect(judge(purl, entries, source)).toBe(status);
  });
});
