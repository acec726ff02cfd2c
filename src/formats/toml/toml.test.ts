import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { parseToml } from './parse.ts';

const bounds = { bytesMax: 4096 };
const read = (text: string) => orThrow(parseToml(text, bounds));

describe('X9: a TOML document', () => {
  it('becomes JSON values', () => {
    const text =
      '[[package]]\nname = "a"\nage = 9223372036854775807\nsince = 2024-05-27\nbig = inf';
    const [first] = (read(text) as { package: object[] }).package;
    const expected = {
      name: 'a',
      age: '9223372036854775807',
      since: '2024-05-27',
      big: 'Infinity',
    };
    expect({ ...first }).toEqual(expected);
  });

  it('has no key that reaches a prototype', () => {
    const value = read('[__proto__]\npolluted = true\n[constructor]\na = 1') as object;
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['too large', `a = "${'é'.repeat(2100)}"`, 'the document is too large'],
    [
      'too deep',
      `a = ${'['.repeat(80)}${']'.repeat(80)}`,
      expect.stringMatching(/deep|depth|nest/i),
    ],
    ['a key twice', 'a = 1\na = 2', expect.stringContaining('at line 2')],
  ])('that is wrong is refused: %s', (_, text, message) => {
    const result = parseToml(text, bounds);
    expect(result).toMatchObject({ ok: false, failure: { code: 'MALFORMED', message } });
  });

  it('of any text is read or refused with a Failure', () => {
    const piece = fc.constantFrom(
      '[',
      ']',
      '"',
      "'''",
      '=',
      '.',
      '\n',
      'a',
      '1',
      '{',
      '}',
      '#',
      '-',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        const result = parseToml(pieces.join(''), bounds);
        expect(result.ok || result.failure instanceof Failure).toBe(true);
      }),
    );
  });
});
