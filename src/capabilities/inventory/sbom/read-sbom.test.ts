import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import type { ParsedSbom } from './component-collector.ts';
import { readSbom } from './read-sbom.ts';
import { recogniseSbom } from './recognise-sbom.ts';

type Json = Readonly<Record<string, unknown>>;

const encodeJson = (document: unknown): Uint8Array => Buffer.from(JSON.stringify(document));
const read = (document: Json): ParsedSbom => orThrow(readSbom(encodeJson(document)));
const tryRead = (document: unknown): string => {
  const result = readSbom(document instanceof Uint8Array ? document : encodeJson(document));
  return result.ok ? 'read' : result.failure.code;
};
// Both claim to list everything, so that only a doubt makes them partial.
const WHOLE = 'waybill {"outcome":"complete"}';
const spdx = (packages: readonly Json[], rest: Json = {}): Json => ({
  spdxVersion: 'SPDX-2.3',
  name: 'x',
  comment: WHOLE,
  packages,
  ...rest,
});
const cyclonedx = (components: readonly Json[], rest: Json = {}): Json => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components,
  compositions: [{ aggregate: 'complete' }],
  ...rest,
});
const withPurl = (purl: string, rest: Json = {}): Json => ({
  SPDXID: `SPDXRef-${purl.length}`,
  name: 'n',
  externalRefs: [
    { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl },
  ],
  ...rest,
});
const why = ({ inventory }: ParsedSbom): string =>
  inventory.skips.map(({ cause }) => cause.message).join('; ');

describe('the conditions for a complete SBOM', () => {
  const good = withPurl('pkg:npm/a@1.0.0');
  const part = { type: 'library', 'bom-ref': 'part', name: 'a', purl: 'pkg:npm/a@1.0.0' };

  it.each<[string, Json]>([
    ['a package without a purl', { name: 'log4j', versionInfo: '2.14' }],
    ['a package whose purl is malformed', withPurl('pkg:npm')],
    ['a package without any version', withPurl('pkg:npm/b')],
    [
      'a package whose version and purl disagree',
      withPurl('pkg:npm/b@2.0.0', { versionInfo: '1.0.0' }),
    ],
    ['an image whose contents are not listed', withPurl('pkg:oci/base@sha256:abc')],
  ])('I3: SPDX with %s is partial, without it complete', (_what, entry) => {
    expect(read(spdx([good])).inventory.outcome).toBe('complete');
    const reading = read(spdx([good, entry]));
    expect(reading.inventory.outcome).toBe('partial');
    expect(why(reading)).toMatch(/^1 package /);
  });

  it.each<[string, Json]>([
    ['a component without a purl', { type: 'library', name: 'log4j', version: '2.14' }],
    ['a component whose purl is malformed', { type: 'library', name: 'a', purl: 'npm/a' }],
    ['a component without any version', { type: 'library', name: 'b', purl: 'pkg:npm/b' }],
    [
      'a component whose version and purl disagree',
      { name: 'b', version: '2', purl: 'pkg:npm/b@1' },
    ],
    [
      'a base image whose contents are not listed',
      { type: 'container', name: 'b', purl: 'pkg:oci/b@sha256:abc' },
    ],
    [
      'such a component inside another',
      { type: 'file', name: 'f', components: [{ type: 'library', name: 'hidden' }] },
    ],
  ])('I3: CycloneDX with %s is partial, without it complete', (_what, component) => {
    const fine = { type: 'library', name: 'a', version: '1.0.0', purl: 'pkg:npm/a@1.0.0' };
    expect(read(cyclonedx([fine])).inventory.outcome).toBe('complete');
    expect(read(cyclonedx([fine, component])).inventory.outcome).toBe('partial');
  });

  it.each([
    'incomplete',
    'incomplete_first_party_only',
    'incomplete_third_party_proprietary_only',
    'unknown',
  ])(
    'I3: a CycloneDX composition that says %s makes it partial, one that says complete does not',
    (aggregate) => {
      const outcome = (said: string) =>
        read(cyclonedx([part], { compositions: [{ aggregate: said }] })).inventory.outcome;
      expect(outcome(aggregate)).toBe('partial');
      expect(outcome('complete')).toBe('complete');
    },
  );

  const ROOTED = { metadata: { component: { type: 'application', 'bom-ref': 'root', name: 'x' } } };

  it.each<[string, Json, 'complete' | 'partial']>([
    ['CycloneDX without compositions', cyclonedx([part], { compositions: undefined }), 'partial'],
    ['an empty CycloneDX', cyclonedx([], { compositions: undefined }), 'partial'],
    ['an empty list of compositions', cyclonedx([part], { compositions: [] }), 'partial'],
    [
      'a composition that does not specify',
      cyclonedx([], { compositions: [{ aggregate: 'not_specified' }] }),
      'partial',
    ],
    [
      'a complete composition of one part',
      cyclonedx([part], { ...ROOTED, compositions: [whole({ assemblies: ['part'] })] }),
      'partial',
    ],
    [
      'the dependencies of the root alone',
      cyclonedx([part], { ...ROOTED, compositions: [whole({ dependencies: ['root'] })] }),
      'partial',
    ],
    [
      'the vulnerabilities alone',
      cyclonedx([part], { ...ROOTED, compositions: [whole({ vulnerabilities: ['v'] })] }),
      'partial',
    ],
    [
      'a complete composition of a root that is not named',
      cyclonedx([part], { compositions: [whole({ assemblies: [''] })] }),
      'partial',
    ],
    [
      'the contents of the root',
      cyclonedx([part], { ...ROOTED, compositions: [whole({ assemblies: ['part', 'root'] })] }),
      'complete',
    ],
    [
      'the contents of the root, and another part that is open',
      cyclonedx([part], {
        ...ROOTED,
        compositions: [
          whole({ assemblies: ['root'] }),
          { aggregate: 'unknown', assemblies: ['part'] },
        ],
      }),
      'partial',
    ],
    ['SPDX without a claim', spdx([good], { comment: undefined }), 'partial'],
    ['an empty SPDX without a claim', spdx([], { comment: undefined }), 'partial'],
    ['SPDX with a claim', spdx([good]), 'complete'],
    [
      'SPDX with a claim in another form',
      spdx([good], { comment: 'this inventory is complete' }),
      'partial',
    ],
  ])('truth A2, I3: completeness is a claim of the document: %s', (_what, document, outcome) => {
    const reading = read(document);
    expect(reading.inventory.outcome).toBe(outcome);
    const silent = why(reading) === 'it does not say whether it lists everything';
    expect([reading.claim, silent]).toEqual(
      outcome === 'complete' ? ['complete', false] : [reading.claim, reading.claim === null],
    );
  });

  function whole(about: Json): Json {
    return { aggregate: 'complete', ...about };
  }

  it('I3: SPDX with NOASSERTION about the content of the root is partial', () => {
    const edge = (to: string): Json => ({
      spdxElementId: 'SPDXRef-R',
      relationshipType: 'CONTAINS',
      relatedSpdxElement: to,
    });
    expect(read(spdx([good], { relationships: [edge('NOASSERTION')] })).inventory.outcome).toBe(
      'partial',
    );
    expect(read(spdx([good], { relationships: [edge('SPDXRef-14')] })).inventory.outcome).toBe(
      'complete',
    );
  });

  it('truth A2: claims nothing about the whole where it lists nothing', () => {
    const empty = read(cyclonedx([]));
    expect([empty.claim, empty.inventory.outcome]).toEqual(['complete', 'partial']);
    expect(why(empty)).toMatch(/lists no component, so nothing shows/);
  });

  it('A document without a list of packages, such as a VEX, is not a complete inventory', () => {
    const { components, ...vex } = cyclonedx([part]);
    expect(components).toEqual([part]);
    expect(read({ ...vex, vulnerabilities: [] }).inventory.outcome).toBe('partial');
    expect(read(cyclonedx([part])).inventory.outcome).toBe('complete');
    expect(read({ spdxVersion: 'SPDX-2.2', name: 'x' }).inventory.outcome).toBe('partial');
  });

  it('Many nameless packages give one skip, not many', () => {
    const reading = read(spdx([good, ...Array(100_000).fill({ name: 'x' })]));
    expect(reading.inventory.skips).toHaveLength(1);
    expect(why(reading)).toBe('100000 packages without a package URL: x, x, x, x, x, …');
  });

  it('A version that only the document states completes a purl without a version', () => {
    const { inventory } = read(spdx([withPurl('pkg:npm/b?x=y', { versionInfo: '1+2' })]));
    expect(inventory.components.map(({ purl }) => purl)).toEqual(['pkg:npm/b@1%2B2?x=y']);
    expect(inventory.outcome).toBe('complete');
  });

  it.each([
    ['v1.2.3', 'pkg:golang/a/b@1.2.3'],
    ['1.2.3', 'pkg:golang/a/b@v1.2.3'],
    ['2.38', 'pkg:deb/debian/x@1:2.38?arch=amd64'],
  ])('Version %s and %s are spellings of one', (versionInfo, purl) => {
    expect(read(spdx([withPurl(purl, { versionInfo })])).inventory.outcome).toBe('complete');
  });
});

describe('entries of an SBOM that are not packages', () => {
  const root = {
    SPDXID: 'SPDXRef-R',
    name: 'app',
    primaryPackagePurpose: 'CONTAINER',
    versionInfo: 'latest',
  };
  const describes = {
    spdxElementId: 'SPDXRef-DOCUMENT',
    relationshipType: 'DESCRIBES',
    relatedSpdxElement: 'SPDXRef-R',
  };
  const digest = `sha256:${'a'.repeat(64)}`;

  it('B2: SPDX files, the described image and the operating system are not packages', () => {
    const os = {
      SPDXID: 'SPDXRef-OS',
      name: 'debian',
      versionInfo: '12',
      primaryPackagePurpose: 'OPERATING-SYSTEM',
    };
    const files = [{ SPDXID: 'SPDXRef-F', fileName: './bin/sh' }];
    const { inventory } = read(
      spdx([root, os, withPurl('pkg:npm/a@1')], { files, relationships: [describes] }),
    );
    expect(inventory.components).toHaveLength(1);
    expect(inventory.outcome).toBe('complete');
    expect(inventory.os).toEqual({ id: 'debian', versionId: '12', prettyName: null });
  });

  it('A package that is labelled as an operating system is still a package', () => {
    const purl = 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1';
    const labelled = withPurl(purl, {
      SPDXID: 'SPDXRef-OperatingSystem-1',
      primaryPackagePurpose: 'OPERATING-SYSTEM',
    });
    expect(read(spdx([labelled])).inventory.components).toHaveLength(1);
    for (const type of ['operating-system', 'file', 'data'])
      expect(read(cyclonedx([{ type, name: 'x', purl }])).inventory.components, type).toHaveLength(
        1,
      );
    const system = {
      type: 'operating-system',
      name: 'debian',
      version: '12',
      purl: 'pkg:generic/debian@12',
    };
    expect(read(cyclonedx([system])).inventory).toMatchObject({
      components: [],
      // truth A2: a system without one package is no inventory of it
      outcome: 'partial',
      os: { id: 'debian' },
    });
  });

  it('The source of a rebuilt Debian package has the version without the rebuild mark', () => {
    const bash = withPurl('pkg:deb/debian/bash@5.2.15-2%2Bb8?arch=amd64&distro=debian-12');
    const from = (tool: string): unknown =>
      read(spdx([bash], { creationInfo: { creators: [`Tool: ${tool}`] } })).inventory.components[0]
        ?.source;
    expect(from('syft-1.0')).toEqual({ name: 'bash', version: '5.2.15-2' });
    expect(from('other')).toBeNull();
  });

  it.each<[string, Json]>([
    [
      'its purl',
      withPurl(`pkg:oci/app@${digest.replace(':', '%3A')}?tag=1`, {
        ...root,
        externalRefs: undefined,
      }),
    ],
    ['its version', { ...root, versionInfo: digest }],
    [
      'its checksum',
      { ...root, checksums: [{ algorithm: 'SHA256', checksumValue: 'A'.repeat(64) }] },
    ],
  ])('The digest of the described image is read from %s', (_where, entry) => {
    const refs = withPurl(`pkg:oci/app@${digest.replace(':', '%3A')}?tag=1`)['externalRefs'];
    const filled = _where === 'its purl' ? { ...root, externalRefs: refs } : entry;
    expect(
      read(spdx([filled, withPurl('pkg:npm/a@1')], { relationships: [describes] })).subject,
    ).toBe(digest);
    expect(
      read(spdx([root, withPurl('pkg:npm/a@1')], { relationships: [describes] })).subject,
    ).toBeNull();
  });

  it('A checksum of something other than a container is not an image digest', () => {
    const checksums = [{ algorithm: 'SHA256', checksumValue: 'a'.repeat(64) }];
    const library = { ...root, primaryPackagePurpose: 'LIBRARY', checksums };
    expect(
      read(spdx([library, withPurl('pkg:npm/a@1')], { relationships: [describes] })).subject,
    ).toBeNull();
  });

  it('I10: sbom-tool names its root in documentDescribes', () => {
    const document = spdx([root, withPurl('pkg:npm/a@1')], {
      documentDescribes: ['SPDXRef-R'],
      spdxVersion: 'SPDX-2.2',
    });
    expect(read(document)).toMatchObject({
      format: 'spdx-2.2',
      inventory: { outcome: 'complete', subject: { name: 'app' } },
    });
  });

  it('A single described package is itself the content', () => {
    const only = withPurl('pkg:maven/a/b@1', { SPDXID: 'SPDXRef-R' });
    expect(read(spdx([only], { relationships: [describes] })).inventory.components).toHaveLength(1);
  });

  it('B2: Debian source packages, by purl or by the tag of cdxgen, are not packages', () => {
    const source = {
      type: 'library',
      name: 'openssl',
      version: '3',
      purl: 'pkg:deb/debian/openssl@3?arch=source',
    };
    const methods = [{ technique: 'filename', value: 'libssl3' }];
    const tagged = {
      type: 'library',
      name: 'openssl',
      version: '3.0',
      purl: 'pkg:deb/debian/openssl@3.0?arch=amd64&distro=debian-12',
      tags: ['source'],
      evidence: { identity: [{ field: 'purl', methods }] },
    };
    const binary = {
      type: 'library',
      name: 'libssl3',
      purl: 'pkg:deb/debian/libssl3@3.0-1?arch=amd64&distro=debian-12',
    };
    const { inventory } = read(cyclonedx([source, tagged, binary]));
    expect(inventory.components.map(({ name, source: from }) => [name, from])).toEqual([
      ['libssl3', { name: 'openssl', version: '3.0' }],
    ]);
    expect(inventory.outcome).toBe('complete');
    const installed = {
      ...tagged,
      properties: [{ name: 'aquasecurity:trivy:PkgID', value: 'openssl@3.0' }],
    };
    expect(read(cyclonedx([installed])).inventory.components).toHaveLength(1);
  });
});

describe('documents that are not SBOMs', () => {
  it.each<[string, unknown]>([
    ['XML of another kind', Buffer.from('<bom xmlns="http://example.com/bom/1.4"/>')],
    ['CycloneDX 2 in XML', Buffer.from('<bom xmlns="http://cyclonedx.org/schema/bom/2.0"/>')],
    ['SPDX as RDF/XML', Buffer.from('<?xml version="1.0"?>\n<rdf:RDF><Spdx/></rdf:RDF>')],
    ['SPDX as YAML', Buffer.from('spdxVersion: SPDX-2.3\npackages: []\n')],
    ['SPDX 2.1 in tag-value', Buffer.from('SPDXVersion: SPDX-2.1')],
    ['a list', []],
    ['an object of another kind', { _type: 'https://in-toto.io/Statement/v1' }],
    ['SPDX 3.1', { '@context': 'https://spdx.org/rdf/3.1/spdx-context.jsonld', '@graph': [] }],
    ['another context', { '@context': 'https://openvex.dev/ns/v0.2.0' }],
    ['CycloneDX 2 by its new member', { specFormat: 'CycloneDX', specVersion: '2.0' }],
    ['SPDX 2.1', { spdxVersion: 'SPDX-2.1' }],
    ['CycloneDX 1.1', { bomFormat: 'CycloneDX', specVersion: '1.1' }],
    ['CycloneDX 2', { bomFormat: 'CycloneDX', specVersion: '2.0' }],
    ['CycloneDX constructor', { bomFormat: 'CycloneDX', specVersion: 'constructor' }],
    ['both at once', { spdxVersion: 'SPDX-2.3', bomFormat: 'CycloneDX', specVersion: '1.6' }],
  ])('%s is reported as unsupported', (_what, document) => {
    expect(tryRead(document)).toBe('UNSUPPORTED');
    expect(tryRead(spdx([]))).toBe('read');
  });

  it.each<[string, unknown, string]>([
    ['nothing', Buffer.alloc(0), 'MALFORMED'],
    ['half a document', encodeJson(spdx([])).subarray(0, 20), 'MALFORMED'],
    [
      'a key named twice',
      Buffer.from('{"spdxVersion":"SPDX-2.3","packages":[],"packages":[]}'),
      'DUPLICATE_KEY',
    ],
    ['packages that are not a list', spdx({} as Json[]), 'MALFORMED'],
    ['a package that is not an object', spdx(['x'] as unknown as Json[]), 'MALFORMED'],
    ['components that are not a list', cyclonedx('x' as unknown as Json[]), 'MALFORMED'],
    ['a component that is null', cyclonedx([null] as unknown as Json[]), 'MALFORMED'],
    ['relationships that are not a list', spdx([], { relationships: 1 }), 'MALFORMED'],
    ['dependencies that are not a list', cyclonedx([], { dependencies: {} }), 'MALFORMED'],
    ['compositions that are not a list', cyclonedx([], { compositions: 'complete' }), 'MALFORMED'],
    [
      'nested components that are not a list',
      cyclonedx([{ type: 'file', components: 1 }]),
      'MALFORMED',
    ],
  ])('%s is refused', (_what, document, code) => {
    expect(tryRead(document)).toBe(code);
  });

  it('Nesting over the limit is refused; at the limit it is read', () => {
    const nested = (depth: number): Json =>
      Array.from({ length: depth }).reduce<Json>(
        (inner) => ({ type: 'file', components: [inner] }),
        { type: 'file' },
      );
    expect(tryRead(cyclonedx([nested(LIMITS.jsonDepthMax / 2 - 2)]))).toBe('read');
    expect(tryRead(cyclonedx([nested(LIMITS.jsonDepthMax)]))).toBe('LIMIT_EXCEEDED');
  });

  it('More packages than the limit are refused; packages at the limit are read', () => {
    const many = (count: number, key: string, head: string): Uint8Array =>
      Buffer.from(`{${head},"${key}":[${Array(count).fill('{"type":"file"}').join(',')}]}`);
    for (const [key, head] of [
      ['components', '"bomFormat":"CycloneDX","specVersion":"1.6"'],
      ['packages', '"spdxVersion":"SPDX-2.3"'],
    ] as const) {
      expect(tryRead(many(LIMITS.componentsMax, key, head))).toBe('read');
      expect(tryRead(many(LIMITS.componentsMax + 1, key, head))).toBe('LIMIT_EXCEEDED');
    }
  });

  it('A document over the limit of bytes is refused before it is read', () => {
    const document = Buffer.alloc(LIMITS.documentBytesMax + 1, ' ');
    document.write(JSON.stringify(spdx([])));
    expect(tryRead(document.subarray(0, LIMITS.documentBytesMax))).toBe('read');
    expect(tryRead(document)).toBe('LIMIT_EXCEEDED');
  });

  it('An SBOM is recognised without being parsed, wherever its version is', () => {
    expect(recogniseSbom(encodeJson(spdx([])))?.standard).toBe('spdx');
    expect(recogniseSbom(encodeJson(cyclonedx([])))?.standard).toBe('cyclonedx');
    const late = Buffer.from('\uFEFF \n{"packages":[],"spdxVersion" : "SPDX-2.2"}');
    expect(recogniseSbom(late)?.standard).toBe('spdx');
    for (const text of ['', '{}', '[]', 'x', '{"spdxVersion":"SPDX-3.0"}', '{"bomFormat":"x"}'])
      expect(recogniseSbom(Buffer.from(text)), text).toBeNull();
  });
});

describe('several entries for one package', () => {
  const purl = 'pkg:npm/a@1.0.0';

  it('Components are in the order of their purls, whatever the order of the document', () => {
    const order = ['pkg:npm/c@1', 'pkg:npm/a@1', 'pkg:npm/b@1'];
    const { components } = read(spdx(order.map((each) => withPurl(each)))).inventory;
    expect(components.map((each) => each.purl)).toEqual([...order].sort());
  });

  it('Entries of one purl become one component with all locations and licences', () => {
    const entry = (location: string, id: string): Json => ({
      type: 'library',
      'bom-ref': location,
      purl,
      licenses: [{ license: { id } }],
      evidence: { occurrences: [{ location }] },
    });
    const { components } = read(
      cyclonedx([entry('b', 'MIT'), entry('a', 'ISC'), entry('b', 'MIT')]),
    ).inventory;
    expect(components).toMatchObject([{ purl, licenses: ['MIT', 'ISC'], locations: ['b', 'a'] }]);
  });

  it('D10: a package that is shipped anywhere is not development only', () => {
    const entry = (scope: string): Json => ({ type: 'library', purl, scope });
    const isDev = (...scopes: string[]): JsonValue =>
      read(cyclonedx(scopes.map(entry))).inventory.components[0]?.development ?? null;
    expect([
      isDev('excluded'),
      isDev('excluded', 'required'),
      isDev('required', 'excluded'),
      isDev('optional'),
    ]).toEqual([true, false, false, false]);
  });

  it('Circular dependencies are kept as they are', () => {
    const entry = (name: string): Json => ({
      type: 'library',
      'bom-ref': name,
      purl: `pkg:npm/${name}@1`,
    });
    const dependencies = [
      { ref: 'a', dependsOn: ['b', 'b', 'nowhere', 3] },
      { ref: 'b', dependsOn: ['a', 'b'] },
    ];
    const { components } = read(cyclonedx([entry('a'), entry('b')], { dependencies })).inventory;
    expect(components.map(({ dependsOn }) => dependsOn)).toEqual([
      ['pkg:npm/b@1'],
      ['pkg:npm/a@1', 'pkg:npm/b@1'],
    ]);
  });
});
