import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { readSbom } from './read-sbom.ts';

type Json = Readonly<Record<string, unknown>>;

const part = { type: 'library', 'bom-ref': 'part', name: 'a', purl: 'pkg:npm/a@1.0.0' };
const file = { type: 'file', 'bom-ref': 'file', name: 'a.txt' };
const services = [{ 'bom-ref': 'outer', services: [{ 'bom-ref': 'service', name: 's' }] }];

function cyclonedx(needing: string, dependsOn: readonly string[]): Json {
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { type: 'application', 'bom-ref': 'root', name: 'x' } },
    ...{ components: [part, file], services, compositions: [{ aggregate: 'complete' }] },
    dependencies: [{ ref: needing, dependsOn }],
  };
}

const PART = 'SPDXRef-part';

function spdx(from: string, kind: string, to: string): Json {
  const reference = { referenceType: 'purl', referenceLocator: 'pkg:npm/a@1.0.0' };
  return {
    ...{ spdxVersion: 'SPDX-2.3', name: 'x', comment: 'waybill {"outcome":"complete"}' },
    packages: [{ SPDXID: PART, name: 'a', versionInfo: '1.0.0', externalRefs: [reference] }],
    files: [{ SPDXID: 'SPDXRef-file' }],
    snippets: [{ SPDXID: 'SPDXRef-snippet' }],
    relationships: [{ spdxElementId: from, relationshipType: kind, relatedSpdxElement: to }],
  };
}

describe('truth A2, I3: a document that names what it does not describe is not complete', () => {
  it.each<[string, Json, string | null]>([
    ['on a part and on the whole', cyclonedx('root', ['part', 'root']), null],
    ['on a file', cyclonedx('root', ['file']), null],
    ['on a service', cyclonedx('root', ['service']), null],
    ['on nothing, twice', cyclonedx('root', ['part', 'lost', 'lost']), 'lost'],
    ['on an inherited name', cyclonedx('root', ['constructor']), 'constructor'],
    ['of nothing', cyclonedx('lost', ['part']), 'lost'],
    ['on an SPDX package', spdx(PART, 'DEPENDS_ON', PART), null],
    ['on an SPDX file', spdx(PART, 'DEPENDS_ON', 'SPDXRef-file'), null],
    ['on an SPDX snippet', spdx(PART, 'DEPENDS_ON', 'SPDXRef-snippet'), null],
    ['of an SPDX document', spdx('SPDXRef-DOCUMENT', 'DEPENDS_ON', PART), null],
    ['on no SPDX element, as it says', spdx(PART, 'DEPENDS_ON', 'NONE'), null],
    ['on no SPDX element', spdx(PART, 'DEPENDS_ON', 'SPDXRef-x'), 'SPDXRef-x'],
    ['on what nobody knows', spdx(PART, 'STATIC_LINK', 'NOASSERTION'), ''],
    ['of no SPDX element', spdx('SPDXRef-x', 'DEPENDENCY_OF', PART), 'SPDXRef-x'],
  ])('a dependency %s', (_, document, lost) => {
    const { inventory } = orThrow(readSbom(Buffer.from(JSON.stringify(document))));
    expect(inventory.outcome).toBe(lost === null ? 'complete' : 'partial');
    expect(inventory.skips.map(({ cause }) => cause.message)).toEqual(
      lost === null || lost === ''
        ? []
        : [`1 package named in the dependencies and not described: ${lost}`],
    );
  });
});

describe('truth A2: a claim to be whole that shows no look at anything', () => {
  const WHOLE = [{ aggregate: 'complete' }];
  const read = (document: Json) =>
    orThrow(readSbom(Buffer.from(JSON.stringify(document)))).inventory;
  const listed = (components: readonly Json[], metadata: Json = {}) =>
    read({
      ...{ bomFormat: 'CycloneDX', specVersion: '1.6', compositions: WHOLE },
      ...{ components, metadata },
    });

  it.each<[string, Json, 'complete' | 'partial']>([
    ['that says nothing else', {}, 'partial'],
    ['that says which kinds were found', { found: ['npm-lock'] }, 'complete'],
    [
      'that counts what belongs to no component',
      { unexplained: { files: 1, bytes: 3, executables: 0 } },
      'complete',
    ],
  ])('an empty list in our own form, %s', (_what, said, outcome) => {
    const comment = `waybill ${JSON.stringify({ outcome: 'complete', ...said })}`;
    const empty = { spdxVersion: 'SPDX-2.3', name: 'x', comment, packages: [] };
    expect(read(empty).outcome).toBe(outcome);
    const properties = [
      { name: 'waybill:outcome', value: 'complete' },
      ...('found' in said ? [{ name: 'waybill:found', value: 'npm-lock' }] : []),
      ...('unexplained' in said ? [{ name: 'waybill:unexplained', value: comment }] : []),
    ];
    expect(listed([], { properties }).outcome).toBe(outcome);
  });

  it.each<[string, Json]>([
    ['names a part and no aggregate', { compositions: [...WHOLE, { assemblies: ['part'] }] }],
    ['has an aggregate of no kind', { compositions: [...WHOLE, { aggregate: 5 }] }],
  ])('a composition that %s leaves the list open', (_, more) => {
    const whole = { bomFormat: 'CycloneDX', specVersion: '1.6', components: [part] };
    expect(read({ ...whole, compositions: WHOLE }).outcome).toBe('complete');
    expect(read({ ...whole, ...more }).outcome).toBe('partial');
  });

  it('another image without its parts leaves the list open, whatever names it', () => {
    const base = { type: 'container', 'bom-ref': 'base', name: 'base', version: '12' };
    const { outcome, skips } = listed([part, base]);
    expect([outcome, ...skips.map(({ cause }) => cause.message)]).toEqual([
      'partial',
      '1 package for an image whose contents are not listed: base',
    ]);
    // Its parts are listed, or it is the described image itself.
    expect(listed([{ ...base, components: [part] }]).outcome).toBe('complete');
    expect(listed([part, base], { component: base }).outcome).toBe('complete');
  });
});

describe('truth B1: components share the lists that they have in common', () => {
  it('and one that gains a licence or a dependency leaves the others as they were', () => {
    const named = (id: string, name: string, license: string) => ({
      ...{ SPDXID: `SPDXRef-${id}`, name, versionInfo: '1.0.0', licenseDeclared: license },
      externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/${name}@1.0.0` }],
    });
    const document = {
      ...spdx('SPDXRef-1', 'DEPENDS_ON', 'SPDXRef-2'),
      packages: [named('1', 'a', 'MIT'), named('2', 'b', 'MIT'), named('3', 'a', 'ISC')],
    };
    const { inventory } = orThrow(readSbom(Buffer.from(JSON.stringify(document))));
    expect(inventory.components.map((each) => [each.licenses, each.dependsOn])).toEqual([
      [['MIT', 'ISC'], ['pkg:npm/b@1.0.0']],
      [['MIT'], []],
    ]);
  });
});
