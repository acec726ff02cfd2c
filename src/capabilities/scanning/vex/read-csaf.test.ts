import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readVex } from './read-vex.ts';

const IMAGE = sha256('image');
const OCI = `pkg:oci/trips@${IMAGE.replace(':', '%3A')}`;
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const product = (id: string, helper?: object) => ({
  name: id,
  product_id: id,
  ...(helper === undefined ? {} : { product_identification_helper: helper }),
});
const part = (id: string, of: string, own: string) => ({
  category: 'default_component_of',
  full_product_name: { name: own, product_id: own },
  product_reference: id,
  relates_to_product_reference: of,
});
const TREE = {
  branches: [
    {
      category: 'vendor',
      name: 'Shop',
      branches: [
        {
          category: 'product_version',
          name: 'pad',
          product: product('pad', { purl: 'pkg:npm/pad@1' }),
        },
      ],
    },
  ],
  full_product_names: [
    product('image', { purl: OCI }),
    product('rhel', { cpe: 'cpe:/o:redhat:enterprise_linux:9' }),
    product('openssl', { purl: 'pkg:rpm/redhat/openssl@3.0?arch=x86_64' }),
    product('every-openssl', { purl: 'pkg:rpm/redhat/openssl' }),
    product('nameless'),
  ],
  relationships: [
    part('pad', 'image', 'image:pad'),
    part('pad', 'rhel', 'rhel:pad'),
    part('openssl', 'rhel', 'rhel:openssl'),
    part('every-openssl', 'rhel', 'rhel:every'),
  ],
  product_groups: [{ group_id: 'g', product_ids: ['pad'] }],
};
const csaf = (vulnerability: object, document: object = {}, tree: object = TREE) => ({
  document: {
    category: 'csaf_vex',
    csaf_version: '2.0',
    publisher: { name: 'Shop', category: 'vendor', namespace: 'https://shop.example.com' },
    tracking: { id: 'SHOP-1', status: 'final', current_release_date: '2026-01-01T00:00:00Z' },
    ...document,
  },
  product_tree: tree,
  vulnerabilities: [{ cve: 'CVE-2026-1', ...vulnerability }],
});
const flag = (...ids: readonly string[]) => ({
  flags: [{ label: 'vulnerable_code_not_present', product_ids: ids }],
});
const read = (...given: Parameters<typeof csaf>) => orThrow(readVex(bytes(csaf(...given))));
const listed = (status: string, ...ids: readonly string[]) => ({
  product_status: { [status]: ids },
});

describe('truth A12: VEX as CSAF', () => {
  it('excludes a package with a flag, and says whose document it is', () => {
    expect(read({ ...listed('known_not_affected', 'pad'), ...flag('pad') })).toEqual([
      {
        names: ['CVE-2026-1'],
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
        products: [{ purl: 'pkg:npm/pad@1', digests: [], subcomponents: [] }],
        at: Date.parse('2026-01-01T00:00:00Z'),
        origin: { format: 'csaf', id: 'SHOP-1', author: 'Shop' },
      },
    ]);
  });

  it.each<readonly [string, object, number]>([
    ['a flag for another product', flag('image'), 0],
    ['a flag for its group', { flags: [{ label: 'component_not_present', group_ids: ['g'] }] }, 1],
    ['a flag that names no product (§6.1.32)', { flags: [{ label: 'component_not_present' }] }, 0],
    ['a flag of its own', { flags: [{ label: 'trust_me', product_ids: ['pad'] }] }, 0],
    ['a threat that says why', { threats: [{ category: 'impact', details: 'Never called.' }] }, 1],
    [
      'a threat of another category',
      { threats: [{ category: 'exploit_status', details: 'x' }] },
      0,
    ],
    ['no reason', {}, 0],
  ])('not affected with %s', (_, reason, statements) => {
    expect(read({ ...listed('known_not_affected', 'pad'), ...reason })).toHaveLength(statements);
  });

  it('a part of an image is a part of that image alone', () => {
    const [said] = read({ ...listed('known_not_affected', 'image:pad'), ...flag('image:pad') });
    expect(said?.products).toEqual([
      { purl: OCI, digests: [IMAGE], subcomponents: ['pkg:npm/pad@1'] },
    ]);
  });

  it('a part of a product that is no image counts where it is one build of a distribution', () => {
    const products = (id: string, status = 'fixed') => read(listed(status, id))[0]?.products;
    expect(products('rhel:openssl')?.map(({ purl }) => purl)).toEqual([
      'pkg:rpm/redhat/openssl@3.0?arch=x86_64',
    ]);
    expect(products('rhel:every')).toEqual([]);
    expect(products('rhel:pad')).toEqual([]);
    expect(products('rhel:pad', 'known_affected')?.map(({ purl }) => purl)).toEqual([
      'pkg:npm/pad@1',
    ]);
  });

  it('a product that cannot be understood narrows what excludes and widens what includes', () => {
    for (const id of ['nameless', 'unheard-of']) {
      expect(read(listed('fixed', 'pad', id))[0]?.products).toHaveLength(1);
      expect(read(listed('known_affected', 'pad', id))[0]?.products).toBe(null);
    }
  });

  it('an id of two products names neither', () => {
    const twice = [product('pad', { purl: 'pkg:npm/a@1' }), product('pad', { purl: OCI })];
    const tree = { full_product_names: twice };
    expect(read(listed('fixed', 'pad'), {}, tree)[0]?.products).toEqual([]);
  });

  it('a draft, another category and another version are not used', () => {
    const codes = [
      csaf({}, { tracking: { id: 'x', status: 'draft' } }),
      csaf({}, { category: 'csaf_informational_advisory' }),
      csaf({}, { csaf_version: '1.2' }),
    ].map((one) => {
      const result = readVex(bytes(one));
      return result.ok ? null : result.failure.code;
    });
    expect(codes).toEqual(['EVIDENCE_REJECTED', 'UNSUPPORTED', 'UNSUPPORTED']);
    expect(readVex(bytes(csaf({}, { csaf_version: '2.1' }))).ok).toBe(true);
  });

  it('groups that multiply products end at the limit', () => {
    const ids = Array.from({ length: 1_000 }, (_, at) => `p${at}`);
    const tree = { product_groups: [{ group_id: 'g', product_ids: ids }] };
    const groups = (count: number) => ({
      ...listed('known_not_affected', 'p0'),
      flags: [{ label: 'component_not_present', group_ids: Array(count).fill('g') }],
    });
    const most = Math.floor(LIMITS.vexProductsMax / 1_000) - 1;
    expect(readVex(bytes(csaf(groups(most), {}, tree))).ok).toBe(true);
    const over = readVex(bytes(csaf(groups(most + 2), {}, tree)));
    expect(over.ok ? null : over.failure.code).toBe('LIMIT_EXCEEDED');
  });

  it('never throws anything but a Failure, whatever stands in the document', () => {
    const places = fc.constantFrom('product_tree', 'vulnerabilities', 'document');
    const members = fc.constantFrom('branches', 'relationships', 'product_groups', 'flags');
    fc.assert(
      fc.property(places, members, fc.jsonValue(), fc.jsonValue(), (place, member, one, other) => {
        const whole = csaf({ ...listed('fixed', 'pad'), [member]: other }, {}, { [member]: one });
        for (const document of [whole, { ...whole, [place]: one }]) {
          const result = readVex(bytes(document));
          expect(result.ok || result.failure instanceof Failure).toBe(true);
        }
      }),
    );
  });
});
