import { describe, expect, it } from 'vitest';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import type { ParsedSbom } from './component-collector.ts';
import { readSbom } from './read-sbom.ts';
import { listSbomGaps } from './sbom-gaps.ts';
import { writeCycloneDx } from './write-cyclonedx.ts';
import { writeSpdx } from './write-spdx.ts';

/** What other tools write, and what they read of ours. */
type Json = Readonly<Record<string, unknown>>;

const made = { at: toInstant(1_800_000_000_000), tool: { name: 'waybill', version: '0.1.0' } };
const read = (document: Json): ParsedSbom =>
  orThrow(readSbom(Buffer.from(JSON.stringify(document))));
const messages = ({ inventory }: ParsedSbom): string =>
  inventory.skips.map(({ cause }) => cause.message).join('\n');
const entry = (name: string, rest: Json = {}): Json => ({
  SPDXID: `SPDXRef-${name}`,
  name,
  externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/${name}@1.0.0` }],
  ...rest,
});
const edge = (from: string, relationshipType: string, to: string): Json => ({
  spdxElementId: `SPDXRef-${from}`,
  relationshipType,
  relatedSpdxElement: to.startsWith('DocumentRef-') ? to : `SPDXRef-${to}`,
});
/** With relationships of a document that is not of our own form. */
const spdx = (packages: readonly Json[], ...relationships: readonly Json[]): Json => ({
  spdxVersion: 'SPDX-2.3',
  name: 'x',
  packages,
  relationships,
});
const cyclonedx = (components: readonly Json[], rest: Json = {}): Json => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  components,
  compositions: [{ aggregate: 'complete' }],
  ...rest,
});
const library = (name: string, rest: Json = {}): Json => ({
  type: 'library',
  'bom-ref': name,
  name,
  version: '1.0.0',
  purl: `pkg:npm/${name}@1.0.0`,
  ...rest,
});

const component = (name: string, rest: Partial<Component> = {}): Component => ({
  purl: `pkg:npm/${name}@1.0.0` as Component['purl'],
  name,
  version: '1.0.0',
  licenses: [],
  source: null,
  locations: [],
  layer: null,
  hashes: {},
  origin: null,
  dependsOn: [],
  development: false,
  ...rest,
});
const inventory = (components: readonly Component[]): Inventory => ({
  subject: { name: 'x', digest: null },
  os: { id: 'debian', versionId: '12', prettyName: null },
  components,
  outcome: 'complete',
  skips: [],
  found: ['npm-lock'],
});
const writeJson = (write: typeof writeSpdx, components: readonly Component[]): Json =>
  JSON.parse(Buffer.from(write(inventory(components), made)).toString()) as Json;

describe('truth A10, C07: the operating system of an SPDX document', () => {
  it('is written as the published schema spells it', () => {
    expect(JSON.stringify(writeJson(writeSpdx, []))).toContain(
      '"primaryPackagePurpose":"OPERATING_SYSTEM"',
    );
  });

  it.each(['OPERATING_SYSTEM', 'OPERATING-SYSTEM'])('is read as %s', (primaryPackagePurpose) => {
    const system = { SPDXID: 'SPDXRef-os', name: 'debian', versionInfo: '12' };
    const reading = read(spdx([{ ...system, primaryPackagePurpose }, entry('a')]));
    expect(reading.inventory.os).toMatchObject({ id: 'debian', versionId: '12' });
    expect(reading.inventory.components).toHaveLength(1);
    expect(messages(reading)).toBe('it does not say whether it lists everything');
  });
});

describe('truth A10, C09: what lies in another document is not known', () => {
  it.each([
    ['CONTAINS', true],
    ['DEPENDS_ON', true],
    ['STATIC_LINK', true],
    ['OTHER', true],
    ['AMENDS', false],
    ['DESCENDANT_OF', false],
  ])('SPDX: %s: partial: %s', (kind, partial) => {
    const document = {
      ...spdx([entry('a')], edge('a', kind, 'DocumentRef-base:SPDXRef-glibc')),
      comment: 'waybill {"outcome":"complete"}',
    };
    const reading = read(document);
    expect(reading.inventory.outcome).toBe(partial ? 'partial' : 'complete');
    expect(messages(reading)).toBe(
      partial ? '1 package in a document that was not read: DocumentRef-base:SPDXRef-glibc' : '',
    );
  });

  it('CycloneDX: a BOM-Link among the dependencies, and a component with a BOM of its own', () => {
    const link = 'urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#glibc';
    const linked = cyclonedx([library('a')], { dependencies: [{ ref: 'a', dependsOn: [link] }] });
    expect(messages(read(linked))).toContain(`in a document that was not read: ${link}`);
    const own = [{ type: 'bom', url: 'https://example.com/a.cdx.json' }];
    const apart = read(cyclonedx([library('a', { externalReferences: own })]));
    expect(messages(apart)).toContain('with its parts in a document that was not read: a');
    for (const holder of [
      cyclonedx([library('a')], { externalReferences: own }),
      cyclonedx([library('a')], {
        metadata: { component: { name: 'x', externalReferences: own } },
      }),
      cyclonedx([library('a'), { type: 'file', name: 'x', externalReferences: own }]),
    ])
      expect(messages(read(holder))).toContain('with its parts in a document that was not read');
    const serial = '3e671687-395b-41f5-a30f-a58921a69b79';
    const itself = [{ type: 'bom', url: `urn:cdx:${serial}/2` }];
    const named = { serialNumber: `urn:uuid:${serial}`, externalReferences: itself };
    expect(read(cyclonedx([library('a')], named)).inventory.outcome).toBe('complete');
    const site = [{ type: 'website', url: 'https://example.com' }];
    const plain = read(cyclonedx([library('a', { externalReferences: site })]));
    expect([apart.inventory.outcome, plain.inventory.outcome]).toEqual(['partial', 'complete']);
  });
});

describe('truth A10, C10: dependencies', () => {
  it('no entry says that a component has none where nothing is known', () => {
    const [a, b] = [component('a', { dependsOn: [component('b').purl] }), component('b')];
    expect(writeJson(writeCycloneDx, [a, b])['dependencies']).toEqual([
      expect.objectContaining({ ref: 'subject' }),
      { ref: a.purl, dependsOn: [b.purl] },
    ]);
  });

  it.each([
    ['DEPENDS_ON', false],
    ['HAS_PREREQUISITE', false],
    ['DYNAMIC_LINK', false],
    ['STATIC_LINK', false],
    ['DEPENDENCY_OF', true],
    ['RUNTIME_DEPENDENCY_OF', true],
    ['OPTIONAL_DEPENDENCY_OF', true],
    ['PROVIDED_DEPENDENCY_OF', true],
    ['BUILD_DEPENDENCY_OF', true],
    ['DEV_DEPENDENCY_OF', true],
    ['TEST_DEPENDENCY_OF', true],
    ['PREREQUISITE_FOR', true],
  ])('SPDX: a %s b is read; the other way round: %s', (kind, reversed) => {
    const reading = read(spdx([entry('a'), entry('b')], edge('a', kind, 'b')));
    const [a, b] = reading.inventory.components;
    expect(a?.dependsOn).toEqual(reversed ? [] : [b?.purl]);
    expect(b?.dependsOn).toEqual(reversed ? [a?.purl] : []);
  });

  it('what is needed for development and shipped as well is shipped', () => {
    const development = (...edges: readonly Json[]) =>
      read(spdx([entry('root'), entry('a'), entry('b')], ...edges)).inventory.components.map(
        (one) => one.development,
      );
    const forDevelopment = edge('b', 'DEV_DEPENDENCY_OF', 'root');
    expect(development(forDevelopment)).toEqual([false, true, false]);
    expect(development(forDevelopment, edge('a', 'DEPENDS_ON', 'b'))).toEqual([
      false,
      false,
      false,
    ]);
    // Needed only by something that is itself for development.
    const tool = edge('a', 'DEV_DEPENDENCY_OF', 'root');
    expect(development(forDevelopment, tool, edge('a', 'DEPENDS_ON', 'b'))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('truth A10: licences', () => {
  it.each([
    ['mit', 'MIT'],
    ['apache-2.0 or mit', 'Apache-2.0 OR MIT'],
    ['(bsd-3-clause and ofl-1.1)', '(BSD-3-Clause AND OFL-1.1)'],
    ['Expat', 'MIT'],
    ['GPL-2+', 'GPL-2.0-or-later'],
    ['GPL-2+ and LGPL-2.1+', 'GPL-2.0-or-later AND LGPL-2.1+'],
    ['GPL-2.0-only WITH Classpath-exception-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0'],
    ['UNLICENSED', 'UNLICENSED'],
    ['SEE LICENSE IN LICENSE', 'SEE LICENSE IN LICENSE'],
    ['public-domain', 'public-domain'],
  ])('%j is %j in either format', (text, expected) => {
    const licensed = cyclonedx([library('a', { licenses: [{ license: { name: text } }] })]);
    const declared = spdx([entry('a', { licenseDeclared: text })]);
    for (const document of [licensed, declared])
      expect(read(document).inventory.components[0]?.licenses).toEqual([expected]);
  });

  it('A22: beside a name that is not one, an SPDX identifier stays an identifier', () => {
    const licenses = ['Apache-2.0', 'MIT OR ISC', 'as the file says'];
    const [written] = (
      writeJson(writeCycloneDx, [component('a', { licenses })])['components'] as Json[]
    ).slice(1);
    expect(written?.['licenses']).toEqual([
      { license: { id: 'Apache-2.0' } },
      { license: { name: 'MIT OR ISC' } },
      { license: { name: 'as the file says' } },
    ]);
  });
});

describe('truth A22: what other tools find in our documents', () => {
  const installed = (name: string, source: Component['source'], version = '3.0.11-1'): Component =>
    component(name, {
      purl: `pkg:deb/debian/${name}@${version}?arch=amd64&distro=debian-12` as Component['purl'],
      version,
      source,
    });
  const written = (write: typeof writeSpdx, one: Component): string =>
    JSON.stringify(writeJson(write, [one]));

  it.each([
    ['libssl3', 'openssl', '3.0.11-1', '&upstream=openssl'],
    ['libc6', 'glibc', '2.36-9', '&upstream=glibc%402.36-9'],
    ['a', 'a', '1:2.0', '&upstream=a%401:2.0'],
    ['openssl', 'openssl', '3.0.11-1', ''],
  ])('Grype finds the source package of %s: %s %s', (name, source, version, upstream) => {
    const one = installed(name, { name: source, version });
    for (const write of [writeSpdx, writeCycloneDx]) {
      expect(written(write, one)).toContain(`?arch=amd64&distro=debian-12${upstream}"`);
      const [again] = read(writeJson(write, [one])).inventory.components;
      expect([again?.purl, again?.source]).toEqual([one.purl, one.source]);
    }
  });

  it('Trivy finds it in its own property, and what we wrote before is still read', () => {
    const one = installed('libssl3', { name: 'openssl', version: '3.0.11-1' });
    expect(written(writeCycloneDx, one)).toContain(
      '{"name":"aquasecurity:trivy:SrcName","value":"openssl"},' +
        '{"name":"aquasecurity:trivy:SrcVersion","value":"3.0.11-1"}',
    );
  });

  it.each([
    ['pkg:deb/debian/libssl3@3.0?arch=amd64&distro=bookworm&source=openssl', '3.0'],
    ['pkg:deb/debian/libssl3@3.0?distro=bookworm&source=openssl&sourceversion=3.0-1', '3.0-1'],
    ['pkg:apk/alpine/libssl3@3.0?distro=3.18&origin=openssl', '3.0'],
  ])('SCALIBR: %s names its source package', (purl, version) => {
    const [found] = read(cyclonedx([library('libssl3', { purl, version: '3.0' })])).inventory
      .components;
    expect(found?.source).toEqual({ name: 'openssl', version });
    expect(found?.purl).not.toMatch(/source|origin/);
  });

  const roots = (document: Json): unknown =>
    (document['dependencies'] as Json[]).find(({ ref }) => ref === 'subject')?.['dependsOn'];

  it('the root depends on its direct dependencies only', () => {
    const purl = (name: string) => component(name).purl;
    const all = [
      component('a', { dependsOn: [purl('b')] }),
      component('b', { dependsOn: [purl('b')] }),
      component('x', { dependsOn: [purl('y')] }),
      component('y', { dependsOn: [purl('x')] }),
    ];
    const tops = ['operating-system', purl('a'), purl('x')];
    expect(roots(writeJson(writeCycloneDx, all))).toEqual(tops);
    const known = { ...inventory(all), direct: [purl('a'), purl('b'), purl('x')] };
    const document = JSON.parse(Buffer.from(writeCycloneDx(known, made)).toString()) as Json;
    expect(roots(document)).toEqual(['operating-system', ...known.direct]);
  });

  it.each([
    ['syft-1.18.0', toInstant(1_700_000_000_000)],
    ['syft-1.18.0', null],
    [null, toInstant(1_700_000_000_000)],
    [null, null],
  ])('a converted document is of tool %s and time %s, as its source says', (tool, createdAt) => {
    for (const write of [writeSpdx, writeCycloneDx]) {
      const options = { ...made, origin: { tool, createdAt } };
      const again = orThrow(readSbom(write({ ...inventory([]), outcome: 'partial' }, options)));
      expect([again.tool, again.createdAt, again.claim]).toEqual([tool, createdAt, 'partial']);
    }
  });
});

it('truth A22: a converted document calls nothing source code that its source does not', () => {
  const origin = { tool: 'scalibr', createdAt: null };
  const purposes = (options: Parameters<typeof writeSpdx>[1]) =>
    Buffer.from(writeSpdx({ ...inventory([]), os: null }, options)).includes('"SOURCE"');
  expect([purposes(made), purposes({ ...made, origin })]).toEqual([true, false]);
});

describe('truth A14: an SBOM with the findings of a scan', () => {
  it.each<[string, Json, RegExp | null]>([
    [
      'says that they are not read',
      { vulnerabilities: [{ id: 'CVE-1' }, {}] },
      /^2 vulnerab.*SARIF/,
    ],
    ['says nothing where it has none', { vulnerabilities: [] }, null],
    ['nor where the list is none', { vulnerabilities: 'x' }, null],
  ])('%s', (_what, rest, said) => {
    const gaps = listSbomGaps(read(cyclonedx([library('a')], rest)));
    const found = gaps.filter((gap) => gap.includes('vulnerab'));
    expect(found).toHaveLength(said === null ? 0 : 1);
    if (said !== null) expect(found[0]).toMatch(said);
  });
});
