/**
 * Documents in the forms of their publishers, written by hand from their published descriptions:
 * small, and with one entry of each kind that decides something.
 */

/** secdb.alpinelinux.org/v3.15/main.json */
export const SECDB_SAMPLE = {
  apkurl: '{{urlprefix}}/{{distroversion}}/{{reponame}}/{{arch}}/{{pkg.name}}-{{pkg.ver}}.apk',
  archs: ['aarch64', 'x86_64'],
  reponame: 'main',
  urlprefix: 'https://dl-cdn.alpinelinux.org/alpine',
  distroversion: 'v3.15',
  packages: [
    {
      pkg: {
        name: 'busybox',
        secfixes: {
          '0': ['CVE-2021-42373', 'CVE-2021-42376'],
          '1.27.2-r4': ['CVE-2017-16544'],
        },
      },
    },
    { pkg: { name: 'empty', secfixes: null } },
    {
      pkg: {
        name: 'xen',
        secfixes: {
          '4.10.1-r0': ['CVE-2018-10471 XSA-259'],
          '4.15.2-r0': ['CVE-2018-10471 XSA-259 (+ regression fix)'],
          '4.16.1-r0': ['XSA-401'],
        },
      },
    },
  ],
} as const;

/** security-tracker.debian.org/tracker/data/json */
export const DEBIAN_TRACKER_SAMPLE = {
  openssl: {
    'CVE-2024-4741': {
      description: 'Use after free',
      scope: 'remote',
      releases: {
        bookworm: {
          status: 'resolved',
          repositories: { bookworm: '3.0.17-1~deb12u2' },
          fixed_version: '3.0.14-1~deb12u1',
          urgency: 'not yet assigned',
        },
        bullseye: {
          status: 'open',
          repositories: { bullseye: '1.1.1w-0+deb11u1' },
          urgency: 'low**',
          nodsa: 'Minor issue',
          nodsa_reason: 'postponed',
        },
        trixie: { status: 'resolved', fixed_version: '3.2.2-1', urgency: 'not yet assigned' },
        sid: { status: 'resolved', fixed_version: '3.2.2-1', urgency: 'not yet assigned' },
      },
    },
    'CVE-2024-4603': {
      releases: {
        bookworm: { status: 'resolved', fixed_version: '3.0.13-1~deb12u1', urgency: 'low' },
        bullseye: { status: 'resolved', fixed_version: '0', urgency: 'low' },
      },
    },
    'CVE-2007-6755': {
      releases: {
        bookworm: { status: 'open', urgency: 'unimportant', nodsa_reason: '' },
        bullseye: { status: 'open', urgency: 'unimportant' },
      },
    },
    'TEMP-0000000-F7A20F': { releases: { bookworm: { status: 'undetermined' } } },
    'CVE-2023-0001': { releases: { bullseye: { status: 'resolved' } } },
    'CVE-2026-0002': { releases: { sid: { status: 'open', urgency: 'high' } } },
  },
} as const;

/** One document of each form. */
export const PUBLISHER_SAMPLES: readonly object[] = [SECDB_SAMPLE, DEBIAN_TRACKER_SAMPLE];
