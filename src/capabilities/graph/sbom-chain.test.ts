import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import type { Purl } from '../../core/purl.ts';
import { findDependencyChain } from './sbom-chain.ts';

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const B = 'pkg:npm/b@2' as Purl;

const component = (name: string, purl: string) => ({
  type: 'library',
  'bom-ref': name,
  name,
  purl,
});
const cycloneDx = (more: object) => ({
  ...{
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { 'bom-ref': 'app', name: 'trips' } },
  },
  components: [component('a', 'pkg:npm/a@1'), component('b', B), component('c', 'pkg:npm/c@3')],
  ...more,
});
const spdx = (
  relationships: readonly (readonly [string, string, string])[],
  more: object = {},
) => ({
  spdxVersion: 'SPDX-2.3',
  packages: [
    { SPDXID: 'SPDXRef-app', name: 'trips', versionInfo: '1.4' },
    ...['a@1', 'b@2'].map((name) => ({
      ...{ SPDXID: `SPDXRef-${name[0]}`, name: name[0], versionInfo: name.slice(2) },
      externalRefs: [{ referenceType: 'purl', referenceLocator: `pkg:npm/${name}` }],
    })),
  ],
  relationships: relationships.map(([from, kind, to]) => ({
    ...{
      spdxElementId: `SPDXRef-${from}`,
      relationshipType: kind,
      relatedSpdxElement: `SPDXRef-${to}`,
    },
  })),
  ...more,
});

describe('the path to a component', () => {
  it('G9: is the shortest one in the CycloneDX dependencies, with or without loops', () => {
    const dependencies = [
      { ref: 'app', dependsOn: ['a', 'c'] },
      { ref: 'a', dependsOn: ['c', 'a'] },
      { ref: 'c', dependsOn: ['b', 'app'] },
    ];
    expect(findDependencyChain(bytes(cycloneDx({ dependencies })), B)).toEqual({
      kind: 'path',
      steps: ['trips', 'pkg:npm/c@3', B],
    });
  });

  it('is told in every shortest form, and no longer one', () => {
    const dependencies = [
      { ref: 'app', dependsOn: ['a', 'c', 'a'] },
      { ref: 'a', dependsOn: ['b', 'c'] },
      { ref: 'c', dependsOn: ['b', 'app'] },
    ];
    expect(findDependencyChain(bytes(cycloneDx({ dependencies })), B)).toEqual({
      kind: 'path',
      steps: ['trips', 'pkg:npm/a@1', B],
      others: [['trips', 'pkg:npm/c@3', B]],
      othersMore: false,
    });
  });

  it('is bounded where there are very many of one length', () => {
    // Layers of ten elements, each of which leads to all of the next one: 10^9 shortest paths.
    const layers = Array.from({ length: 9 }, (_, layer) =>
      Array.from({ length: 10 }, (_, at) => `l${layer}n${at}`),
    );
    const components = [
      component('b', B),
      ...layers.flat().map((name) => component(name, `pkg:npm/${name}@1`)),
    ];
    const dependencies = [
      { ref: 'app', dependsOn: layers[0] },
      ...layers.flatMap((names, layer) =>
        names.map((ref) => ({ ref, dependsOn: layers[layer + 1] ?? ['b'] })),
      ),
    ];
    const chain = findDependencyChain(bytes(cycloneDx({ components, dependencies })), B);
    expect(chain).toMatchObject({ kind: 'path', othersMore: true });
    expect(chain.kind === 'path' ? chain.others : []).toHaveLength(LIMITS.whyPathsMax - 1);
  });

  it('goes through components that are inside a component', () => {
    const inside = { ...component('a', 'pkg:npm/a@1'), components: [component('b', B)] };
    const app = { 'bom-ref': 'app', name: 'trips', version: '1.4', components: [inside] };
    expect(
      findDependencyChain(bytes(cycloneDx({ metadata: { component: app }, components: [] })), B),
    ).toEqual({
      kind: 'path',
      steps: ['trips@1.4', 'pkg:npm/a@1', B],
    });
  });

  it('is read from SPDX relationships, in both directions', () => {
    const steps = { kind: 'path', steps: ['trips@1.4', 'pkg:npm/a@1', B] };
    const described = ['DOCUMENT', 'DESCRIBES', 'app'] as const;
    for (const document of [
      spdx([described, ['app', 'CONTAINS', 'a'], ['a', 'DEPENDS_ON', 'b']]),
      spdx([described, ['a', 'CONTAINED_BY', 'app'], ['b', 'RUNTIME_DEPENDENCY_OF', 'a']]),
      spdx(
        [
          ['a', 'DEPENDENCY_OF', 'app'],
          ['a', 'DEPENDS_ON', 'b'],
        ],
        { documentDescribes: ['SPDXRef-app'] },
      ),
    ])
      expect(findDependencyChain(bytes(document), B)).toEqual(steps);
  });

  it('truth A10: says what needs it, also where the root contains every package', () => {
    const contains = ['a', 'b'].map((name) => ['app', 'CONTAINS', name] as const);
    const told = (...more: readonly (readonly [string, string, string])[]) =>
      findDependencyChain(bytes(spdx([['DOCUMENT', 'DESCRIBES', 'app'], ...contains, ...more])), B);
    const direct = { kind: 'path', steps: ['trips@1.4', B] };
    expect(told(['a', 'DEPENDS_ON', 'b'])).toEqual({
      kind: 'path',
      steps: ['trips@1.4', 'pkg:npm/a@1', B],
    });
    expect(told()).toEqual(direct);
    // In a loop, each is needed by the other.
    expect(told(['a', 'DEPENDS_ON', 'b'], ['b', 'DEPENDS_ON', 'a'])).toEqual(direct);
  });

  it('truth A20, C30: is shown as far as it is told, where the document names no root', () => {
    const told = (document: object) => findDependencyChain(bytes(document), B);
    const dependsOn = [['a', 'DEPENDS_ON', 'b'] as const];
    const chain = { kind: 'rootless', steps: ['pkg:npm/a@1', B] };
    expect(told(spdx(dependsOn))).toEqual(chain);
    const dependencies = [{ ref: 'a', dependsOn: ['b'] }];
    expect(told(cycloneDx({ metadata: {}, dependencies }))).toEqual(chain);
    // The root is named and does not lead there.
    expect(told(cycloneDx({ dependencies }))).toEqual(chain);
    const far = [{ ref: 'c', dependsOn: ['a'] }, ...dependencies];
    expect(told(cycloneDx({ metadata: {}, dependencies: far }))).toEqual({
      kind: 'rootless',
      steps: ['pkg:npm/c@3', 'pkg:npm/a@1', B],
    });
    const loop = [...dependencies, { ref: 'b', dependsOn: ['a'] }];
    expect(told(cycloneDx({ metadata: {}, dependencies: loop }))).toEqual(chain);
    // What it leads to says nothing about how it got there.
    expect(told(spdx([['b', 'DEPENDS_ON', 'a']]))).toEqual({ kind: 'listed' });
    const rooted = [...dependencies, { ref: 'app', dependsOn: ['a'] }];
    expect(told(cycloneDx({ dependencies: rooted }))).toMatchObject({ kind: 'path' });
  });

  it('is not invented: a component without any relation is only listed', () => {
    expect(findDependencyChain(bytes(cycloneDx({})), B)).toEqual({ kind: 'listed' });
    expect(findDependencyChain(bytes(spdx([['b', 'DEPENDS_ON', 'a']])), B)).toEqual({
      kind: 'listed',
    });
  });

  it('is unknown if the document does not name it, is no SBOM, or is too large', () => {
    expect(findDependencyChain(bytes(cycloneDx({})), 'pkg:npm/z@1' as Purl)).toMatchObject({
      kind: 'unknown',
    });
    for (const other of ['', 'text', '[]', '{}', '{"spdxVersion":2}', '{"a":1,"a":2}'])
      expect(findDependencyChain(new TextEncoder().encode(other), B)).toMatchObject({
        kind: 'unknown',
      });
    const padded = Buffer.alloc(LIMITS.whyDocumentBytesMax + 1, ' ');
    padded.set(bytes(cycloneDx({ dependencies: [{ ref: 'app', dependsOn: ['b'] }] })));
    expect(findDependencyChain(padded, B)).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('bytes'),
    });
    expect(findDependencyChain(padded.subarray(0, LIMITS.whyDocumentBytesMax), B)).toMatchObject({
      kind: 'path',
    });
  });

  it('never throws for any document: arbitrary bytes, arbitrary JSON in every place', () => {
    const place = fc.constantFrom(
      'metadata',
      'components',
      'dependencies',
      'packages',
      'relationships',
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        place,
        fc.jsonValue(),
        fc.boolean(),
        (raw, at, value, isSpdx) => {
          expect(['path', 'rootless', 'listed', 'unknown']).toContain(
            findDependencyChain(raw, B).kind,
          );
          const document = {
            ...(isSpdx ? spdx([['app', 'DEPENDS_ON', 'b']]) : cycloneDx({})),
            [at]: value,
          };
          expect(['path', 'rootless', 'listed', 'unknown']).toContain(
            findDependencyChain(bytes(document), B).kind,
          );
        },
      ),
    );
  });
});
