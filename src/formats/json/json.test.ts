import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startThreadClock } from '../../../test/support/thread-clock.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { canonicalizeJson, listCanonicalPieces } from './canonical.ts';
import { decodeUtf8, type JsonOptions, parseJson, parseJsonText } from './parse.ts';

const BYTES = { bytesMax: 100_000 };
const outcome = (text: string | Uint8Array, options: JsonOptions = BYTES): unknown => {
  const parsed = parseJson(text, options);
  return parsed.ok ? parsed.value : parsed.failure.code;
};
const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

describe('A24: a repeated key is refused, so that all readers see the same document', () => {
  it.each([
    ['plainly', '{"a":1,"a":2}'],
    ['with equal values', '{"a":1,"a":1}'],
    ['through an escape', '{"a":1,"\\u0061":2}'],
    ['through an escaped slash', '{"a/b":1,"a\\/b":2}'],
    ['through a surrogate pair', '{"\u{1f600}":1,"\\ud83d\\ude00":2}'],
    ['deep inside', '[{"x":{"y":[0,{"a":1,"b":2,"a":3}]}}]'],
    ['after a nested object with the same key', '{"a":{"a":1},"a":2}'],
    ['with an array between', '{"a":["a","a"],"b":[],"a":1}'],
    ['as the empty text', '{"":1,"":2}'],
    ['as __proto__', '{"__proto__":1,"__proto__":2}'],
    ['with white space around', '{ "a" :1 ,\n"a"\t: 2}'],
    ['after a text that ends in backslashes', '{"x":"\\\\","a":1,"a":2}'],
    ['after a text with an escaped quote', '{"x":"\\",\\"a\\":1","a":1,"a":2}'],
    [
      'among more keys than are searched one by one',
      `{${[...Array(40).keys(), 3].map((key) => `"k${key}":0`).join()}}`,
    ],
  ])('%s', (_how, text) => {
    expect(outcome(text)).toBe('DUPLICATE_KEY');
  });

  it.each([
    ['a value that repeats its key', '{"a":"a","b":"a"}'],
    ['texts that look like members', '["\\"a\\":1","\\"a\\":1"]'],
    ['one key in two objects', '[{"a":1},{"a":2}]'],
    ['one key in two depths', '{"a":{"a":{"a":1}}}'],
    ['keys that differ in case', '{"a":1,"A":2}'],
    ['equal texts in an array', '{"x":["a","a"]}'],
    ['keys that differ only in normalisation', '{"\u00e9":1,"e\u0301":2}'],
    ['many keys', `{${[...Array(40).keys()].map((key) => `"k${key}":0`).join()}}`],
  ])('but %s is accepted', (_what, text) => {
    expect(outcome(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['letters', '{"subject":1,"Subject":2}'],
    ['the long s, which Go folds to s', '{"subject":1,"\u017fubject":2}'],
    ['the Kelvin sign, which Go folds to k', '{"key":1,"\\u212aey":2}'],
  ])('keys that differ only in case are refused when readers fold case: %s', (_what, text) => {
    expect(outcome(text, { ...BYTES, foldKeyCase: true })).toBe('DUPLICATE_KEY');
    expect(outcome(text)).toEqual(JSON.parse(text));
  });
});

describe('a JSON document is bounded', () => {
  it('in bytes, not in characters: at the limit and one over', () => {
    const text = '"\u00e9\u00e9"';
    expect(outcome(text, { bytesMax: 6 })).toBe('\u00e9\u00e9');
    expect(outcome(text, { bytesMax: 5 })).toBe('LIMIT_EXCEEDED');
    expect(outcome(new TextEncoder().encode(text), { bytesMax: 6 })).toBe('\u00e9\u00e9');
    expect(outcome(new TextEncoder().encode(text), { bytesMax: 5 })).toBe('LIMIT_EXCEEDED');
  });

  it('in depth: at the limit and one over', () => {
    expect(outcome(nested(LIMITS.jsonDepthMax))).toEqual(JSON.parse(nested(LIMITS.jsonDepthMax)));
    expect(outcome(nested(LIMITS.jsonDepthMax + 1))).toBe('LIMIT_EXCEEDED');
    expect(outcome(nested(3), { ...BYTES, depthMax: 2 })).toBe('LIMIT_EXCEEDED');
  });

  it('A74: in depth, even when no bracket is closed', () => {
    expect(outcome('['.repeat(90_000))).toBe('LIMIT_EXCEEDED');
    expect(outcome('{"a":'.repeat(10_000))).toBe('LIMIT_EXCEEDED');
  });

  it('in the size of its numbers: an overflow of a double is refused, not infinity', () => {
    expect(outcome('[1e308,-1e308]')).toEqual([1e308, -1e308]);
    expect(outcome('[1e309]')).toBe('LIMIT_EXCEEDED');
    expect(outcome('{"a":-1E+400}')).toBe('LIMIT_EXCEEDED');
    expect(outcome('9'.repeat(400))).toBe('LIMIT_EXCEEDED');
    expect(outcome('["1e400"]')).toEqual(['1e400']);
  });

  it('and is read in linear time: a megabyte of backslashes and of keys', () => {
    const spent = startThreadClock();
    outcome(`"${'\\\\'.repeat(500_000)}"`, { bytesMax: 2_000_000 });
    outcome(`{${[...Array(60_000).keys()].map((key) => `"k${key}":0`).join()}}`, {
      bytesMax: 2_000_000,
    });
    outcome(`"${'\\"'.repeat(500_000)}`, { bytesMax: 2_000_000 });
    expect(spent()).toBeLessThan(20_000); // minutes when quadratic
  });
});

describe('a text that is not JSON is refused', () => {
  it.each([
    ['nothing', ''],
    ['a truncated object', '{"a":1'],
    ['a truncated text', '{"a'],
    ['a truncated escape', '"\\u00'],
    ['a second document', '{} {}'],
    ['a trailing comma', '[1,]'],
    ['a comment', '{/* */}'],
    ['NaN', '[NaN]'],
    ['a leading zero', '[01]'],
    ['a bare key', '{a:1}'],
    ['single quotes', "{'a':1}"],
    ['a raw line break in a text', '"\n"'],
    ['closing brackets only', ']]}}'],
  ])('%s', (_what, text) => {
    expect(outcome(text)).toBe('MALFORMED');
  });

  it('bytes that are not UTF-8', () => {
    expect(outcome(new Uint8Array([0x22, 0xff, 0x22]))).toBe('MALFORMED');
    expect(outcome(new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22]))).toBe('MALFORMED');
    expect(orThrow(decodeUtf8(new Uint8Array([0xc3, 0xa9])))).toBe('é');
  });

  it('a byte order mark is dropped from bytes', () => {
    expect(outcome(new Uint8Array([0xef, 0xbb, 0xbf, 0x31]))).toBe(1);
  });

  it('and the message quotes only a few words of it', () => {
    const parsed = parseJson(`{"password":"${'hunter2 '.repeat(1_000)}`, BYTES);
    expect(parsed.ok ? '' : parsed.failure.message.length).toBeLessThan(300);
  });
});

describe('parsing', () => {
  it('agrees with JSON.parse on every document that JSON.stringify writes', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ noUnicodeString: false }),
        fc.constantFrom(0, 2),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          expect(outcome(text)).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it('calls a text compact only where JSON.stringify of its value writes the same text', () => {
    const scalars = fc.constantFrom('1', '-0', '0', '1.0', '1e3', '12345678901234567890', '-7');
    const strings = fc.constantFrom('"a"', '"\\u0061"', '"\\/"', '"\\n\\\\"', '"é"', '"\ud800"');
    const keys = fc.constantFrom('"b"', '"2"', '"1"', '"a"', '"\\u0062x"');
    const member = fc.tuple(keys, fc.oneof(scalars, strings)).map((pair) => pair.join(':'));
    const space = fc.constantFrom('', '', ' ', '\t');
    const text = fc
      .tuple(fc.array(member, { maxLength: 4 }), space, space)
      .map(([all, one, other]) => `${one}{${all.join(`,${other}`)}}`);
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseJsonText(input, BYTES);
        if (parsed.ok && parsed.value.isCompact)
          expect(JSON.stringify(parsed.value.value)).toBe(input);
      }),
      { numRuns: 2_000 },
    );
    for (const plain of ['{"b":1,"a":["x",null,true]}', '{"a":"é\\n\\""}'])
      expect(orThrow(parseJsonText(Buffer.from(plain), BYTES)).isCompact).toBe(true);
    for (const spaced of ['{"b":1, "a":2}', '\ufeff{"é":1}'])
      expect(orThrow(parseJsonText(Buffer.from(spaced), BYTES)).isCompact).toBe(false);
  });

  it('never accepts what JSON.parse refuses, and never throws for any bytes', () => {
    const pieces = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '"a":',
      '1',
      '1e999',
      '-',
      'null',
      ' ',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(pieces, { maxLength: 30 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (input) => {
        const parsed = parseJson(input, { bytesMax: 1_000, depthMax: 8 });
        if (parsed.ok) expect(parsed.value).toEqual(JSON.parse(input));
        else
          expect(['MALFORMED', 'DUPLICATE_KEY', 'LIMIT_EXCEEDED']).toContain(parsed.failure.code);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('X2: canonical JSON (RFC 8785) is one text for one value', () => {
  it('writes the sample of the specification', () => {
    const sample: JsonValue = {
      numbers: orThrow(
        parseJson('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]', BYTES),
      ),
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/',
      literals: [null, true, false],
    };
    expect(canonicalizeJson(sample)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('writes the same text in pieces', () => {
    const value = fc.jsonValue({ noUnicodeString: true });
    fc.assert(
      fc.property(value, (json) => {
        const pieces = [...listCanonicalPieces(json as JsonValue)];
        expect(pieces.join('')).toBe(canonicalizeJson(json as JsonValue));
      }),
    );
    expect([...listCanonicalPieces({ a: [1, { b: 2 }], c: {}, d: [] })]).toHaveLength(9);
  });

  it('sorts keys by UTF-16 code units, not by code points', () => {
    const keys = {
      '\u20ac': 1,
      '\r': 2,
      '\ufb33': 3,
      '1': 4,
      '\u{1f600}': 5,
      '\u0080': 6,
      '\u00f6': 7,
    };
    expect(canonicalizeJson(keys)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
    );
  });

  it.each([
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [999999999999999900000, '999999999999999900000'],
    [1e-7, '1e-7'],
    [0.000001, '0.000001'],
  ])('writes the number %d as %s', (value, text) => {
    expect(canonicalizeJson(value)).toBe(text);
  });

  it('does not depend on the order of the members, and is read back as the same value', () => {
    const value = fc
      .jsonValue()
      .filter((candidate) => !JSON.stringify(candidate).includes('__proto__'));
    fc.assert(
      fc.property(value, (candidate) => {
        const text = canonicalizeJson(candidate as JsonValue);
        expect(canonicalizeJson(reversed(candidate as JsonValue))).toBe(text);
        expect(canonicalizeJson(orThrow(parseJson(text, BYTES)))).toBe(text);
      }),
    );
  });

  it('leaves out members that are undefined', () => {
    expect(canonicalizeJson({ b: undefined, a: 1 })).toBe('{"a":1}');
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { '\udc00': 1 }])(
    'has no text for %j',
    (value) => {
      expect(() => canonicalizeJson(value)).toThrow(RangeError);
    },
  );
});

function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(
    ([key, member]) => [key, reversed(member ?? null)] as const,
  );
  return Object.fromEntries(members.reverse());
}
