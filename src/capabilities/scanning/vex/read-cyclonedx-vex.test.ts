import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { recogniseVex } from './formats.ts';
import { readVex } from './read-vex.ts';

const SERIAL = '3e671687-395b-41f5-a30f-a58921a69b79';
const IMAGE = sha256('image');
const OCI = `pkg:oci/trips@${IMAGE.replace(':', '%3A')}`;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const COMPONENTS = [
  { 'bom-ref': 'pad', type: 'library', name: 'pad', purl: 'pkg:npm/pad@1' },
  { 'bom-ref': 'any', type: 'library', name: 'any', purl: 'pkg:npm/any' },
  { 'bom-ref': 'twice', purl: 'pkg:npm/one@1' },
  { 'bom-ref': 'twice', purl: 'pkg:npm/two@1' },
  { 'bom-ref': 'bare', name: 'bare' },
  { 'bom-ref': 'outer', components: [{ 'bom-ref': 'inner', purl: 'pkg:npm/inner@2' }] },
];
const bom = (vulnerability: object, more: object = {}) => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:${SERIAL}`,
  metadata: {
    timestamp: '2026-01-01T00:00:00Z',
    component: { 'bom-ref': 'image', purl: OCI, name: 'trips' },
    authors: [{ name: 'security@example.com' }],
  },
  components: COMPONENTS,
  vulnerabilities: [{ id: 'CVE-2026-1', ...vulnerability }],
  ...more,
});
const read = (...given: Parameters<typeof bom>) => orThrow(readVex(bytes(bom(...given))));
const said = (ref: string, analysis: object = { state: 'resolved' }, versions?: object) =>
  read({ affects: [{ ref, ...(versions === undefined ? {} : { versions }) }], analysis });
const purls = (...given: Parameters<typeof said>) =>
  said(...given)[0]?.products?.map(({ purl }) => purl) ?? null;

describe('truth A12: VEX in CycloneDX', () => {
  it('is an analysis with a reason, in the words of its author', () => {
    const analysis = {
      state: 'not_affected',
      justification: 'code_not_reachable',
      lastUpdated: '2026-02-01T00:00:00Z',
    };
    expect(said('pad', analysis)).toEqual([
      {
        names: ['CVE-2026-1'],
        status: 'not_affected',
        justification: 'code_not_reachable',
        products: [{ purl: 'pkg:npm/pad@1', digests: [], subcomponents: [] }],
        at: Date.parse('2026-02-01T00:00:00Z'),
        origin: {
          format: 'cyclonedx',
          id: `urn:uuid:${SERIAL}`,
          author: 'security@example.com',
        },
      },
    ]);
  });

  it.each<readonly [object, string | undefined]>([
    [{ state: 'not_affected' }, undefined],
    [{ state: 'not_affected', justification: 'trust_me' }, undefined],
    [{ state: 'not_affected', detail: 'Never called.' }, 'not_affected'],
    [{ state: 'false_positive' }, 'not_affected'],
    [{ state: 'resolved_with_pedigree' }, 'fixed'],
    [{ state: 'exploitable' }, 'affected'],
    [{ state: 'in_triage' }, 'under_investigation'],
    [{ state: 'fine' }, undefined],
    [{}, undefined],
  ])('%j states %s', (analysis, status) => {
    expect(said('pad', analysis)[0]?.status).toBe(status);
  });

  it('finds components by reference, by BOM-Link and by package URL', () => {
    expect(purls('inner')).toEqual(['pkg:npm/inner@2']);
    for (const link of [`urn:cdx:${SERIAL}/1#pad`, `urn:uuid:${SERIAL}/1#pad`])
      expect(purls(link), link).toEqual(['pkg:npm/pad@1']);
    expect(purls('urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#pad')).toEqual([]);
    expect(purls('urn:cdx:00000000-395b-41f5-a30f-a58921a69b79/1#pkg%3Anpm%2Fx%401')).toEqual([
      'pkg:npm/x@1',
    ]);
    expect(purls('pkg:npm/direct@1')).toEqual(['pkg:npm/direct@1']);
    expect(said('image')[0]?.products?.[0]?.digests).toEqual([IMAGE]);
  });

  it('an unknown, bare or doubtful reference excludes nothing and includes everything', () => {
    for (const ref of ['unheard-of', 'bare', 'twice']) {
      expect(purls(ref)).toEqual([]);
      expect(purls(ref, { state: 'exploitable' })).toBe(null);
    }
    expect(read({ analysis: { state: 'resolved' } })[0]?.products).toEqual([]);
  });

  it('what is said of some versions is said of no other one', () => {
    const versions = [
      { version: '2' },
      { range: 'vers:npm/<2' },
      { version: '9', status: 'unknown' },
    ];
    expect(purls('any', undefined, versions)).toEqual(['pkg:npm/any@2']);
    expect(purls('any')).toEqual(['pkg:npm/any']);
  });

  it('a document with components is an SBOM first, and one without analyses is no VEX', () => {
    const analysed = { affects: [{ ref: 'pad' }], analysis: { state: 'resolved' } };
    expect(recogniseVex(bom(analysed))).toBe(null);
    expect(recogniseVex(bom(analysed, { components: [] }))?.format).toBe('cyclonedx');
    expect(recogniseVex(bom({}, { components: [] }))).toBe(null);
  });

  it('never throws anything but a Failure, whatever stands in the document', () => {
    const members = fc.constantFrom('affects', 'analysis', 'references', 'id', 'versions');
    const places = fc.constantFrom('components', 'vulnerabilities', 'metadata', 'serialNumber');
    fc.assert(
      fc.property(members, places, fc.jsonValue(), fc.jsonValue(), (member, place, one, other) => {
        const inside = {
          affects: [{ ref: 'pad' }],
          analysis: { state: 'resolved' },
          [member]: one,
        };
        for (const document of [bom(inside), bom(inside, { [place]: other })]) {
          const result = readVex(bytes(document));
          expect(result.ok || result.failure instanceof Failure).toBe(true);
        }
      }),
    );
  });
});
