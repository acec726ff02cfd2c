import { sha256 } from '../src/core/digest.ts';

/** Components of an SPDX document of some 40 MB. */
export const COMPONENTS = 55_000;

/** Makes an SPDX document of some 40 MB. Each `seed` gives a different one. */
export function largeSbom(seed: number): string {
  const packages = Array.from({ length: COMPONENTS }, (_, index) => {
    const version = `${seed}.${index % 17}.${index % 31}`;
    const [type, name] =
      index % 2 === 0 ? ['npm', `part-${index}`] : ['maven', `com.example/part-${index}`];
    const purl = `pkg:${type}/${name}@${version}`;
    return {
      SPDXID: `SPDXRef-Package-${index}`,
      name,
      versionInfo: version,
      supplier: 'Organization: Example Shop of Parts, Limited',
      downloadLocation: `https://registry.example.com/${type}/${name}/-/part-${index}-${version}.tgz`,
      filesAnalyzed: false,
      checksums: [{ algorithm: 'SHA256', checksumValue: sha256(purl).slice(7) }],
      licenseConcluded: 'NOASSERTION',
      licenseDeclared: 'MIT',
      copyrightText: 'NOASSERTION',
      sourceInfo: `installed at: /srv/app/part-${index}`,
      externalRefs: [
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
      ],
    };
  });
  return JSON.stringify({
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: 'large',
    documentNamespace: `https://sbom.example.com/large-${seed}`,
    creationInfo: { created: '2026-01-01T00:00:00Z', creators: ['Tool: example-1.0'] },
    packages,
    relationships: packages.map(({ SPDXID }) => ({
      spdxElementId: 'SPDXRef-DOCUMENT',
      relationshipType: 'DESCRIBES',
      relatedSpdxElement: SPDXID,
    })),
  });
}
