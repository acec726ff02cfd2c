import { describe, expect, it } from 'vitest';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { orThrow } from '../../../core/result.ts';
import { readVex } from './read-vex.ts';
import { VexClaims, type VexTarget } from './vex-claims.ts';

const CVE = 'CVE-2026-99999';
const [INDEX, AMD, ARM, OTHER] = ['index', 'amd64', 'arm64', 'other'].map((name) =>
  sha256(name),
) as [Digest, Digest, Digest, Digest];
const oci = (digest: Digest, rest = '') => `pkg:oci/trips@${digest.replace(':', '%3A')}${rest}`;
const PAD = 'pkg:npm/evil-pad@1.1.0';
const amd: VexTarget = { purl: PAD, image: AMD, indexes: [INDEX], members: [] };
const arm: VexTarget = { ...amd, image: ARM };
const index: VexTarget = { purl: PAD, image: INDEX, indexes: [], members: [AMD, ARM] };
const tree: VexTarget = { purl: PAD, image: null, indexes: [], members: [] };

interface VexText {
  readonly about?: Digest | null;
  readonly subject?: readonly Digest[];
  readonly statements: readonly object[];
}

function claims(...documents: readonly VexText[]): VexClaims<null> {
  return new VexClaims(
    documents.flatMap(({ about = AMD, subject, statements }) => {
      const predicate = {
        '@context': 'https://openvex.dev/ns/v0.2.0',
        timestamp: '2026-11-28T09:00:00Z',
        statements: statements.map((one) => ({
          vulnerability: { name: CVE },
          status: 'not_affected',
          justification: 'vulnerable_code_not_present',
          ...one,
        })),
      };
      const wrapped =
        subject === undefined
          ? predicate
          : { subject: subject.map((one) => ({ digest: { sha256: one.slice(7) } })), predicate };
      const read = orThrow(readVex(Buffer.from(JSON.stringify(wrapped))));
      return read.map((statement) => ({ statement, about, source: null }));
    }),
  );
}

const NOW = Date.parse('2026-11-28T12:00:00Z');
const excuses = (said: VexClaims<null>, target: VexTarget, names = [CVE]): boolean =>
  said.findExcuse(names, target, NOW) !== null;

describe('truth A12: a VEX statement excludes what it is about, and nothing else', () => {
  it.each<readonly [string, VexText, readonly VexTarget[], readonly VexTarget[]]>([
    ['one platform', { statements: [{ products: [oci(AMD)] }] }, [amd], [arm, index]],
    [
      'one platform, in a document about the index',
      { about: INDEX, statements: [{ products: [oci(AMD)] }] },
      [amd],
      [arm, index],
    ],
    [
      'an index, and so each of its platforms',
      { about: INDEX, statements: [{ products: [oci(INDEX)] }] },
      [amd, arm, index],
      [],
    ],
    [
      'one platform of an index that it names',
      { about: INDEX, statements: [{ products: [oci(INDEX, '?arch=amd64')] }] },
      [],
      [amd, arm, index],
    ],
    [
      'a platform that it describes',
      { statements: [{ products: [oci(AMD, '?arch=amd64')] }] },
      [amd],
      [arm, index],
    ],
    [
      'a package, in the image of its document only',
      { statements: [{ products: ['pkg:npm/evil-pad'] }] },
      [amd],
      [arm, index],
    ],
    [
      'parts of an image',
      { statements: [{ products: [{ '@id': oci(AMD), subcomponents: [{ '@id': PAD }] }] }] },
      [amd],
      [arm, { ...amd, purl: 'pkg:npm/other@1' }],
    ],
    [
      'parts beside the products (OpenVEX 0.0.1)',
      { statements: [{ products: [oci(AMD)], subcomponents: [PAD] }] },
      [amd],
      [{ ...amd, purl: 'pkg:npm/other@1' }],
    ],
    [
      'a part that cannot be read',
      { statements: [{ products: [oci(AMD)], subcomponents: ['urn:other'] }] },
      [],
      [amd],
    ],
    [
      'the subject of its in-toto statement, without products',
      { subject: [AMD], statements: [{}] },
      [amd],
      [arm, index],
    ],
    [
      'another product than the subject of its in-toto statement',
      { subject: [AMD], statements: [{ products: [oci(OTHER)] }] },
      [],
      [amd],
    ],
    ['nothing, without products or subject', { statements: [{}] }, [], [amd]],
    [
      'a content of which it names only another hash',
      { statements: [{ products: [{ '@id': PAD, hashes: { 'sha-512': 'aa' } }] }] },
      [],
      [amd],
    ],
    [
      'two images at once',
      { statements: [{ products: [{ '@id': oci(AMD), hashes: { 'sha-256': OTHER.slice(7) } }] }] },
      [],
      [amd],
    ],
    [
      'a version',
      { statements: [{ products: ['pkg:npm/evil-pad@1.1.0'] }] },
      [amd],
      [
        { ...amd, purl: 'pkg:npm/evil-pad@1.1.1' },
        { ...amd, purl: 'pkg:npm/evil-pad-2@1.1.0' },
      ],
    ],
    [
      'a package, in a file about no image',
      { about: null, statements: [{ products: [PAD] }] },
      [tree, amd],
      [{ ...tree, purl: 'pkg:pypi/evil-pad@1.1.0' }],
    ],
  ])('%s', (_, said, yes, no) => {
    expect(yes.map((target) => excuses(claims(said), target))).toEqual(yes.map(() => true));
    expect(no.map((target) => excuses(claims(said), target))).toEqual(no.map(() => false));
  });

  it('by any name of the vulnerability, in any case, and no other', () => {
    const said = claims({ statements: [{ products: [oci(AMD)] }] });
    expect(excuses(said, amd, ['GHSA-aaaa-bbbb-cccc', 'cve-2026-99999'])).toBe(true);
    expect(excuses(said, amd, ['CVE-2026-9999'])).toBe(false);
  });
});

describe('truth A12: a later statement that includes takes it back', () => {
  const NO = { products: [oci(AMD)] };
  const later = '2026-11-28T10:00:00Z';
  it.each<readonly [string, object, boolean]>([
    ['affected', { ...NO, status: 'affected', timestamp: later }, false],
    ['under investigation', { ...NO, status: 'under_investigation', timestamp: later }, false],
    ['at the same moment', { ...NO, status: 'affected' }, false],
    ['earlier', { ...NO, status: 'affected', timestamp: '2026-11-28T08:00:00Z' }, true],
    ['not yet made', { ...NO, status: 'affected', timestamp: '2099-01-01T00:00:00Z' }, true],
    ['about nothing that is named', { status: 'affected', timestamp: later }, false],
    [
      'about a part that cannot be read',
      {
        products: [{ '@id': oci(AMD), subcomponents: ['urn:x'] }],
        status: 'affected',
        timestamp: later,
      },
      false,
    ],
    [
      'about one platform of the index',
      { products: [oci(INDEX, '?arch=amd64')], status: 'affected', timestamp: later },
      false,
    ],
    ['about another image', { products: [oci(OTHER)], status: 'affected', timestamp: later }, true],
  ])('%s', (_, other, excused) => {
    expect(excuses(claims({ statements: [NO, other] }), amd)).toBe(excused);
  });

  it('for a platform includes the index that lists it', () => {
    const whole = { about: INDEX, statements: [{ products: [oci(INDEX)] }] };
    expect(excuses(claims(whole), index)).toBe(true);
    const back = { products: [oci(AMD)], status: 'affected', timestamp: later };
    const both = claims(whole, { statements: [back] });
    expect([amd, arm, index].map((target) => excuses(both, target))).toEqual([false, true, false]);
  });
});
