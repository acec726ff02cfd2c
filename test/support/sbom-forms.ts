/**
 * One document in each form of an SBOM that is not SPDX 2 or CycloneDX in JSON: an application that
 * needs `b`, which needs `c`; `t` is for tests.
 */
export const SHA = 'ab'.repeat(32);

export const TAG_VALUE = `SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentName: app
DocumentNamespace: https://example.com/app
# who made it
Creator: Tool: maker-1.2
Creator: Organization: Example
Created: 2026-11-01T00:00:00Z
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-app

##### Package: app
PackageName: app
SPDXID: SPDXRef-app
PackageDownloadLocation: NOASSERTION
PrimaryPackagePurpose: APPLICATION

PackageName: b
SPDXID: SPDXRef-b
PackageDownloadLocation: NOASSERTION
PackageVersion: 1.0.0
PackageChecksum: SHA256: ${SHA}
PackageLicenseDeclared: MIT OR LicenseRef-own
PackageComment: <text>two
PackageVersion: 9
lines</text>
ExternalRef: PACKAGE-MANAGER purl pkg:npm/b@1.0.0

PackageName: c
SPDXID: SPDXRef-c
PackageDownloadLocation: NOASSERTION
PackageVersion: 2.0.0
ExternalRef: PACKAGE-MANAGER purl pkg:npm/c@2.0.0

FileName: ./src/c.js
SPDXID: SPDXRef-file
FileChecksum: SHA1: 0123
PackageName: t
SPDXID: SPDXRef-t
PackageDownloadLocation: NOASSERTION
ExternalRef: PACKAGE-MANAGER purl pkg:npm/t@3.0.0

LicenseID: LicenseRef-own
ExtractedText: <text>Do as you like.</text>
LicenseName: Own

Relationship: SPDXRef-app DEPENDS_ON SPDXRef-b
Relationship: SPDXRef-b DEPENDS_ON SPDXRef-c
Relationship: SPDXRef-c DEPENDS_ON SPDXRef-file
Relationship: SPDXRef-t TEST_DEPENDENCY_OF SPDXRef-app
`;
export const XML = `<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.6" xmlns:x="http://example.com/x" version="1">
  <metadata>
    <timestamp>2026-11-01T00:00:00Z</timestamp>
    <tools><components><component type="application">
      <name>maker</name><version>1.2</version></component></components></tools>
    <component type="application" bom-ref="app"><name>app</name></component>
  </metadata>
  <components>
    <component type="library" bom-ref="b">
      <name>b</name><version>1.0.0</version>
      <hashes><hash alg="SHA-256">${SHA}</hash></hashes>
      <licenses><expression>MIT OR LicenseRef-own</expression></licenses>
      <purl><![CDATA[pkg:npm/b@1.0.0]]></purl>
      <x:purl>pkg:npm/hidden@9</x:purl>
      <components><component type="library" bom-ref="c"><name>c</name>
        <purl>pkg:npm/c@2.0.0</purl></component></components>
    </component>
    <component type="library" bom-ref="t"><name>t</name><version>3.0.0</version>
      <scope>excluded</scope><purl>pkg:npm/t@3.0.0</purl></component>
  </components>
  <dependencies>
    <dependency ref="app"><dependency ref="b"/><dependency ref="t"/></dependency>
    <dependency ref="b"><dependency ref="c"/></dependency>
  </dependencies>
</bom>`;
export const NS = 'https://example.com/app#';
export const element = (type: string, id: string, more: object = {}) => ({
  ...{ type, spdxId: `${NS}${id}`, creationInfo: '_:made' },
  ...more,
});
export const link = (
  from: string,
  relationshipType: string,
  to: readonly string[],
  more: object = {},
) =>
  element('Relationship', `${from}-${relationshipType}-${to.join('-')}`, {
    ...{ from: `${NS}${from}`, relationshipType, to: to.map((one) => `${NS}${one}`) },
    ...more,
  });
export const library = (name: string, version: string, more: object = {}) =>
  element('software_Package', name, {
    ...{
      name,
      software_packageVersion: version,
      software_packageUrl: `pkg:npm/${name}@${version}`,
    },
    ...more,
  });
export const GRAPH = [
  {
    ...{ type: 'CreationInfo', '@id': '_:made', specVersion: '3.0.1' },
    ...{ created: '2026-11-01T00:00:00Z', createdBy: [`${NS}org`], createdUsing: [`${NS}tool`] },
  },
  element('Organization', 'org', { name: 'Example' }),
  element('Tool', 'tool', { name: 'maker-1.2' }),
  element('SpdxDocument', 'document', { name: 'app', rootElement: [`${NS}sbom`] }),
  element('software_Sbom', 'sbom', { rootElement: [`${NS}app`] }),
  element('software_Package', 'app', { name: 'app', software_primaryPurpose: 'application' }),
  library('b', '1.0.0', {
    verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: SHA }],
    suppliedBy: `${NS}org`,
  }),
  library('c', '2.0.0'),
  element('software_Package', 't', {
    name: 't',
    externalIdentifier: [
      {
        type: 'ExternalIdentifier',
        externalIdentifierType: 'packageUrl',
        identifier: 'pkg:npm/t@3.0.0',
      },
    ],
  }),
  element('software_File', 'file', { name: 'c.js' }),
  element('simplelicensing_LicenseExpression', 'licence', {
    simplelicensing_licenseExpression: 'MIT OR LicenseRef-own',
    simplelicensing_customIdToUri: [
      { type: 'DictionaryEntry', key: 'LicenseRef-own', value: `${NS}own` },
    ],
  }),
  element('simplelicensing_SimpleLicensingText', 'own', {
    ...{ name: 'Own', simplelicensing_licenseText: 'Do as you like.' },
  }),
  link('b', 'hasDeclaredLicense', ['licence']),
  link('app', 'dependsOn', ['b']),
  link('b', 'dependsOn', ['c']),
  link('c', 'dependsOn', ['file']),
  { ...link('app', 'dependsOn', ['t'], { scope: 'test' }), type: 'LifecycleScopedRelationship' },
];
export const CONTEXT = 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld';
export const spdx3 = (graph: readonly object[] = GRAPH) => ({
  '@context': CONTEXT,
  '@graph': graph,
});
export const SNAPSHOT = {
  ...{ version: 0, sha: 'a'.repeat(40), ref: 'refs/heads/main', scanned: '2026-11-01T00:00:00Z' },
  job: { id: '1', correlator: 'build' },
  detector: { name: 'maker', version: '1.2', url: 'https://example.com' },
  manifests: {
    'package-lock.json': {
      name: 'package-lock.json',
      file: { source_location: 'src/package-lock.json' },
      resolved: {
        b: {
          package_url: 'pkg:npm/b@1.0.0',
          relationship: 'direct',
          dependencies: ['pkg:npm/c@2.0.0'],
        },
        c: { package_url: 'pkg:npm/c@2.0.0', relationship: 'indirect' },
        t: { package_url: 'pkg:npm/t@3.0.0', scope: 'development' },
      },
    },
  },
};
