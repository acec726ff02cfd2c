import {
  MSRC_CSAF_SAMPLE,
  MSRC_SAMPLE,
  UBUNTU_CVE_SAMPLE,
  UBUNTU_PAGE_SAMPLE,
} from './system-feeds.ts';

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

const product = (id: string, helper: object) => ({
  category: 'product_name',
  name: id,
  product: { name: id, product_id: id, product_identification_helper: helper },
});
const relate = (whole: string, part: string) => ({
  category: 'default_component_of',
  full_product_name: { name: `${part} as a component of ${whole}`, product_id: `${whole}:${part}` },
  product_reference: part,
  relates_to_product_reference: whole,
});
const RHEL_9 = 'BaseOS-9.4.0.Z.MAIN.EUS';
const RHEL_8 = 'red_hat_enterprise_linux_8';
const NODE = 'nodejs:18:9040020240301:rhel9';
const openssl = (arch: string) => `openssl-1:3.0.7-27.el9.${arch}`;

/** security.access.redhat.com/data/csaf/v2/vex/2024/cve-2024-0001.json */
export const RED_HAT_VEX_SAMPLE = {
  document: {
    aggregate_severity: { text: 'Moderate' },
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: {
      category: 'vendor',
      name: 'Red Hat Product Security',
      namespace: 'https://www.redhat.com',
    },
    title: 'openssl: a flaw',
    tracking: {
      id: 'CVE-2024-0001',
      status: 'final',
      current_release_date: '2025-08-13T15:14:45+00:00',
      initial_release_date: '2024-03-05T00:00:00+00:00',
    },
  },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        name: 'Red Hat',
        branches: [
          product(RHEL_9, { cpe: 'cpe:/o:redhat:enterprise_linux:9::baseos' }),
          product(RHEL_8, { cpe: 'cpe:/o:redhat:enterprise_linux:8' }),
          product('9Base-RHOSE-4.16', { cpe: 'cpe:/a:redhat:openshift:4.16::el9' }),
          product('AppStream-9.4', { cpe: 'cpe:/a:redhat:enterprise_linux:9::appstream' }),
          ...['src', 'x86_64', 'aarch64'].map((arch) =>
            product(openssl(arch), {
              purl: `pkg:rpm/redhat/openssl@3.0.7-27.el9?arch=${arch}&epoch=1`,
            }),
          ),
          product('openssl-libs-1:3.0.7-27.el9.x86_64', {
            purl: 'pkg:rpm/redhat/openssl-libs@3.0.7-27.el9?arch=x86_64&epoch=1',
          }),
          product('openssl', { purl: 'pkg:rpm/redhat/openssl?arch=src' }),
          product('edk2', { purl: 'pkg:rpm/redhat/edk2?arch=src' }),
          product('compat-openssl10', { purl: 'pkg:rpm/redhat/compat-openssl10?arch=src' }),
          product(NODE, { purl: 'pkg:rpmmod/redhat/nodejs@18:9040020240301:rhel9' }),
          product('nodejs-1:18.19.1-1.module+el9.4.0+1+a.x86_64', {
            purl: 'pkg:rpm/redhat/nodejs@18.19.1-1.module%2Bel9.4.0%2B1%2Ba?arch=x86_64&epoch=1',
          }),
        ],
      },
    ],
    relationships: [
      ...['src', 'x86_64', 'aarch64'].map((arch) => relate(RHEL_9, openssl(arch))),
      relate(RHEL_9, 'openssl-libs-1:3.0.7-27.el9.x86_64'),
      relate('9Base-RHOSE-4.16', openssl('x86_64')),
      relate(RHEL_8, 'openssl'),
      relate(RHEL_8, 'edk2'),
      relate(RHEL_8, 'compat-openssl10'),
      relate('AppStream-9.4', NODE),
      relate(`AppStream-9.4:${NODE}`, 'nodejs-1:18.19.1-1.module+el9.4.0+1+a.x86_64'),
    ],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2024-0001',
      product_status: {
        fixed: [
          ...['src', 'x86_64', 'aarch64'].map((arch) => `${RHEL_9}:${openssl(arch)}`),
          `${RHEL_9}:openssl-libs-1:3.0.7-27.el9.x86_64`,
          `9Base-RHOSE-4.16:${openssl('x86_64')}`,
          `AppStream-9.4:${NODE}:nodejs-1:18.19.1-1.module+el9.4.0+1+a.x86_64`,
        ],
        known_affected: [`${RHEL_8}:openssl`],
        known_not_affected: [`${RHEL_8}:edk2`],
        under_investigation: [`${RHEL_8}:compat-openssl10`],
      },
      scores: [
        {
          cvss_v3: { vectorString: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H' },
          products: [`${RHEL_8}:openssl`],
        },
      ],
      threats: [
        { category: 'impact', details: 'Important', product_ids: [`${RHEL_8}:openssl`] },
        { category: 'impact', details: 'Moderate' },
      ],
    },
  ],
};

const SLES = 'SUSE Linux Enterprise Server 15 SP5';

/** ftp.suse.com/pub/projects/security/csaf-vex/cve-2023-0464.json */
export const SUSE_VEX_SAMPLE = {
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { category: 'vendor', name: 'SUSE', namespace: 'https://www.suse.com/' },
    title: 'SUSE CVE CVE-2023-0464',
    tracking: {
      id: 'CVE-2023-0464',
      status: 'interim',
      current_release_date: '2024-02-15T23:54:31Z',
      initial_release_date: '2023-03-23T00:00:00Z',
    },
  },
  product_tree: {
    branches: [
      product(SLES, { cpe: 'cpe:/o:suse:sles:15:sp5' }),
      ...['libopenssl1_1', 'libopenssl1_0_0', 'openssl-1_1'].map((id) => product(id, {})),
      product('libopenssl1_0_0-1.0.2p-150000.3.76.1.x86_64', {}),
    ],
    relationships: [
      ...['libopenssl1_1', 'libopenssl1_0_0', 'openssl-1_1'].map((id) => relate(SLES, id)),
      relate(SLES, 'libopenssl1_0_0-1.0.2p-150000.3.76.1.x86_64'),
    ],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2023-0464',
      product_status: {
        recommended: [`${SLES}:libopenssl1_0_0-1.0.2p-150000.3.76.1.x86_64`],
        known_not_affected: [`${SLES}:libopenssl1_1`, `${SLES}:openssl-1_1`],
      },
    },
  ],
};

export const describeCpe = (name: string, version: string, more: object = {}) => ({
  vulnerable: true,
  criteria: `cpe:2.3:a:${name}:${version}:*:*:*:*:*:*`,
  matchCriteriaId: '00000000-0000-0000-0000-000000000000',
  ...more,
});
export const describeCve = (id: string, cpeMatch: readonly object[], more: object = {}) => ({
  cve: {
    id,
    published: '2023-02-08T20:15:24.267',
    lastModified: '2024-11-21T07:22:21.703',
    vulnStatus: 'Analyzed',
    metrics: {
      cvssMetricV31: [
        { cvssData: { vectorString: 'CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:N/I:N/A:H' } },
      ],
    },
    configurations: [{ nodes: [{ operator: 'OR', negate: false, cpeMatch }] }],
    ...more,
  },
});

/** services.nvd.nist.gov/rest/json/cves/2.0 */
export const NVD_SAMPLE = {
  resultsPerPage: 6,
  startIndex: 0,
  totalResults: 6,
  format: 'NVD_CVE',
  version: '2.0',
  timestamp: '2025-01-02T03:04:05.678',
  vulnerabilities: [
    describeCve('CVE-2023-0286', [
      describeCpe('openssl:openssl', '*:*', {
        versionStartIncluding: '1.1.1',
        versionEndExcluding: '1.1.1t',
      }),
      describeCpe('openssl:openssl', '*:*', {
        versionStartIncluding: '3.0.0',
        versionEndExcluding: '3.0.8',
      }),
      { ...describeCpe('openssl:openssl', '2.0:*'), vulnerable: false },
    ]),
    describeCve('CVE-2023-0001', [
      describeCpe('openbsd:openssh', '*:*', { versionEndIncluding: '9.3' }),
    ]),
    describeCve('CVE-2023-0002', [
      describeCpe('redis:redis', '7.0.0:rc1'),
      describeCpe('redis:redis', '6.2.6:-'),
    ]),
    describeCve('CVE-2023-0003', [describeCpe('php:php', '-:*')]),
    describeCve('CVE-2023-0004', [describeCpe('example:openssl', '*:*')]),
    describeCve('CVE-2023-0005', [describeCpe('openssl:openssl', '*:*')], {
      vulnStatus: 'Rejected',
    }),
  ],
};

/** One document of each form. */
export const PUBLISHER_SAMPLES: readonly object[] = [
  MSRC_SAMPLE,
  MSRC_CSAF_SAMPLE,
  UBUNTU_CVE_SAMPLE,
  UBUNTU_PAGE_SAMPLE,
  SECDB_SAMPLE,
  DEBIAN_TRACKER_SAMPLE,
  RED_HAT_VEX_SAMPLE,
  SUSE_VEX_SAMPLE,
  NVD_SAMPLE,
];
