import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findSchemaBreach } from '../../../../test/support/sbom-schemas.ts';
import { type Digest, parseDigest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import { readVex } from './read-vex.ts';
import { VexClaims } from './vex-claims.ts';
import { VEX_JUSTIFICATIONS, VEX_STATUSES, type VexDraft } from './vex-draft.ts';
import { writeVex } from './write-vex.ts';

const AT = toInstant(Date.parse('2026-11-01T00:00:00Z'));
const IMAGE = orThrow(parseDigest(`sha256:${'a'.repeat(64)}`));
const OTHER = orThrow(parseDigest(`sha256:${'b'.repeat(64)}`));
const LONG = orThrow(parseDigest(`sha512:${'a'.repeat(128)}`));
const PURL = `pkg:oci/trips@${IMAGE}?repository_url=registry.example.com/shop/trips`;
const PAD = 'pkg:npm/left-pad@1.3.0';
const FORMS = ['openvex', 'csaf', 'cyclonedx'] as const;
const SCHEMAS = { openvex: 'openvex-0.2.0', csaf: 'csaf-2.0', cyclonedx: 'cyclonedx-1.6' } as const;

const draft = (more: Partial<VexDraft> = {}): VexDraft => ({
  names: ['CVE-2026-1234', 'GHSA-aaaa-bbbb-cccc'],
  status: 'not_affected',
  justification: 'vulnerable_code_not_in_execute_path',
  impact: null,
  action: null,
  image: null,
  components: [PAD],
  author: 'security@example.com',
  namespace: 'https://shop.example.com',
  at: AT,
  ...more,
});

const read = (one: VexDraft, format: (typeof FORMS)[number]) =>
  orThrow(readVex(orThrow(writeVex(one, format))));

/** Whether it takes the finding of a component of an image away. */
function isExcused(one: VexDraft, format: (typeof FORMS)[number], purl: string, image: Digest) {
  const claims = new VexClaims(
    read(one, format).map((statement) => ({ statement, about: null, source: null })),
  );
  const target = { purl, image, indexes: [], members: [] };
  return claims.findExcuse(['CVE-2026-1234'], target, AT) !== null;
}

describe.each(FORMS)('a VEX statement that is written as %s', (format) => {
  it('B3: takes away what it names, and nothing else', () => {
    expect(isExcused(draft(), format, PAD, OTHER)).toBe(true);
    expect(isExcused(draft(), format, 'pkg:npm/left-pad@1.3.1', OTHER)).toBe(false);
    const whole = draft({ image: { digest: IMAGE, purl: PURL }, components: [] });
    expect(isExcused(whole, format, PAD, IMAGE)).toBe(true);
    expect(isExcused(whole, format, PAD, OTHER)).toBe(false);
    const named = [read(draft(), format), read(draft({ names: ['GHSA-1'] }), format)];
    expect(named.map(([one]) => one?.names)).toEqual([draft().names, ['GHSA-1']]);
    const part = draft({ image: { digest: IMAGE, purl: PURL } });
    expect(isExcused(part, format, PAD, IMAGE)).toBe(true);
    expect(isExcused(part, format, 'pkg:npm/other@1', IMAGE)).toBe(false);
    // CycloneDX has no place for the image: who attaches the document says it.
    expect(isExcused(part, format, PAD, OTHER)).toBe(format === 'cyclonedx');
  });

  it('B3: needs a reason, something to do, and products', () => {
    const refused = [
      draft({ justification: null }),
      draft({ status: 'affected', justification: null }),
      draft({ status: 'fixed' }),
      draft({ status: 'fixed', justification: null, action: 'wait' }),
      draft({ components: [] }),
      draft({ image: { digest: LONG, purl: PURL } }),
    ];
    expect(refused.map((one) => writeVex(one, format).ok)).toEqual(refused.map(() => false));
  });

  it('B3: is valid by the official schema and read as it was meant, whatever it says', () => {
    const text = fc.string({ minLength: 1, maxLength: 60 }).map((said) => `x${said.trim()}`);
    const made = fc.record({
      names: fc.constantFrom<VexDraft['names'][]>(
        ['CVE-2026-1234'],
        ['GHSA-aaaa-bbbb-cccc', 'CVE-2026-1234'],
        ['CVE-2026-1'],
      ),
      status: fc.constantFrom(...VEX_STATUSES),
      justification: fc.constantFrom(...VEX_JUSTIFICATIONS),
      said: text,
      author: text,
      withImage: fc.boolean(),
      components: fc.constantFrom([], [PAD], [PAD, 'pkg:deb/debian/zlib1g']),
    });
    fc.assert(
      fc.property(made, ({ said, withImage, components, justification, status, ...rest }) => {
        const isExcluded = status === 'not_affected';
        const one = draft({
          ...rest,
          status,
          justification: isExcluded ? justification : null,
          impact: isExcluded ? said : null,
          action: status === 'affected' ? said : null,
          image: withImage || components.length === 0 ? { digest: IMAGE, purl: PURL } : null,
          components,
        });
        const bytes = orThrow(writeVex(one, format));
        expect(
          findSchemaBreach(SCHEMAS[format], JSON.parse(new TextDecoder().decode(bytes)) as object),
        ).toBeNull();
        const [found] = orThrow(readVex(bytes));
        expect([found?.status, found?.at, found?.origin.format]).toEqual([status, AT, format]);
        expect(new Set(found?.names)).toEqual(new Set(one.names));
        expect(orThrow(writeVex(one, format))).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });
});

it('B3: CSAF needs the address of its author', () => {
  expect(writeVex(draft({ namespace: null }), 'csaf').ok).toBe(false);
  expect(writeVex(draft({ namespace: null }), 'openvex').ok).toBe(true);
});
