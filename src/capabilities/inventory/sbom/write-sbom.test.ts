import { describe, expect, it } from 'vitest';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import type { Purl } from '../../../core/purl.ts';
import { orThrow } from '../../../core/result.ts';
import type { Component, Inventory } from '../../ecosystems/component.ts';
import { readSbom } from './read-sbom.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx } from './write-spdx.ts';

type Json = Record<string, unknown>;

const made = { at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } };
const digest = `sha256:${'a'.repeat(64)}` as Digest;
const layer = `sha256:${'c'.repeat(64)}` as Digest;
const bare: Component = {
  purl: 'pkg:npm/bare@1.0.0' as Purl,
  name: 'bare',
  version: '1.0.0',
  licenses: [],
  source: null,
  locations: [],
  layer: null,
  hashes: {},
  origin: null,
  dependsOn: [],
  development: false,
};
const full: Component = {
  ...bare,
  purl: 'pkg:deb/debian/libssl3@3.0.1?arch=amd64&distro=debian-12' as Purl,
  name: 'libssl3',
  version: '3.0.1',
  licenses: ['Apache-2.0', 'as the file LICENSE says'],
  source: { name: 'openssl', version: '3.0.1' },
  locations: ['var/lib/dpkg/status'],
  layer,
  hashes: { sha512: 'ab'.repeat(64), crc32: 'x' },
  origin: 'https://registry.example.com/libssl3.deb',
  dependsOn: [bare.purl],
};
const complete: Inventory = {
  subject: { name: 'registry.example.com/shop/trips', digest },
  os: { id: 'debian', versionId: '12', prettyName: 'Debian GNU/Linux 12' },
  components: [full, bare],
  outcome: 'complete',
  skips: [],
  found: ['dpkg'],
};
const partial: Inventory = {
  ...complete,
  outcome: 'partial',
  skips: [
    { location: 'app.jar', cause: new Failure('LIMIT_EXCEEDED', 'it is too large', 'Split it.') },
  ],
};
const parse = (bytes: Uint8Array): Json => JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;
const spdx = (inventory: Inventory): Json => parse(writeSpdx(inventory, made));
const cyclonedx = (inventory: Inventory): Json => parse(writeCycloneDx(inventory, made));
const readList = (document: Json, key: string): readonly Json[] => document[key] as readonly Json[];
const named = (document: Json, key: string, name: string): Json | undefined =>
  readList(document, key).find((each) => each['name'] === name);

describe('the content of an SPDX 2.3 document', () => {
  it('B15: tool with version, moment and generation context', () => {
    expect(spdx(complete)).toMatchObject({
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      creationInfo: {
        created: '2027-01-15T08:00:00Z',
        creators: ['Tool: waybill-0.1.0'],
        comment: 'Generation context: post-build.',
      },
    });
    const tree = { ...complete, subject: { name: '.', digest: null } };
    expect(JSON.stringify(spdx(tree)['creationInfo'])).toContain('pre-build');
    const built = parse(writeSpdx(tree, { ...made, context: 'build' }));
    expect(JSON.stringify(built['creationInfo'])).toContain('context: build');
  });

  it('B15: version, licence, supplier and hash of each package, or that they are unknown', () => {
    expect(named(spdx(complete), 'packages', 'libssl3')).toMatchObject({
      versionInfo: '3.0.1',
      supplier: 'Organization: Debian',
      licenseDeclared: expect.stringMatching(/^Apache-2[.]0 AND LicenseRef-[0-9a-f]{16}$/),
      checksums: [{ algorithm: 'SHA512', checksumValue: 'ab'.repeat(64) }],
      sourceInfo: 'built package from: openssl 3.0.1',
      downloadLocation: 'https://registry.example.com/libssl3.deb',
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: `${full.purl}&upstream=openssl`,
        },
      ],
    });
    expect(named(spdx(complete), 'packages', 'bare')).toMatchObject({
      supplier: 'NOASSERTION',
      licenseDeclared: 'NOASSERTION',
      downloadLocation: 'NOASSERTION',
      comment: 'waybill {"unknown":["hash","license","supplier"]}',
    });
  });

  it('B2: the image, the operating system, and their relations', () => {
    const document = spdx(complete);
    const kinds = readList(document, 'relationships').map(
      ({ relationshipType }) => relationshipType,
    );
    expect(kinds).toEqual(['DESCRIBES', 'CONTAINS', 'CONTAINS', 'DEPENDS_ON', 'CONTAINS']);
    expect(named(document, 'packages', 'debian')).toMatchObject({
      primaryPackagePurpose: 'OPERATING_SYSTEM',
    });
    const ids = new Set(readList(document, 'packages').map(({ SPDXID }) => SPDXID));
    for (const { spdxElementId, relatedSpdxElement } of readList(document, 'relationships')) {
      expect([...ids, 'SPDXRef-DOCUMENT']).toContain(spdxElementId);
      expect(ids).toContain(relatedSpdxElement);
    }
    for (const id of ids) expect(id).toMatch(/^SPDXRef-[a-zA-Z0-9.-]+$/);
    expect(readList(document, 'hasExtractedLicensingInfos')).toMatchObject([
      { extractedText: 'as the file LICENSE says' },
    ]);
  });

  it('truth A10, A22: a tree depends on what it requires itself, and an image contains all', () => {
    const make = (name: string, change: Partial<Component> = {}): Component => {
      return { ...bare, purl: `pkg:npm/${name}@1.0.0` as Purl, name, ...change };
    };
    const [b, c, loop] = [make('b'), make('c', { development: true }), make('loop')];
    const a = make('a', { dependsOn: [b.purl] });
    const turn = make('turn', { dependsOn: [loop.purl] });
    const components = [a, b, c, { ...loop, dependsOn: [turn.purl] }, turn];
    const tree = { ...complete, subject: { name: 'shop', digest: null }, os: null, components };
    const below = (inventory: Inventory) => {
      const document = spdx(inventory);
      const names = new Map(
        readList(document, 'packages').map(({ SPDXID, name }) => [SPDXID, String(name)]),
      );
      return readList(document, 'relationships')
        .filter(({ spdxElementId }) => spdxElementId === 'SPDXRef-Subject')
        .map(({ relationshipType, relatedSpdxElement: to }) => [relationshipType, names.get(to)]);
    };
    const needs = (...names: readonly string[]) => names.map((name) => ['DEPENDS_ON', name]);
    expect(below(tree)).toEqual(needs('a', 'loop'));
    expect(below({ ...tree, direct: [a.purl, b.purl] })).toEqual(needs('a', 'b', 'loop'));
    expect(below({ ...tree, subject: complete.subject })).toEqual(
      ['a', 'b', 'loop', 'turn'].map((name) => ['CONTAINS', name]),
    );
    const { inventory } = orThrow(readSbom(writeSpdx(tree, made)));
    expect(inventory.components).toEqual(components);
  });

  it('I3: a partial inventory says so for people and tools, and names what was not read', () => {
    const document = spdx(partial);
    expect(JSON.stringify(document['creationInfo'])).toContain('partial');
    expect(readList(document, 'relationships').at(-1)).toMatchObject({
      relatedSpdxElement: 'NOASSERTION',
    });
    expect(JSON.stringify(document['annotations'])).toContain('app.jar');
    expect(JSON.stringify(spdx(complete))).not.toMatch(
      /partial|"relatedSpdxElement":"NOASSERTION"|annotations/,
    );
  });

  it('A partial SPDX document has two signs, and each one is enough', () => {
    const { annotations, ...document } = spdx(partial);
    expect(annotations).toHaveLength(1);
    const relationships = readList(document, 'relationships').slice(0, -1);
    for (const less of [
      { ...document, relationships },
      { ...document, comment: undefined },
    ])
      expect(orThrow(readSbom(Buffer.from(JSON.stringify(less)))).inventory.outcome).toBe(
        'partial',
      );
  });
});

describe('the content of a CycloneDX 1.6 document', () => {
  it('B15: tool with version, moment, generation context and the image', () => {
    expect(cyclonedx(complete)).toMatchObject({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      serialNumber: expect.stringMatching(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      metadata: {
        timestamp: '2027-01-15T08:00:00Z',
        lifecycles: [{ phase: 'post-build' }],
        tools: { components: [{ name: 'waybill', version: '0.1.0' }] },
        component: {
          type: 'container',
          version: digest,
          hashes: [{ alg: 'SHA-256', content: 'a'.repeat(64) }],
        },
      },
    });
  });

  it('B15: version, licence, supplier, hash, layer and place of each component, or unknown', () => {
    expect(named(cyclonedx(complete), 'components', 'libssl3')).toMatchObject({
      version: '3.0.1',
      purl: `${full.purl}&upstream=openssl`,
      supplier: { name: 'Debian' },
      hashes: [{ alg: 'SHA-512', content: 'ab'.repeat(64) }],
      licenses: [
        { license: { id: 'Apache-2.0' } },
        { license: { name: 'as the file LICENSE says' } },
      ],
      evidence: { occurrences: [{ location: 'var/lib/dpkg/status' }] },
      properties: expect.arrayContaining([
        { name: 'waybill:layer', value: layer },
        { name: 'aquasecurity:trivy:SrcName', value: 'openssl' },
      ]),
    });
    expect(named(cyclonedx(complete), 'components', 'bare')).toMatchObject({
      properties: ['hash', 'license', 'supplier'].map((value) => ({
        name: 'waybill:unknown',
        value,
      })),
    });
  });

  it('I3: completeness is a composition, and skips are listed', () => {
    expect(cyclonedx(complete)['compositions']).toEqual([
      { aggregate: 'complete', assemblies: ['subject'] },
    ]);
    expect(cyclonedx(partial)['compositions']).toEqual([
      { aggregate: 'incomplete', assemblies: ['subject'] },
    ]);
    expect(JSON.stringify(cyclonedx(partial)['metadata'])).toContain('app.jar');
  });

  it('A partial document without its composition has another sign', () => {
    const inventory = { ...partial, skips: [] };
    const { compositions, ...document } = cyclonedx(inventory);
    expect(compositions).toHaveLength(1);
    expect(orThrow(readSbom(Buffer.from(JSON.stringify(document)))).inventory.outcome).toBe(
      'partial',
    );
  });

  it('Documents with different content have different identities', () => {
    const other = { ...complete, components: [full, { ...bare, licenses: ['MIT'] }] };
    expect(cyclonedx(other)['serialNumber']).not.toBe(cyclonedx(complete)['serialNumber']);
    expect(spdx(other)['documentNamespace']).not.toBe(spdx(complete)['documentNamespace']);
  });

  it('Development dependencies have the scope "excluded", as in other tools', () => {
    const document = cyclonedx({ ...complete, components: [full, { ...bare, development: true }] });
    expect(named(document, 'components', 'bare')).toMatchObject({ scope: 'excluded' });
    expect(named(document, 'components', 'libssl3')).not.toHaveProperty('scope');
  });
});

describe("Trivy's SPDX", () => {
  const trivy = (entry: Json): Json => ({
    spdxVersion: 'SPDX-2.3',
    name: 'rootfs',
    creationInfo: {
      created: '2026-01-01T00:00:00Z',
      creators: ['Organization: aquasecurity', 'Tool: trivy-0.58.0'],
    },
    packages: [
      {
        SPDXID: 'SPDXRef-Application-1',
        name: 'package-lock.json',
        primaryPackagePurpose: 'APPLICATION',
      },
      { SPDXID: 'SPDXRef-OperatingSystem-1', name: 'debian', versionInfo: '12.11' },
      {
        SPDXID: 'SPDXRef-Package-1',
        name: 'bsdutils',
        versionInfo: '1:2.38.1-5+deb12u3',
        sourceInfo: 'built package from: util-linux 2.38.1-5+deb12u3',
        attributionTexts: ['PkgID: bsdutils', `LayerDiffID: ${layer}`],
        externalRefs: [
          {
            referenceType: 'purl',
            referenceLocator:
              'pkg:deb/debian/bsdutils@2.38.1-5%2Bdeb12u3?arch=amd64&distro=debian-12.11&epoch=1',
          },
        ],
      },
      entry,
    ],
  });

  it('B2: names epoch, source package, layer and lock files in its own way; all are read', () => {
    const reading = orThrow(readSbom(Buffer.from(JSON.stringify(trivy({ ...bareEntry })))));
    expect(reading.inventory.components[0]).toMatchObject({
      purl: 'pkg:deb/debian/bsdutils@1:2.38.1-5%2Bdeb12u3?arch=amd64&distro=debian-12',
      version: '1:2.38.1-5+deb12u3',
      source: { name: 'util-linux', version: '2.38.1-5+deb12u3' },
      layer,
    });
    expect([reading.tool, reading.claim, reading.inventory.skips.length]).toEqual([
      'trivy-0.58.0',
      null,
      1,
    ]);
  });

  it('I3: a nameless library beside its lock files still makes it partial', () => {
    const reading = orThrow(
      readSbom(Buffer.from(JSON.stringify(trivy({ name: 'vendored', versionInfo: '1' })))),
    );
    expect(reading.inventory.outcome).toBe('partial');
  });

  it('I3: a nameless application is a lock file only in Trivy, and only without a version', () => {
    const lockFile = { name: 'x', primaryPackagePurpose: 'APPLICATION' };
    const claim = { comment: 'waybill {"outcome":"complete"}' };
    const readOutcome = (document: Json): string =>
      orThrow(readSbom(Buffer.from(JSON.stringify({ ...document, ...claim })))).inventory.outcome;
    expect(readOutcome(trivy(lockFile))).toBe('complete');
    expect(readOutcome(trivy({ ...lockFile, versionInfo: '1' }))).toBe('partial');
    expect(readOutcome({ ...trivy(lockFile), creationInfo: { creators: ['Tool: other'] } })).toBe(
      'partial',
    );
  });

  const bareEntry = {
    name: 'a',
    externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:npm/a@1' }],
  };
});
