/** Documents of Microsoft and Ubuntu, written by hand in their published forms. */

const update = (build: string, kb: string, ...products: readonly string[]) => ({
  Description: { Value: kb },
  URL: `https://catalog.update.microsoft.com/v7/site/Search.aspx?q=KB${kb}`,
  ProductID: products,
  Type: 2,
  SubType: 'Security Update',
  FixedBuild: build,
});

/** api.msrc.microsoft.com/cvrf/v3.0/cvrf/2024-Aug, as JSON */
export const MSRC_SAMPLE = {
  DocumentTitle: { Value: 'August 2024 Security Updates' },
  DocumentType: { Value: 'Security Update' },
  DocumentPublisher: { ContactDetails: { Value: 'secure@microsoft.com' }, Type: 0 },
  DocumentTracking: {
    Identification: { ID: { Value: '2024-Aug' } },
    Status: 2,
    InitialReleaseDate: '2024-08-13T07:00:00',
    CurrentReleaseDate: '2024-09-05T07:00:00',
  },
  ProductTree: {
    FullProductName: [
      { ProductID: '11923', Value: 'Windows Server 2022' },
      { ProductID: '11924', Value: 'Windows Server 2022 (Server Core installation)' },
      { ProductID: '11571', Value: 'Windows Server 2019' },
      { ProductID: '11569', Value: 'Windows 10 Version 1809 for x64-based Systems' },
      { ProductID: '12000', Value: 'Windows Server 2025' },
      { ProductID: '11954', Value: '.NET Framework 4.8 on Windows Server 2022' },
    ],
  },
  Vulnerability: [
    {
      CVE: 'CVE-2024-38063',
      Title: { Value: 'Windows TCP/IP Remote Code Execution Vulnerability' },
      ProductStatuses: [{ ProductID: ['11923', '11924', '11569', '12000', '11954'], Type: 3 }],
      Threats: [
        { Description: { Value: 'Remote Code Execution' }, ProductID: ['11923'], Type: 0 },
        { Description: { Value: 'Critical' }, ProductID: ['11923', '11924', '11569'], Type: 3 },
      ],
      CVSSScoreSets: [
        {
          BaseScore: 9.8,
          Vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C',
          ProductID: ['11923'],
        },
      ],
      Remediations: [
        update('10.0.20348.2655', '5041160', '11923', '11924'),
        update('10.0.20348.2635', '5041161', '11923'),
        update('10.0.17763.6189', '5041578', '11569'),
        { Description: { Value: 'Turn IPv6 off' }, ProductID: ['11923'], Type: 0 },
      ],
      RevisionHistory: [{ Number: '1.0', Date: '2024-08-13T07:00:00' }],
    },
    {
      CVE: 'CVE-2024-0001',
      Title: { Value: 'An update without a build' },
      ProductStatuses: [
        { ProductID: ['11571'], Type: 3 },
        { ProductID: ['11923'], Type: 4 },
      ],
      Remediations: [update('', '5040000', '11571')],
    },
    { CVE: 'ADV240001', ProductStatuses: [{ ProductID: ['11923'], Type: 3 }] },
  ],
};

const windows = (name: string, build: string, id: string) => ({
  category: 'product_name',
  name,
  branches: [
    {
      category: 'product_version_range',
      name: `<${build}`,
      product: { name: `${name} <${build}`, product_id: `${id}-before` },
    },
    {
      category: 'product_version',
      name: build,
      product: { name: `${name} ${build}`, product_id: id },
    },
  ],
});

/** msrc.microsoft.com/csaf/advisories/2024/msrc_cve-2024-38063.json */
export const MSRC_CSAF_SAMPLE = {
  document: {
    aggregate_severity: { text: 'Critical' },
    category: 'csaf_security_advisory',
    csaf_version: '2.0',
    publisher: {
      category: 'vendor',
      name: 'Microsoft Security Response Center',
      namespace: 'https://msrc.microsoft.com',
    },
    title: 'Windows TCP/IP Remote Code Execution Vulnerability',
    tracking: {
      id: 'msrc_CVE-2024-38063',
      status: 'final',
      current_release_date: '2024-09-05T07:00:00.000Z',
      initial_release_date: '2024-08-13T07:00:00.000Z',
    },
  },
  product_tree: {
    branches: [
      {
        category: 'vendor',
        name: 'Microsoft',
        branches: [
          windows('Windows Server 2022', '10.0.20348.2655', '11923'),
          windows('Windows 10 Version 1809 for x64-based Systems', '10.0.17763.6189', '11569'),
          windows('Microsoft SQL Server 2022 (GDR)', '16.0.1121.4', '12121'),
        ],
      },
    ],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2024-38063',
      title: 'Windows TCP/IP Remote Code Execution Vulnerability',
      product_status: {
        fixed: ['11923', '11569', '12121'],
        known_affected: ['11923-before', '11569-before', '12121-before'],
      },
      scores: [
        { cvss_v3: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U/RL:O/RC:C' } },
      ],
      threats: [{ category: 'impact', details: 'Remote Code Execution' }],
    },
  ],
};

/** A file of git.launchpad.net/ubuntu-cve-tracker, `active/CVE-2024-0727` */
export const UBUNTU_TRACKER_SAMPLE = `Candidate: CVE-2024-0727
PublicDate: 2024-01-26 09:15:00 UTC
References:
 https://www.cve.org/CVERecord?id=CVE-2024-0727
Description:
 Issue summary: a maliciously formatted file may lead OpenSSL to crash.
Ubuntu-Description:
Notes:
 mdeslaur> the jammy_openssl: line below is prose
Priority: low
 It only crashes.
Priority_edk2: medium
Discovered-by: Bahaa Naamneh
CVSS:
 nvd: CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H [5.5 MEDIUM]

Patches_openssl:
 upstream: https://example.com/commit/1
upstream_openssl: released (3.0.13)
trusty_openssl: ignored (end of standard support)
trusty/esm_openssl: needed
xenial_openssl: ignored (end of standard support)
esm-infra/xenial_openssl: released (1.0.2g-1ubuntu4.20+esm12)
fips/xenial_openssl: needs-triage
bionic_openssl: ignored (end of standard support, was needed)
jammy_openssl: released (3.0.2-0ubuntu1.14)
fips-updates/jammy_openssl: pending (3.0.2-0ubuntu1.14+Fips1)
mantic_openssl: not-affected (3.0.10-1ubuntu2.2)
noble_openssl: DNE
devel_openssl: not-affected
focal_openssl: ignored (too intrusive)
jammy_edk2: needs-triage
`;

const ubuntuStatus = (codename: string, status: string, description = '', pocket = 'security') => ({
  ...{ component: 'main', release_codename: codename, status, description, pocket },
});

/** ubuntu.com/security/cves/CVE-2024-0727.json */
export const UBUNTU_CVE_SAMPLE = {
  bugs: [''],
  codename: null,
  cvss3: 5.5,
  description: 'Issue summary: a maliciously formatted file may lead OpenSSL to crash.',
  id: 'CVE-2024-0727',
  impact: {
    baseMetricV3: { cvssV3: { vectorString: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:H' } },
  },
  packages: [
    {
      name: 'openssl',
      source: 'https://launchpad.net/ubuntu/+source/openssl',
      statuses: [
        ubuntuStatus('jammy', 'released', '3.0.2-0ubuntu1.14'),
        ubuntuStatus('xenial', 'ignored', 'end of standard support', ''),
        ubuntuStatus('xenial', 'released', '1.0.2g-1ubuntu4.20+esm12', 'esm-infra'),
        ubuntuStatus('upstream', 'released', '3.0.13'),
      ],
    },
  ],
  priority: 'low',
  published: '2024-01-26T09:15:00',
  status: 'active',
  updated_at: '2025-08-26T17:22:39.217459+00:00',
};

/** ubuntu.com/security/cves.json?limit=1 */
export const UBUNTU_PAGE_SAMPLE = {
  cves: [UBUNTU_CVE_SAMPLE],
  limit: 1,
  offset: 0,
  total_results: 1,
};
