import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toInstant } from '../../../src/core/instant.ts';
import { root } from '../../../tools/process.ts';
import { sbomText } from '../../support/evidence-load.ts';
import {
  claimedCycloneDx,
  type ForeignFinding,
  grypeJson,
  sbomToolSpdx,
  trivyJson,
  trivySarif,
} from '../../support/foreign-documents.ts';

/** Valid documents of every form, as small as a reader needs them. */
const AT = toInstant(Date.UTC(2026, 10, 1));
const FINDING: ForeignFinding = {
  ...{ type: 'deb', name: 'zlib1g', version: '1.2', id: 'CVE-2026-1', severity: 'HIGH' },
};
const PACKAGES = [
  { type: 'npm', name: 'left-pad', version: '1.0.0' },
  { type: 'deb', name: 'tzdata', version: '2024a-0' },
] as const;

export const golden = (name: string): string =>
  readFileSync(join(root, 'test/golden/v1', name), 'utf8');

export const SPDX = [golden('sbom.spdx.json'), sbomToolSpdx(PACKAGES, AT)];

const RICH_CYCLONEDX = {
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  metadata: {
    timestamp: '2026-11-01T00:00:00Z',
    tools: [{ vendor: 'Example', name: 'maker', version: '1' }],
    component: { type: 'container', name: 'trips', 'bom-ref': 'root' },
  },
  components: [
    {
      ...{ type: 'library', 'bom-ref': 'a', name: 'a', version: '1', purl: 'pkg:npm/%40x/a@1' },
      licenses: [{ license: { id: 'MIT' } }, { expression: 'MIT OR Apache-2.0' }],
      hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
      properties: [{ name: 'waybill:license', value: 'MIT' }],
      evidence: { occurrences: [{ location: '/app/a' }] },
      components: [{ type: 'library', name: 'b', version: '2', purl: 'pkg:maven/g/b@2?type=jar' }],
    },
  ],
  dependencies: [
    { ref: 'root', dependsOn: ['a'] },
    { ref: 'a', dependsOn: [] },
  ],
  compositions: [{ aggregate: 'complete', assemblies: ['root'], dependencies: ['a'] }],
};
export const CYCLONEDX = [sbomText(1), claimedCycloneDx(PACKAGES, AT), RICH_CYCLONEDX];

export const SARIF = [
  trivySarif([FINDING, { ...FINDING, id: 'GHSA-jfh8-c2jp-5v3q', score: 9.8 }]),
  {
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'x', rules: [{ id: 'a/b', properties: { 'security-severity': '7' } }] },
        },
        invocations: [{ executionSuccessful: true, endTimeUtc: '2026-11-01T00:00:00Z' }],
        results: [{ ruleId: 'a/b/c', rule: { index: 0 }, message: { text: 'm' } }],
      },
    ],
  },
];
const IMAGE_ID = `sha256:${'1'.repeat(64)}`;
export const TRIVY = [trivyJson([FINDING], { at: AT, imageId: IMAGE_ID, repoDigests: [] })];
export const GRYPE = [grypeJson([FINDING], { at: AT, target: { imageID: IMAGE_ID } })];

export const OPENVEX = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://vex.example.com/1',
  author: 'Shop',
  timestamp: '2026-11-01T00:00:00Z',
  version: 1,
  statements: [
    {
      vulnerability: { name: 'CVE-2026-1', aliases: ['GHSA-1'] },
      products: [
        { '@id': 'pkg:npm/a@1', subcomponents: [{ '@id': 'pkg:npm/b@1' }] },
        { '@id': 'pkg:oci/trips', hashes: { 'sha-256': 'a'.repeat(64) } },
      ],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    },
  ],
};

export const OSV = {
  id: 'GHSA-jfh8-c2jp-5v3q',
  modified: '2026-11-01T00:00:00Z',
  published: '2026-10-01T00:00:00Z',
  aliases: ['CVE-2021-44228'],
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'Maven', name: 'g:a', purl: 'pkg:maven/g/a' },
      ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.15.0' }] }],
      versions: ['2.0-beta9'],
      database_specific: { severity: 'HIGH' },
    },
    {
      package: { ecosystem: 'npm', name: '@x/a' },
      ranges: [{ type: 'SEMVER', events: [{ introduced: '0' }, { last_affected: '1.2.3' }] }],
    },
  ],
  references: [{ type: 'WEB', url: 'https://advisories.example.com/1' }],
};
export const SEVERITIES = {
  cve: 'CVE-2026-1',
  cna: { '3.1': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H' },
  adp: { '4.0': 'CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N' },
};

export const VULNS = {
  scanner: {
    uri: 'https://scanner.example.com',
    version: '1',
    db: { uri: 'https://scanner.example.com/db', version: '1', lastUpdate: '2026-11-01T00:00:00Z' },
    result: [
      {
        id: 'CVE-2026-1',
        severity: [{ method: 'severity', score: 'high' }],
        annotations: [{ component: 'pkg:npm/a@1', status: 'affected', fixed: ['2'] }],
      },
    ],
  },
  metadata: { scanStartedOn: '2026-11-01T00:00:00Z', scanFinishedOn: '2026-11-01T00:00:00Z' },
};
export const PROVENANCE = {
  buildDefinition: {
    buildType: 'https://ci.example.com/type/v1',
    externalParameters: { source: { uri: 'git+https://git.example.com/shop@refs/heads/main' } },
    resolvedDependencies: [
      { uri: 'git+https://git.example.com/shop', digest: { gitCommit: 'c'.repeat(40) } },
    ],
  },
  runDetails: {
    builder: { id: 'https://ci.example.com' },
    metadata: { invocationId: '1', startedOn: '2026-11-01T00:00:00Z' },
  },
};
export const STATEMENT = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'trips', digest: { sha256: 'a'.repeat(64) } }],
  predicateType: 'https://in-toto.io/attestation/vulns/v0.2',
  predicate: VULNS,
};
export const DSSE = {
  payloadType: 'application/vnd.in-toto+json',
  payload: Buffer.from(JSON.stringify(STATEMENT)).toString('base64'),
  signatures: [{ keyid: 'k', sig: Buffer.alloc(70, 7).toString('base64') }],
};

const DESCRIPTOR = {
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: `sha256:${'a'.repeat(64)}`,
  size: 100,
};
export const OCI_MANIFEST = {
  schemaVersion: 2,
  mediaType: DESCRIPTOR.mediaType,
  artifactType: 'application/vnd.cncf.notary.signature',
  config: { ...DESCRIPTOR, mediaType: 'application/vnd.oci.empty.v1+json', size: 2 },
  layers: [{ ...DESCRIPTOR, mediaType: 'application/jose+json' }],
  subject: DESCRIPTOR,
  annotations: { 'io.cncf.notary.x509chain.thumbprint#S256': `["${'b'.repeat(64)}"]` },
};
export const OCI_INDEX = {
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [
    { ...DESCRIPTOR, platform: { os: 'linux', architecture: 'arm64', variant: 'v8' } },
    { ...DESCRIPTOR, artifactType: 'application/spdx+json', annotations: { a: 'b' } },
  ],
};
export { DESCRIPTOR };

export const NPM_LOCK = {
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'shop', version: '1.0.0', dependencies: { a: '^1.0.0', '@x/b': 'file:./b' } },
    'node_modules/a': {
      ...{
        version: '1.2.3',
        license: 'MIT',
        resolved: 'https://registry.example.com/a/-/a-1.2.3.tgz',
      },
      integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}`,
      dependencies: { c: '1' },
    },
    'node_modules/a/node_modules/c': { version: '1.0.0', dev: true, optional: true },
    'node_modules/@x/b': { resolved: 'b', link: true },
    b: { version: '0.1.0' },
  },
};
export const OLD_NPM_LOCK = {
  ...{ name: 'shop', version: '1.0.0', lockfileVersion: 1 },
  dependencies: {
    a: { version: '1.2.3', requires: { c: '1' }, dependencies: { c: { version: '1.0.0' } } },
  },
};
export const PACKAGE_JSON = {
  ...{ name: 'shop', version: '1.0.0', license: '(MIT OR Apache-2.0)', workspaces: ['packages/*'] },
  dependencies: {
    a: '^1.0.0',
    b: 'npm:c@1',
    d: 'github:x/d#semver:^1',
    e: 'file:../e',
    f: 'latest',
  },
  optionalDependencies: { g: '1 || 2' },
  peerDependencies: { h: '>=1 <2' },
  overrides: { a: { c: '1' } },
};
export const DOCKERFILE = [
  '# syntax=docker/dockerfile:1\nARG BASE=debian\nARG TAG="12"\nFROM --platform=$BUILDPLATFORM ${BASE}:${TAG} AS build\n' +
    'RUN apt-get update && \\\n  apt-get install -y curl=7.1 "git" # tools\nCOPY --from=build /a /b\n' +
    'RUN <<EOF\napt install -y wget\nEOF\nRUN ["apt-get", "install", "jq"]\nFROM scratch\nCOPY --from=0 /x /y\n',
  `FROM debian@sha256:${'a'.repeat(64)}\nRUN bash -c 'apt-get -qq install -y curl'\n`,
];
export const NPMRC = [
  'registry=https://registry.example.com/\n@x:registry=https://x.example.com/\n; a comment\n//x.example.com/:_authToken=${TOKEN}\nomit[]=dev\n',
];

export const DPKG_STATUS =
  'Package: libc6\nStatus: install ok installed\nMaintainer: Debian <x@debian.org>\nArchitecture: amd64\nSource: glibc (2.36-9)\nVersion: 2.36-9+deb12u4\nDescription: x\n more\n .\nConffiles:\n /etc/x 0123\n\nPackage: gone\nStatus: deinstall ok config-files\nArchitecture: all\nVersion: 1\n\n';
export const COPYRIGHT =
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: x\nLicense: GPL-2+ or (MIT and BSD-3-clause)\n\nLicense: MIT\n text\n';

export const KUBERNETES_LIST = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'shop',
        name: 'p',
        uid: 'u',
        labels: { a: 'b' },
        ownerReferences: [{ kind: 'ReplicaSet', name: 'r-5d', controller: true }],
      },
      spec: {
        nodeName: 'n',
        containers: [{ name: 'c', image: 'registry.example.com/shop/trips:1' }],
      },
      status: {
        phase: 'Running',
        containerStatuses: [
          {
            name: 'c',
            imageID: `registry.example.com/shop/trips@sha256:${'a'.repeat(64)}`,
            state: { running: {} },
          },
        ],
      },
    },
    {
      kind: 'Node',
      metadata: { name: 'n', labels: { 'topology.kubernetes.io/region': 'eu' } },
      status: { nodeInfo: {} },
    },
  ],
};
export const TETRAGON = {
  process_kprobe: {
    process: {
      ...{ binary: '/usr/bin/cat', arguments: '/etc/shadow' },
      pod: {
        ...{ namespace: 'shop', name: 'trips-1' },
        container: { name: 'app', image: { id: `a/b@sha256:${'1'.repeat(64)}`, name: 'a/b:1' } },
      },
    },
    ...{ function_name: 'security_file_permission', policy_name: 'read', tags: ['severity:high'] },
  },
  ...{ node_name: 'n1', time: '2026-01-01T12:00:00Z' },
};
export const TRIVY_REPORT = {
  ...{ apiVersion: 'aquasecurity.github.io/v1alpha1', kind: 'VulnerabilityReport' },
  metadata: { name: 'a', labels: { 'trivy-operator.resource.kind': 'Pod' } },
  report: {
    artifact: { repository: 'a/b', tag: '1', digest: `sha256:${'1'.repeat(64)}` },
    ...{ registry: { server: 'a.example' }, summary: { highCount: 2 } },
    vulnerabilities: [{ vulnerabilityID: 'CVE-2026-1' }],
  },
};
export const AUDIT_EVENTS = {
  ...{ kind: 'EventList', apiVersion: 'audit.k8s.io/v1' },
  items: [
    {
      ...{ auditID: 'a', stage: 'ResponseComplete', verb: 'create', user: { username: 'dev' } },
      objectRef: { resource: 'pods', namespace: 'shop', name: 'a' },
      annotations: { 'failed-open.validating.webhook.admission.k8s.io/round_0_index_0': 'a' },
    },
  ],
};
export const FALCO = {
  ...{ uuid: 'e-1', output: 'a shell', priority: 'Warning', rule: 'Terminal shell in container' },
  ...{ time: '2026-11-01T00:00:00.123456789Z', source: 'syscall', hostname: 'n', tags: ['a'] },
  output_fields: {
    'container.id': 'abc',
    'container.image.digest': `sha256:${'a'.repeat(64)}`,
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'p',
    'evt.time': 1,
  },
};
export const TRUST_POLICY = {
  version: '1.0',
  trustPolicies: [
    {
      ...{ name: 'shop', registryScopes: ['registry.example.com/shop'], trustStores: ['ca:shop'] },
      signatureVerification: {
        level: 'strict',
        override: { expiry: 'log' },
        verifyTimestamp: 'always',
      },
      trustedIdentities: ['x509.subject: CN=release,O=Shop,ST=WA,C=US'],
    },
  ],
};
export const GO_BUILD = [
  'path\texample.com/shop/cmd/server',
  'mod\texample.com/shop\tv1.4.0+dirty\t',
  'dep\tgolang.org/x/net\tv0.1.0',
  '=>\texample.com/fork/net\tv0.2.0\th1:AAAA=',
  'build\t-compiler=gc\n',
].join('\n');
export const GO_MOD = `module example.com/shop

go 1.22
toolchain go1.22.4

require (
\tgithub.com/BurntSushi/toml v1.2.0 // indirect
\t"golang.org/x/net" v0.0.0-20210817142637-7d9622a276b7
)
replace golang.org/x/net v0.1.0 => ./net
exclude example.com/b v1.0.0
retract [v1.0.0, v1.1.0]
`;
const GO_HASH = `h1:${'A'.repeat(43)}=`;
export const GO_SUM = `golang.org/x/net v0.1.0 ${GO_HASH}\ngolang.org/x/net v0.1.0/go.mod ${GO_HASH}\n`;
export const GO_WORK = 'go 1.22\nuse (\n\t./a\n\tb\n)\nreplace x.com/y => x.com/z v1.0.0\n';
export const GO_VENDOR =
  '## workspace\n# a.com/a v1.0.0 => b.com/a v1.0.1\n## explicit; go 1.20\na.com/a/x\n';
