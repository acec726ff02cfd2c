import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasDigest, parseDigest, readAlgorithm, sha256, takeHex } from './digest.ts';
import { orThrow } from './result.ts';

const ofNothing = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const sha512 = (bytes: Uint8Array): string =>
  `sha512:${createHash('sha512').update(bytes).digest('hex')}`;

describe('a digest', () => {
  it.each([ofNothing, sha512(new Uint8Array())])(
    'is accepted as the image specification writes it: %s',
    (text) => {
      expect(orThrow(parseDigest(text))).toBe(text);
    },
  );

  it.each([
    ['no algorithm', ofNothing.slice(7)],
    ['an algorithm that is broken', `sha1:${'0'.repeat(40)}`],
    ['an algorithm that is not supported', `md5:${'0'.repeat(32)}`],
    [
      'upper-case hex, which would give one content two names',
      ofNothing.toUpperCase().replace('SHA256', 'sha256'),
    ],
    ['one digit too few', ofNothing.slice(0, -1)],
    ['one digit too many', `${ofNothing}0`],
    ['the length of the other algorithm', `sha512:${'0'.repeat(64)}`],
    ['a line break after it', `${ofNothing}\n`],
    ['a path in the hex', `sha256:../../etc/passwd${'0'.repeat(48)}`],
    ['nothing', ''],
  ])('is refused with %s', (_why, text) => {
    const parsed = parseDigest(text);
    expect(parsed.ok ? 'accepted' : parsed.failure.code).toBe('MALFORMED');
  });

  it('names its algorithm and its hex', () => {
    const digest = orThrow(parseDigest(sha512(new Uint8Array([1]))));
    expect(readAlgorithm(digest)).toBe('sha512');
    expect(readAlgorithm(sha256(''))).toBe('sha256');
    expect(takeHex(digest)).toBe(sha512(new Uint8Array([1])).slice(7));
  });

  it('is the same for a text and for its UTF-8 bytes', () => {
    expect(sha256('é')).toBe(sha256(new Uint8Array([0xc3, 0xa9])));
    expect(sha256('')).toBe(ofNothing);
  });
});

describe('A7, G16: bytes and the digest that was promised', () => {
  it('are checked with the algorithm that the digest names', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hasDigest(bytes, sha256(bytes))).toBe(true);
        expect(hasDigest(bytes, orThrow(parseDigest(sha512(bytes))))).toBe(true);
      }),
    );
  });

  it('are refused when one bit differs', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, at) => {
        const changed = Uint8Array.from(bytes, (byte, index) =>
          index === at % bytes.length ? byte ^ 1 : byte,
        );
        expect(hasDigest(changed, sha256(bytes))).toBe(false);
      }),
    );
  });
});

it('reads any text and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(parseDigest(text).ok).toBe(false);
    }),
  );
});
