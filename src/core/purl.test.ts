import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testData } from '../../test/support/test-data.ts';
import { startThreadClock } from '../../test/support/thread-clock.ts';
import { LIMITS } from './limits.ts';
import { formatPurl, type PurlParts, parsePurl, toCanonicalPurl } from './purl.ts';
import { orThrow } from './result.ts';

interface Vector {
  readonly description: string;
  readonly test_type: 'parse' | 'validate' | 'build';
  readonly input: string | Partial<PurlParts>;
  readonly expected_output: string | Partial<PurlParts> | null;
  readonly expected_failure: boolean;
}

/**
 * Where we differ from the vectors on purpose: they refuse `Platform=java` in one case and lower it
 * in another. We lower it, so that no package is lost because of how its tool wrote a key.
 */
const DIFFERENT = new Set([
  'pkg:gem/jruby-launcher@1.1.2?Platform=java',
  'pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25',
]);

const folder = testData('vectors/purl');
const vectors = (folder === null ? [] : globSync('*/*.json', { cwd: folder })).flatMap((path) =>
  (
    JSON.parse(readFileSync(join(folder ?? '', path), 'utf8')) as { tests: readonly Vector[] }
  ).tests.map((vector) => [basename(path, '-test.json'), vector] as const),
);

const NO_PARTS: PurlParts = {
  type: '',
  namespace: null,
  name: '',
  version: null,
  qualifiers: {},
  subpath: null,
};
const filled = (parts: Partial<PurlParts>): PurlParts => ({
  ...NO_PARTS,
  ...Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== null)),
});
const canonical = (text: string): string | null => {
  const purl = toCanonicalPurl(text);
  return purl.ok ? purl.value : null;
};

describe.skipIf(folder === null)(
  'B2, B15: package URLs agree with the vectors of purl-spec',
  () => {
    const texts = vectors.filter(
      ([, { input }]) => typeof input === 'string' && !DIFFERENT.has(input),
    );

    it('all vectors are present', () => {
      expect(vectors.length).toBeGreaterThan(580);
    });

    it.each(texts.map(([type, vector]) => [type, vector.description, vector] as const))(
      '%s: %s',
      (_type, _what, vector) => {
        const { input, expected_output: wanted, expected_failure: mustFail } = vector;
        if (mustFail) expect(canonical(String(input))).toBeNull();
        else if (typeof wanted === 'string') expect(canonical(String(input))).toBe(wanted);
        else expect(orThrow(parsePurl(String(input)))).toEqual(filled(wanted ?? {}));
      },
    );

    it.each(
      vectors
        .filter(([, { input }]) => typeof input === 'object' && input.type && input.name)
        .map(([type, vector]) => [type, vector.description, vector] as const),
    )(
      '%s: %s, when it is built from parts',
      (_type, _what, { input, expected_output: wanted, expected_failure: mustFail }) => {
        expect(canonical(formatPurl(filled(input as PurlParts)))).toBe(mustFail ? null : wanted);
      },
    );

    it.each([...DIFFERENT])('%s is read, with its keys in lower case', (text) => {
      expect(canonical(text)).toMatch(/\?(platform=java|arch=i386&distro=fedora-25)$/);
    });
  },
);

describe('a package URL', () => {
  it.each([
    ['PKG:NPM/%40Angular/core@1.0.0', 'pkg:npm/%40Angular/core@1.0.0'],
    ['pkg:npm/@angular/core@1.0.0', 'pkg:npm/%40angular/core@1.0.0'],
    ['pkg:npm/@angular/core', 'pkg:npm/%40angular/core'],
    ['pkg:///deb//debian///zlib1g@1:1.2.13.dfsg-1', 'pkg:deb/debian/zlib1g@1:1.2.13.dfsg-1'],
    [
      'pkg:deb/debian/zlib1g@1%2B2?distro=debian-12&arch=amd64',
      'pkg:deb/debian/zlib1g@1%2B2?arch=amd64&distro=debian-12',
    ],
    ['pkg:maven/org.apache/log4j?empty=', 'pkg:maven/org.apache/log4j'],
    ['pkg:generic/a%2Fb', 'pkg:generic/a%2Fb'],
  ])('%s is %s', (text, meant) => {
    expect(canonical(text)).toBe(meant);
  });

  it.each([
    ['an unescaped percent', 'pkg:npm/100%'],
    ['an escape that is not UTF-8', 'pkg:npm/%ff'],
    ['a qualifier twice', 'pkg:npm/a?x=1&x=2'],
    ['a qualifier twice in another case', 'pkg:npm/a?x=1&X=2'],
    ['a qualifier without a key', 'pkg:npm/a?=1'],
    ['a look-alike type, which folds to an ASCII letter', 'pkg:\u212aubernetes/a'],
    ['no type', 'pkg:/a'],
    ['no name', 'pkg:npm/'],
    ['a scope and a version alone', 'pkg:npm/@1.0.0'],
    ['another scheme', 'https://registry.example.com/npm/a'],
    ['nothing', ''],
  ])('with %s is refused', (_why, text) => {
    expect(canonical(text)).toBeNull();
  });

  it('does not turn a look-alike letter into the letter that it imitates', () => {
    expect(canonical('pkg:pypi/\u212aeras')).not.toBe(canonical('pkg:pypi/keras'));
    expect(canonical('pkg:pypi/Keras')).toBe('pkg:pypi/keras');
  });

  it.each(['pkg:npm/a#..', 'pkg:npm/a#x/../../y', 'pkg:npm/a#%2e%2e/b', 'pkg:npm/a#x%2F..%2Fb'])(
    'A15: %s has no subpath that climbs',
    (text) => {
      expect(orThrow(parsePurl(text)).subpath?.split('/') ?? []).not.toContain('..');
    },
  );

  it('is read at the limit of bytes and refused one byte over it', () => {
    const purl = (bytes: number): string => 'pkg:npm/a@'.padEnd(bytes, '1');
    expect(canonical(purl(LIMITS.purlBytesMax))).not.toBeNull();
    const over = toCanonicalPurl(purl(LIMITS.purlBytesMax + 1));
    expect(over.ok ? '' : over.failure.code).toBe('LIMIT_EXCEEDED');
    const inBytes = toCanonicalPurl(`pkg:npm/${'é'.repeat(LIMITS.purlBytesMax / 2)}`);
    expect(inBytes.ok ? '' : inBytes.failure.code).toBe('LIMIT_EXCEEDED');
  });

  it('is kept for who asks again, and nobody can change it; a long one is read anew', () => {
    const text = 'pkg:deb/debian/kept@1?arch=amd64';
    const first = parsePurl(text);
    expect(parsePurl(text)).toBe(first);
    const { qualifiers } = orThrow(first);
    expect(() => Object.assign(qualifiers, { arch: 'arm64' })).toThrow(TypeError);
    for (let at = 0; at < 4_096; at++) parsePurl(`pkg:npm/a@${at}`);
    expect(parsePurl(text)).not.toBe(first);
    expect(parsePurl(text)).toEqual(first);
    const long = `pkg:npm/${'a'.repeat(600)}`;
    expect(parsePurl(long)).not.toBe(parsePurl(long));
  });

  it('is read in linear time, even with very many slashes', () => {
    const text = `pkg:npm/${'/'.repeat(4_000)}a${'/'.repeat(80)}`;
    const spent = startThreadClock(); // seconds when each run of slashes is tried from every place
    const read = Array.from({ length: 1_000 }, () => canonical(text));
    expect(spent()).toBeLessThan(5_000);
    expect(new Set(read)).toEqual(new Set([canonical('pkg:npm/a')]));
  });
});

describe('any text', () => {
  const spelling = fc.constantFrom(
    '%2F',
    '%40',
    '@',
    '/',
    '#',
    '?',
    '&',
    '=',
    '..',
    '%',
    '%C3%A9',
    'é',
    'K',
    '\u212a',
    '::',
    ' ',
  );
  const text = fc
    .tuple(
      fc.constantFrom('npm', 'PyPI', 'deb', 'git', 'golang', 'maven', 'conan', 'generic', 'mlflow'),
      fc.array(fc.oneof(spelling, fc.stringMatching(/^[A-Za-z0-9._-]{1,6}$/)), { maxLength: 12 }),
    )
    .map(([type, parts]) => `pkg:${type}/${parts.join('')}`);

  it('gives a value or a typed failure and never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), text), (input) => {
        const purl = toCanonicalPurl(input);
        expect(purl.ok || purl.failure.code === 'MALFORMED').toBe(true);
      }),
    );
  });

  it('gives a canonical purl that is its own canonical form: equal packages, equal texts', () => {
    fc.assert(
      fc.property(text, (input) => {
        const once = canonical(input);
        if (once !== null) expect(canonical(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });
});
