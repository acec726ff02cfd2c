import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSchemaBreach } from '../../../../test/support/sbom-schemas.ts';
import { parseDigest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { extendVex } from './extend-vex.ts';
import { readVex } from './read-vex.ts';
import { VexClaims } from './vex-claims.ts';
import type { VexDraft } from './vex-draft.ts';
import { writeVex } from './write-vex.ts';

const AT = Date.parse('2026-11-01T00:00:00Z');
const day = (number: number) => toInstant(AT + number * 86_400_000);
const IMAGE = orThrow(parseDigest(`sha256:${'a'.repeat(64)}`));
const PURL = `pkg:oci/trips@${IMAGE}?repository_url=registry.example.com/shop/trips`;
const [PAD, ZLIB] = ['pkg:npm/left-pad@1.3.0', 'pkg:deb/debian/zlib1g'] as const;
const FORMS = ['openvex', 'csaf', 'cyclonedx'] as const;
const SCHEMAS = { openvex: 'openvex-0.2.0', csaf: 'csaf-2.0', cyclonedx: 'cyclonedx-1.6' } as const;

const draft = (more: Partial<VexDraft> = {}): VexDraft => ({
  names: ['CVE-2026-1234'],
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  impact: null,
  action: null,
  image: null,
  components: [PAD],
  author: 'security@example.com',
  namespace: 'https://shop.example.com',
  at: day(0),
  ...more,
});
const AFFECTED = { status: 'affected', justification: null, action: 'Upgrade.' } as const;

const decode = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes));
const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));

/** Whether a document takes the finding of a component away. */
function isExcused(bytes: Uint8Array, name: string, purl: string): boolean {
  const said = orThrow(readVex(bytes)).map((statement) => ({ statement, about: null, source: 0 }));
  const target = { purl, image: IMAGE, indexes: [], members: [] };
  return new VexClaims(said).findExcuse([name], target, day(99)) !== null;
}

describe.each(FORMS)('B3: a statement that is added to %s', (format) => {
  const start = (more: Partial<VexDraft> = {}) => orThrow(writeVex(draft(more), format));

  it('counts beside those of before, which keep their effect', () => {
    const one = start();
    const two = extendVex(one, draft({ names: ['CVE-2026-5678'], at: day(1) }));
    const { bytes, superseded } = orThrow(two);
    expect(superseded).toEqual([]);
    expect(
      ['CVE-2026-1234', 'CVE-2026-5678', 'CVE-2026-9'].map((name) => isExcused(bytes, name, PAD)),
    ).toEqual([true, true, false]);
    const three = orThrow(extendVex(bytes, draft({ components: [ZLIB], at: day(2) })));
    expect(isExcused(three.bytes, 'CVE-2026-1234', ZLIB)).toBe(true);
    expect(isExcused(bytes, 'CVE-2026-1234', ZLIB)).toBe(false);
  });

  it('takes the place of what was said of the same product, and that is said', () => {
    const back = orThrow(extendVex(start(), draft({ ...AFFECTED, at: day(1) })));
    expect(isExcused(back.bytes, 'CVE-2026-1234', PAD)).toBe(false);
    expect(back.superseded.map(({ status, at }) => [status, at])).toEqual([
      ['not_affected', day(0)],
    ]);
    const again = orThrow(extendVex(back.bytes, draft({ at: day(2) })));
    expect(isExcused(again.bytes, 'CVE-2026-1234', PAD)).toBe(true);
    const early = extendVex(again.bytes, draft({ ...AFFECTED, at: day(1) }));
    expect(early).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
  });

  it('is by the author of the document, in a document by itself', () => {
    const other = extendVex(start(), draft({ author: 'somebody else', at: day(1) }));
    expect(other).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
    const wrapped = encode({ predicate: decode(start()), subject: [] });
    expect(extendVex(wrapped, draft())).toMatchObject({ failure: { code: 'UNSUPPORTED' } });
    const image = { digest: IMAGE, purl: PURL };
    const part = extendVex(start({ image, components: [] }), draft({ image, at: day(1) }));
    expect(part.ok ? null : part.failure.code).toBe(format === 'cyclonedx' ? 'USAGE' : null);
  });

  it('leaves a document valid, whatever was added, and the last word counts', () => {
    const step = fc.record({
      name: fc.constantFrom('CVE-2026-1234', 'CVE-2026-5678', 'GHSA-aaaa-bbbb-cccc'),
      purl: fc.constantFrom(PAD, ZLIB),
      isExcluded: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 8 }), (steps) => {
        let bytes = start({ names: ['CVE-2020-1000'] });
        const last = new Map<string, boolean>();
        for (const [at, { name, purl, isExcluded }] of steps.entries()) {
          const said = isExcluded ? {} : AFFECTED;
          const one = draft({ ...said, names: [name], components: [purl], at: day(at + 1) });
          bytes = orThrow(extendVex(bytes, one)).bytes;
          last.set(`${name} ${purl}`, isExcluded);
        }
        expect(findSchemaBreach(SCHEMAS[format], decode(bytes) as object)).toBeNull();
        for (const [key, isExcluded] of last) {
          const [name = '', purl = ''] = key.split(' ');
          expect([key, isExcused(bytes, name, purl)]).toEqual([key, isExcluded]);
        }
        expect(isExcused(bytes, 'CVE-2020-1000', PAD)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  it('whatever stands in the document, there is a result or a Failure', () => {
    const base = decode(start()) as Record<string, unknown>;
    const keys = Object.keys(base);
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), fc.string(), (key, value, raw) => {
        for (const bytes of [encode({ ...base, [key]: value }), new TextEncoder().encode(raw)]) {
          const done = extendVex(bytes, draft({ names: ['CVE-2026-5'], at: day(1) }));
          expect(done.ok || done.failure instanceof Failure).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('B3: a statement of before keeps its time', () => {
  it('also where it takes it from the document around it', () => {
    const open = decode(orThrow(writeVex(draft(), 'openvex')));
    delete open.statements[0].timestamp;
    const cyclone = decode(orThrow(writeVex(draft(), 'cyclonedx')));
    delete cyclone.vulnerabilities[0].analysis.lastUpdated;
    delete cyclone.vulnerabilities[0].analysis.firstIssued;
    for (const document of [open, cyclone]) {
      const added = draft({ names: ['CVE-2026-5678'], at: day(9) });
      const { bytes } = orThrow(extendVex(encode(document), added));
      expect(orThrow(readVex(bytes)).map(({ at }) => at)).toEqual([day(0), day(9)]);
    }
  });

  it('CSAF: one entry for a CVE, one status for a product, and a revision more', () => {
    const image = { digest: IMAGE, purl: PURL };
    const first = orThrow(writeVex(draft({ image, components: [PAD, ZLIB] }), 'csaf'));
    const added = draft({ ...AFFECTED, image, components: [PAD], at: day(1) });
    const json = decode(orThrow(extendVex(first, added)).bytes);
    expect(json.vulnerabilities).toHaveLength(1);
    expect(json.vulnerabilities[0].product_status).toEqual({
      known_not_affected: ['part-1'],
      known_affected: ['part-0'],
    });
    expect(json.vulnerabilities[0].flags[0].product_ids).toEqual(['part-1']);
    expect(json.product_tree.full_product_names).toHaveLength(3);
    const { version, revision_history: history } = json.document.tracking;
    expect([version, history.length, history.at(-1).number]).toEqual(['2', 2, '2']);
    const ids = new Set(
      json.product_tree.full_product_names.map((one: { product_id: string }) => one.product_id),
    );
    expect(ids.size).toBe(3);
  });

  it('CSAF: a new product never gets the id of another one', () => {
    const json = decode(orThrow(writeVex(draft(), 'csaf')));
    const text = JSON.stringify(json).replaceAll('product-0', 'product-1');
    const added = draft({ components: [ZLIB], at: day(1) });
    const { bytes } = orThrow(extendVex(new TextEncoder().encode(text), added));
    const names: readonly { readonly product_id: string }[] =
      decode(bytes).product_tree.full_product_names;
    expect(new Set(names.map((one) => one.product_id)).size).toBe(2);
    expect([PAD, ZLIB].map((purl) => isExcused(bytes, 'CVE-2026-1234', purl))).toEqual([
      true,
      true,
    ]);
  });

  it('CSAF: what a branch says of the same product is not overruled in silence', () => {
    const json = decode(orThrow(writeVex(draft(), 'csaf')));
    const [product] = json.product_tree.full_product_names;
    const branch = { category: 'product_version', name: '1.3.0', product };
    json.product_tree = { branches: [branch] };
    const said = extendVex(encode(json), draft({ ...AFFECTED, at: day(1) }));
    expect(said).toMatchObject({ ok: false, failure: { code: 'UNSUPPORTED' } });
  });
});
