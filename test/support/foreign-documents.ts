import { formatInstant, type Instant } from '../../src/core/instant.ts';

/** Documents in the form of other tools, as far as a reader can see. */
export interface ForeignPackage {
  readonly type: 'npm' | 'deb';
  readonly name: string;
  readonly version: string;
}

/** component-detection names neither the release of Debian nor a source package. */
const toPurl = ({ type, name, version }: ForeignPackage): string =>
  `pkg:${type === 'deb' ? 'deb/debian' : 'npm'}/${name}@${encodeURIComponent(version)}`;

const json = (value: object): Uint8Array => Buffer.from(`${JSON.stringify(value, null, 2)}\n`);

function describePackage(one: ForeignPackage, index: number) {
  return {
    name: one.name,
    SPDXID: `SPDXRef-Package-${index.toString(16).toUpperCase().padStart(64, 'A')}`,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    versionInfo: one.version,
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: toPurl(one),
      },
    ],
    supplier: 'Organization: Debian',
  };
}

const ROOT_PACKAGE = {
  name: 'trips',
  SPDXID: 'SPDXRef-RootPackage',
  downloadLocation: 'NOASSERTION',
  packageVerificationCode: {
    packageVerificationCodeValue: 'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  },
  filesAnalyzed: true,
  licenseConcluded: 'NOASSERTION',
  licenseInfoFromFiles: ['NOASSERTION'],
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
  versionInfo: '1.0',
  externalRefs: [
    {
      referenceCategory: 'PACKAGE-MANAGER',
      referenceType: 'purl',
      referenceLocator:
        'pkg:swid/Shop/sbom.example.com/trips@1.0?tag_id=b3cf5ce8-9f0f-4b2c-8f0c-1d6b4a3f2e10',
    },
  ],
  supplier: 'Organization: Shop',
  hasFiles: [],
};

/** `sbom-tool generate -di IMAGE`: SPDX 2.2, `_manifest/spdx_2.2/manifest.spdx.json`. */
export function sbomToolSpdx(packages: readonly ForeignPackage[], at: Instant): Uint8Array {
  const listed = packages.map(describePackage);
  return json({
    files: [],
    packages: [...listed, ROOT_PACKAGE],
    externalDocumentRefs: [],
    relationships: [
      ...listed.map(({ SPDXID }) => ({
        relationshipType: 'DEPENDS_ON',
        relatedSpdxElement: SPDXID,
        spdxElementId: 'SPDXRef-RootPackage',
      })),
      {
        relationshipType: 'DESCRIBES',
        relatedSpdxElement: 'SPDXRef-RootPackage',
        spdxElementId: 'SPDXRef-DOCUMENT',
      },
    ],
    spdxVersion: 'SPDX-2.2',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'trips 1.0',
    documentNamespace: 'https://sbom.example.com/trips/1.0/Vh8nQ2ErM0Gq',
    creationInfo: {
      created: formatInstant(at).replace(/\.\d+Z$/, 'Z'),
      creators: ['Organization: Shop', 'Tool: Microsoft.SBOMTool-2.2.7'],
    },
    documentDescribes: ['SPDXRef-RootPackage'],
  });
}

/** CycloneDX of a tool that states in a composition that it lists everything. */
export function claimedCycloneDx(packages: readonly ForeignPackage[], at: Instant): Uint8Array {
  return json({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: {
      timestamp: formatInstant(at),
      tools: { components: [{ type: 'application', name: 'shop-bom', version: '2.2.7' }] },
      component: { type: 'container', 'bom-ref': 'image', name: 'trips' },
    },
    components: packages.map((one) => ({
      type: 'library',
      'bom-ref': toPurl(one),
      name: one.name,
      version: one.version,
      purl: toPurl(one),
    })),
    compositions: [{ aggregate: 'complete', assemblies: ['image'] }],
  });
}

export interface ForeignFinding extends ForeignPackage {
  readonly id: string;
  readonly severity: 'LOW' | 'MEDIUM' | 'HIGH' | 'CRITICAL' | 'UNKNOWN';
  readonly score?: number;
}

/** `trivy image -f sarif`: without any time, and with the package only in the text of a message. */
export function trivySarif(
  findings: readonly ForeignFinding[],
  repoDigests: readonly string[] = [],
): Uint8Array {
  return json({
    version: '2.1.0',
    $schema: 'https://schema.example.com/sarif-schema-2.1.0.json',
    runs: [
      {
        tool: {
          driver: {
            fullName: 'Trivy Vulnerability Scanner',
            informationUri: 'https://scanner.example.com/trivy',
            name: 'Trivy',
            rules: findings.map(({ id, severity, score }) => ({
              id,
              name: 'OsPackageVulnerability',
              shortDescription: { text: id },
              fullDescription: { text: 'somebody did something' },
              defaultConfiguration: { level: 'error' },
              properties: {
                precision: 'very-high',
                ...(score === undefined ? {} : { 'security-severity': score.toFixed(1) }),
                tags: ['vulnerability', 'security', severity],
              },
            })),
            version: '0.57.1',
          },
        },
        results: findings.map(({ id, name, version, severity }, ruleIndex) => ({
          ruleId: id,
          ruleIndex,
          level: 'error',
          message: {
            text:
              `Package: ${name}\nInstalled Version: ${version}\nVulnerability ${id}\nSeverity: ` +
              `${severity}\nFixed Version: \nLink: ` +
              `[${id}](https://advisories.example.com/${id})`,
          },
          locations: [
            {
              physicalLocation: { artifactLocation: { uri: 'shop/trips', uriBaseId: 'ROOTPATH' } },
            },
          ],
        })),
        columnKind: 'utf16CodeUnits',
        properties: { imageName: 'shop/trips', repoDigests },
        originalUriBaseIds: { ROOTPATH: { uri: 'file:///' } },
      },
    ],
  });
}

export interface TrivyReportOptions {
  readonly at: Instant | null;
  readonly imageId?: string;
  readonly repoDigests?: readonly string[];
  readonly artifactType?: string;
}

/** `trivy image -f json`, schema 2. */
export function trivyJson(
  findings: readonly ForeignFinding[],
  about: TrivyReportOptions,
): Uint8Array {
  const { at, imageId, repoDigests, artifactType = 'container_image' } = about;
  return json({
    SchemaVersion: 2,
    ...(at === null
      ? {}
      : {
          Trivy: { Version: '0.71.0' },
          CreatedAt: new Date(at).toISOString().replace('Z', '456789+00:00'),
        }),
    ArtifactName: 'registry.example.com/shop/trips:1.0',
    ArtifactType: artifactType,
    Metadata: {
      OS: { Family: 'debian', Name: '12.5' },
      ...(imageId === undefined ? {} : { ImageID: imageId }),
      ...(repoDigests === undefined
        ? {}
        : { RepoDigests: repoDigests, RepoTags: ['registry.example.com/shop/trips:1.0'] }),
      ImageConfig: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    },
    Results: [
      {
        Target: 'Node.js',
        Class: 'lang-pkgs',
        Type: 'node-pkg',
        ...(findings.length === 0 ? {} : { Vulnerabilities: findings.map(trivyVulnerability) }),
      },
    ],
  });
}

function trivyVulnerability({ id, type, name, version, severity, score }: ForeignFinding): object {
  return {
    VulnerabilityID: id,
    PkgID: `${name}@${version}`,
    PkgName: name,
    PkgIdentifier: { PURL: toPurl({ type, name, version }), UID: '9c1f8e5b6a7d2c30' },
    InstalledVersion: version,
    FixedVersion: '9.9-1, 9.8-2',
    Status: 'fixed',
    Layer: { DiffID: `sha256:${'1'.repeat(64)}` },
    SeveritySource: 'debian',
    PrimaryURL: `https://advisories.example.com/${id}`,
    DataSource: {
      ID: 'debian',
      Name: 'Debian Security Tracker',
      URL: 'https://tracker.example.com',
    },
    Title: 'somebody did something',
    Severity: severity,
    CweIDs: ['CWE-79'],
    ...(score === undefined
      ? {}
      : {
          CVSS: { nvd: { V3Vector: 'CVSS:3.1/…', V3Score: score }, redhat: { V3Score: score - 1 } },
        }),
    PublishedDate: '2024-02-01T00:00:00Z',
  };
}

export interface GrypeOptions {
  readonly at?: Instant;
  readonly target?: object;
  readonly type?: string;
  readonly db?: object;
  readonly ignored?: readonly (readonly [ForeignFinding, object])[];
}

/** `grype -o json`, as Grype 0.121 writes it (`grype/presenter/models`). */
export function grypeJson(
  findings: readonly ForeignFinding[],
  { at, target = {}, type = 'image', db, ignored = [] }: GrypeOptions = {},
): Uint8Array {
  const built = '2026-11-20T06:12:33Z';
  return json({
    matches: findings.map(grypeMatch),
    ignoredMatches: ignored.map(([finding, rule]) => ({
      ...grypeMatch(finding),
      appliedIgnoreRules: [rule],
    })),
    source: { type, target: { userInput: 'trips', tags: [], repoDigests: [], ...target } },
    distro: { name: 'debian', version: '12', idLike: null },
    descriptor: {
      name: 'grype',
      version: '0.121.3',
      db: db ?? { status: { schemaVersion: 'v6.1.9', built, path: '/srv/db', valid: true } },
      timestamp: at === undefined ? '' : formatInstant(at),
    },
  });
}

function grypeMatch({ id, severity, score, ...artifact }: ForeignFinding) {
  const word = severity.charAt(0) + severity.slice(1).toLowerCase();
  const metrics = score === undefined ? [] : [{ version: '3.1', metrics: { baseScore: score } }];
  return {
    vulnerability: {
      id,
      severity: word,
      cvss: metrics,
      fix: { versions: ['9.9'], state: 'fixed' },
    },
    relatedVulnerabilities: [{ id: id.replace('GHSA-', 'CVE-2024-'), cvss: [] }],
    matchDetails: [{ type: 'exact-direct-match', matcher: 'javascript-matcher' }],
    artifact: { id: 'a1', ...artifact, locations: [], purl: toPurl(artifact), upstreams: [] },
  };
}

/** An in-toto statement about one image, bare or as `cosign attest` signs it. */
export function makeStatement(
  predicateType: string,
  predicate: object,
  { image, isSigned = true }: { readonly image: string; readonly isSigned?: boolean },
): Uint8Array {
  const statement = {
    _type: 'https://in-toto.io/Statement/v0.1',
    subject: [{ name: 'trips', digest: { sha256: image.slice(7) } }],
    ...{ predicateType, predicate },
  };
  const payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  const signatures = [{ keyid: '', sig: 'AA==' }];
  return isSigned
    ? json({ payloadType: 'application/vnd.in-toto+json', payload, signatures })
    : json(statement);
}
