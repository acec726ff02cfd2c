import { toCanonicalPurl } from '../../../src/core/purl.ts';
import { orThrow } from '../../../src/core/result.ts';
import {
  COPYRIGHT,
  CYCLONEDX,
  DOCKERFILE,
  DPKG_STATUS,
  golden,
  NPM_LOCK,
  NPMRC,
  OLD_NPM_LOCK,
  OSV,
  PACKAGE_JSON,
  PROVENANCE,
  SARIF,
  SEVERITIES,
  SPDX,
  STATEMENT,
  VULNS,
} from './documents.ts';
import { JAVA_ROWS } from './java-sources.ts';
import { JSON_SBOMS, OTHER_SBOMS, SBOM_ROWS } from './rows-sboms.ts';
import { SCAN_ROWS, SCANS } from './rows-scans.ts';
import type { Row } from './target.ts';
import { THREAT_ROWS } from './threat-documents.ts';
import { VEX, VEX_ROWS } from './vex-documents.ts';

const PURL = orThrow(toCanonicalPurl('pkg:npm/left-pad@1.0.0'));
const SBOMS = [...SPDX, ...CYCLONEDX, ...JSON_SBOMS];
const RULE =
  "findings.all(f, f.status == 'not_affected' || !(f.severity in ['critical'])) && age(scan.at) < duration('24h') && image.registry.matches('^a+$')";

const POLICY_TESTS = `apiVersion: waybill.dev/v1
kind: PolicyTests
now: 2026-11-22T12:00:00Z
facts: { one: { commits: [{ id: a, trusted: true }] } }
tests:
  - { name: one, gate: build, facts: one, with: { commits.0.trusted: false }, expect: deny, rules: { r: broken } }
  - name: many
    gate: build
    facts: one
    table: { set: [commits.0.trusted], rows: [{ values: [{ $unknown: FACT_UNKNOWN }], expect: undetermined }] }
`;
const POLICY_REVISION = {
  ...{ apiVersion: 'waybill.dev/v1', kind: 'PolicyRevision', number: 2, name: 'shop' },
  policy: `sha256:${'0'.repeat(64)}`,
  pushedAt: '2026-01-02T03:04:05Z',
  ...{ message: 'less', effectiveFrom: null, previous: `sha256:${'1'.repeat(64)}`, rollbackTo: 1 },
};

/** Documents about software, and the policy. */
export const DOCUMENT_ROWS: readonly Row[] = [
  ...JAVA_ROWS,
  ...SBOM_ROWS,
  ...SCAN_ROWS,
  {
    reader: 'gates/image-evidence/recognise-document.ts recogniseMediaType',
    takes: 'bytes',
    form: 'json',
    samples: [...SBOMS, ...SCANS, ...VEX],
  },
  {
    reader: 'capabilities/advisories/stated-severity.ts readStatedSeverities',
    takes: 'object',
    form: 'json',
    samples: [
      OSV,
      { severity: [{ type: 'Ubuntu', score: 'low' }], database_specific: { severity: 'HIGH' } },
    ],
  },
  {
    reader: 'capabilities/attestation/statement.ts readStatementSubjects',
    takes: 'bytes',
    form: 'json',
    samples: [
      {
        _type: 'https://in-toto.io/Statement/v1',
        subject: [{ name: 'a', digest: { sha256: 'a'.repeat(64) } }],
        predicateType: 'https://slsa.dev/provenance/v1',
        predicate: {},
      },
    ],
  },
  {
    reader: 'capabilities/inventory/sbom/read-sbom.ts readSbom',
    takes: 'bytes',
    form: 'json',
    samples: SBOMS,
    reads: [
      'capabilities/inventory/sbom/read-cyclonedx.ts readCycloneDx',
      'capabilities/inventory/sbom/read-spdx.ts readSpdx',
      'capabilities/inventory/sbom/translate-sbom.ts translateJson',
      'capabilities/inventory/sbom/translate-sbom.ts translateText',
      'capabilities/inventory/sbom/translate-snapshot.ts translateSnapshot',
      'capabilities/inventory/sbom/cyclonedx-claim.ts readClaim',
      'capabilities/inventory/sbom/cyclonedx-dependencies.ts readDependencies',
      'formats/json/parse-members.ts parseJsonMembers',
      'capabilities/inventory/sbom/component-collector.ts readText',
      'capabilities/inventory/sbom/component-collector.ts readList',
      'capabilities/inventory/sbom/component-collector.ts readInstant',
      'capabilities/inventory/sbom/detail.ts parseMarked',
      'capabilities/inventory/sbom/detail.ts readUnexplained',
      'capabilities/inventory/sbom/detail.ts readSkip',
    ],
  },
  {
    reader: 'capabilities/inventory/sbom/recognise-sbom.ts recogniseSbom',
    takes: 'bytes',
    form: 'text',
    samples: [...SBOMS, ...OTHER_SBOMS],
  },
  {
    reader: 'capabilities/inventory/sbom/relations.ts readSbomRelations',
    takes: 'bytes',
    form: 'json',
    samples: SBOMS,
    args: ['$', 8_000_000],
    reads: ['capabilities/inventory/sbom/spdx-relations.ts readSpdxRelation'],
  },
  {
    reader: 'capabilities/graph/sbom-chain.ts findDependencyChain',
    takes: 'bytes',
    form: 'json',
    samples: SBOMS,
    args: ['$', PURL],
  },
  {
    reader: 'capabilities/graph/dependency-chain.ts findDependencyChain',
    takes: 'bytes',
    form: 'json',
    samples: SBOMS,
    args: ['$', PURL],
  },
  {
    reader: 'capabilities/graph/stated-licences.ts readStatedLicences',
    takes: 'bytes',
    form: 'json',
    samples: SBOMS,
  },
  {
    reader: 'capabilities/graph/selector.ts parseSelector',
    takes: 'text',
    form: 'text',
    samples: ['log4j-core@2.12.3', 'g:a@1', 'pkg:npm/%40x/a'],
  },
  {
    reader: 'capabilities/graph/subject.ts parseSubject',
    takes: 'text',
    form: 'text',
    samples: ['trips@1.0', `sha256:${'a'.repeat(64)}`, 'registry.example.com/a:1'],
  },
  {
    reader: 'capabilities/scanning/scan-document.ts recogniseScan',
    takes: 'bytes',
    form: 'text',
    samples: SCANS,
  },
  {
    reader: 'capabilities/scanning/sarif-read.ts readSarif',
    takes: 'bytes',
    form: 'json',
    samples: SARIF,
  },
  ...VEX_ROWS,
  ...THREAT_ROWS,
  {
    reader: 'capabilities/advisories/parse-osv.ts parseOsv',
    takes: 'bytes',
    form: 'json',
    samples: [OSV],
  },
  {
    reader: 'capabilities/advisories/parse-osv.ts readOsv',
    takes: 'value',
    form: 'json',
    samples: [OSV],
  },
  {
    reader: 'capabilities/advisories/advisory-record.ts readAdvisoryRecord',
    takes: 'value',
    form: 'json',
    samples: [OSV, SEVERITIES],
  },
  {
    reader: 'capabilities/advisories/sample.ts readSample',
    takes: 'text',
    form: 'text',
    samples: [`{"waybillSample":"1"}\n${JSON.stringify(OSV)}\n`],
  },
  {
    reader: 'capabilities/attestation/statement.ts parseStatement',
    takes: 'bytes',
    form: 'json',
    samples: [STATEMENT],
    reads: ['capabilities/attestation/statement.ts readDigests'],
  },
  {
    reader: 'capabilities/attestation/slsa-provenance.ts parseSlsaProvenance',
    takes: 'object',
    form: 'json',
    samples: [PROVENANCE],
  },
  {
    reader: 'capabilities/scanning/vulns.ts parseVulns',
    takes: 'object',
    form: 'json',
    samples: [VULNS],
  },
  {
    reader: 'capabilities/policy/policy.ts parsePolicy',
    takes: 'text',
    form: 'text',
    samples: [golden('policy.yaml'), golden('policy-by-gate.yaml')],
    reads: ['capabilities/policy/document.ts readDocument'],
  },
  {
    reader: 'capabilities/policy/suite/parse-suite.ts parseSuite',
    takes: 'text',
    form: 'text',
    samples: [POLICY_TESTS],
  },
  {
    reader: 'capabilities/policy/revision.ts parseRevision',
    takes: 'bytes',
    form: 'json',
    samples: [POLICY_REVISION],
  },
  {
    reader: 'capabilities/policy/cel/parse.ts parseExpression',
    reads: [
      'capabilities/policy/cel/parser.ts parseTree',
      'capabilities/policy/cel/literal.ts readLiteral',
    ],
    takes: 'text',
    form: 'text',
    samples: [RULE, "[1, 2].exists(x, x > 1 ? true : {'a': 1}.a == 2u)"],
  },
  {
    reader: 'capabilities/policy/cel/times.ts parseMoment',
    takes: 'text',
    form: 'text',
    samples: ['2026-11-01T00:00:00.123Z'],
  },
  {
    reader: 'capabilities/policy/cel/times.ts parseSpan',
    takes: 'text',
    form: 'text',
    samples: ['-1h30m0.5s', '30d'],
    reads: ['capabilities/policy/cel/times.ts parseSpanNs'],
  },
  {
    reader: 'capabilities/policy/component-pattern.ts readComponentPattern',
    takes: 'text',
    form: 'text',
    samples: ['pkg:npm/a@1', 'pkg:deb/debian/*', 'pkg:npm/%40x/a'],
  },
  {
    reader: 'capabilities/ecosystems/component-registry.ts parseRegistry',
    takes: 'text',
    form: 'text',
    samples: ['https://registry.example.com/npm/'],
  },
  {
    reader: 'capabilities/ecosystems/component-registry.ts parseArchiveRegistry',
    takes: 'text',
    form: 'text',
    samples: ['https://registry.example.com/a/-/a-1.2.3.tgz'],
    args: ['$', 'a'],
  },
  {
    reader: 'capabilities/ecosystems/debian/copyright.ts parseDebianExpression',
    takes: 'text',
    form: 'text',
    samples: ['GPL-2+ or MIT', 'Apache-2.0'],
  },
  {
    reader: 'capabilities/ecosystems/system-licence.ts readSystemLicence',
    takes: 'text',
    form: 'text',
    samples: ['GPLv2+ and (ASL 2.0 or BSD)', 'LGPLv2+ with exceptions', 'GPL2 MIT'],
    args: ['$', 'rpm'],
  },
  {
    reader: 'capabilities/ecosystems/dockerfile/dockerfile.ts readDockerfile',
    takes: 'bytes',
    form: 'text',
    samples: DOCKERFILE,
    args: ['Dockerfile', '$'],
    reads: ['capabilities/ecosystems/dockerfile/instructions.ts readInstructions'],
  },
  {
    reader: 'capabilities/ecosystems/dockerfile/apt.ts findInstalls',
    takes: 'text',
    form: 'text',
    samples: [
      'apt-get update && apt-get install -y curl=7.1 "git" | cat',
      "sh -c 'apt install x'",
      'apk add -t d curl=1 && pip install -i https://x.example/s "a[b]==1" && npm i -g @a/b@1.0.0',
      `curl -o a https://x.example/a && echo "${'a'.repeat(64)}  a" | sha256sum -c -`,
      'go install a.example/b@v1.0.0; cargo install a --version 1.0.0; gem install a -v 1',
    ],
    reads: [
      'capabilities/ecosystems/dockerfile/shell-words.ts splitCommands',
      'capabilities/ecosystems/dockerfile/downloads.ts readDownloads',
    ],
  },
  {
    reader: 'capabilities/ecosystems/dockerfile/build-arguments.ts expandArguments',
    takes: 'text',
    form: 'text',
    samples: ['${BASE:-debian}:$TAG-${X:+y}'],
    args: ['$', new Map([['TAG', '1']])],
  },
  {
    reader: 'capabilities/ecosystems/dockerfile/build-arguments.ts readArgumentsInto',
    takes: 'text',
    form: 'text',
    samples: ['A=1 B="two words" C'],
    args: [new Map(), '$'],
  },
  {
    reader: 'capabilities/ecosystems/licence.ts parseNpmLicences',
    takes: 'value',
    form: 'json',
    samples: [{ type: 'MIT' }, '"(MIT OR X)"', [{ type: 'MIT', url: 'u' }]],
  },
  {
    reader: 'capabilities/ecosystems/maven/archive-name.ts parseArchiveName',
    takes: 'text',
    form: 'text',
    samples: ['lib/spring-core-5.3.1-sources.jar', 'a-1.0.Final_b2.war'],
  },
  {
    reader: 'capabilities/ecosystems/maven/bundle-license.ts parseBundleLicense',
    takes: 'text',
    form: 'text',
    samples: [
      '"Apache-2.0";link="https://x.example.com",MIT',
      'https://www.apache.org/licenses/LICENSE-2.0.txt',
    ],
  },
  {
    reader: 'capabilities/ecosystems/maven/properties.ts readManifest',
    takes: 'text',
    form: 'text',
    samples: ['Manifest-Version: 1.0\r\nBundle-License: a\r\n b\r\n\r\nName: x\r\n'],
  },
  {
    reader: 'capabilities/ecosystems/maven/properties.ts readProperties',
    takes: 'text',
    form: 'text',
    samples: ['# c\ngroupId=g\nartifactId : a\nversion=1\\\n  .2\nx\\u0041=y\n'],
  },
  {
    reader: 'capabilities/ecosystems/npm/declared/npmrc.ts parseNpmrc',
    takes: 'bytes',
    form: 'text',
    samples: NPMRC,
  },
  {
    reader: 'capabilities/ecosystems/npm/declared/read-manifest.ts readManifest',
    takes: 'bytes',
    form: 'json',
    samples: [PACKAGE_JSON],
    args: ['package.json', '$'],
  },
  {
    reader: 'capabilities/ecosystems/npm/declared/requirement.ts parseAlias',
    takes: 'text',
    form: 'text',
    samples: ['npm:@x/a@^1'],
  },
  {
    reader: 'capabilities/ecosystems/npm/installed/npm-draft.ts parseIntegrity',
    takes: 'value',
    form: 'json',
    samples: [
      `"sha512-${Buffer.alloc(64).toString('base64')} sha1-${Buffer.alloc(20).toString('base64')}"`,
    ],
  },
  {
    reader: 'capabilities/ecosystems/npm/installed/npm-draft.ts parseOrigin',
    takes: 'value',
    form: 'json',
    samples: [
      '"https://registry.example.com/a/-/a-1.tgz"',
      '"git+ssh://git@git.example.com/a.git#abc"',
    ],
  },
  {
    reader: 'capabilities/ecosystems/npm/lock/read-lock.ts readLock',
    takes: 'bytes',
    form: 'json',
    samples: [NPM_LOCK, OLD_NPM_LOCK],
    args: ['package-lock.json', '$'],
  },
];
export { COPYRIGHT, DPKG_STATUS };
