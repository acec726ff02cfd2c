import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startThreadClock } from '../../../test/support/thread-clock.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { parseChallenges, parseNextLink } from './headers.ts';

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

describe('a Link header', () => {
  it.each([
    [undefined, null],
    ['</v2/a?n=1>; rel="next"', '/v2/a?n=1'],
    ['</v2/a>; rel=next', '/v2/a'],
    ['</v2/a>;rel="prev", </v2/b>; title="a, b"; rel="last NEXT"', '/v2/b'],
    ['</v2/a>; rel="prev"; rel="next"', null],
    ['</v2/a>', null],
    ['</v2/a>; anchor; rel="next"', '/v2/a'],
  ])('%j leads to %j', (header, next) => {
    expect(orThrow(parseNextLink(header))).toBe(next);
  });

  it.each(['next', '</a', '</a>; =', '</a> b', '</a>; rel="next', `<${'a'.repeat(20_000)}>`])(
    'N7: %.20s is refused, and is not taken for the last page',
    (header) => {
      expect(toCode(parseNextLink(header))).not.toBe('ok');
    },
  );

  it('any text gives a Result within bounded time', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'<>;,="\\ relnxt/'), maxLength: 2_000 }),
        (text) => {
          expect(typeof parseNextLink(text).ok).toBe('boolean');
        },
      ),
    );
    const spent = startThreadClock();
    parseNextLink(`</a>; rel="${'\\\\'.repeat(8_000)}`);
    parseNextLink('<a>;'.repeat(4_000));
    expect(spent()).toBeLessThan(500);
  });
});

describe('a WWW-Authenticate header', () => {
  it('is read with quoted texts, tokens, several challenges and token68', () => {
    const header =
      'Basic realm="a \\"b\\", c", Bearer realm="https://x/y?z=1",service=s , Negotiate ' +
      'abc==, Digest a=b';
    expect(orThrow(parseChallenges(header))).toEqual([
      { scheme: 'basic', parameters: { realm: 'a "b", c' } },
      { scheme: 'bearer', parameters: { realm: 'https://x/y?z=1', service: 's' } },
      { scheme: 'negotiate', parameters: {} },
      { scheme: 'digest', parameters: { a: 'b' } },
    ]);
    expect(orThrow(parseChallenges('Basic'))).toEqual([{ scheme: 'basic', parameters: {} }]);
  });

  it.each([
    'Bearer realm="x",realm="y"',
    'Bearer realm="x',
    '"',
    'Bearer =x',
    `Bearer a="${'b'.repeat(20_000)}"`,
  ])('A13: %.30s is refused', (header) => {
    expect(toCode(parseChallenges(header))).not.toBe('ok');
  });

  it('does not take in a parameter that has the name of a member of every object', () => {
    const [challenge] = orThrow(parseChallenges('Bearer __proto__="x", realm="https://r"'));
    expect(challenge?.parameters['realm']).toBe('https://r');
    expect(Object.getPrototypeOf(challenge?.parameters)).toBe(Object.prototype);
  });

  it('any text gives a Result, and a well-formed header is read back', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'Bearl ="\\,;x/\t'), maxLength: 2_000 }),
        (text) => {
          expect(typeof parseChallenges(text).ok).toBe('boolean');
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 100 }), (realm) => {
        const header = `Bearer realm="${realm.replace(/["\\]/g, '\\$&')}"`;
        expect(orThrow(parseChallenges(header))).toEqual([
          { scheme: 'bearer', parameters: { realm } },
        ]);
      }),
    );
  });
});
