import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { parseYaml } from './parse.ts';

const LIMIT = { bytesMax: 1_000 };

function refusal(text: string, bytesMax = LIMIT.bytesMax): string | null {
  const parsed = parseYaml(text, { bytesMax });
  return parsed.ok ? null : `${parsed.failure.code}: ${parsed.failure.message}`;
}

describe('strict YAML', () => {
  it('is JSON with comments, by the core schema of YAML 1.2', () => {
    const text = '# a comment\nname: shop # another\nrevision: 3\nparts: [a, "b", no, null]\n';
    expect(orThrow(parseYaml(text, LIMIT))).toEqual({
      name: 'shop',
      revision: 3,
      parts: ['a', 'b', 'no', null], // YAML 1.1 reads `no` as false
    });
  });

  it.each([
    ['an alias', 'a: &x [1]\nb: *x', 'a: &x [1]\nb: x'],
    ['a tag that makes objects', "a: !!js/function 'x'", "a: 'x'"],
    ['a tag of bytes', 'a: !!binary ZGVm', 'a: ZGVm'],
    ['a tag of a plain text', 'a: !!str 1', 'a: "1"'],
    ['a tag without a name', 'a: ! [1]', 'a: [1]'],
    ['a tag of a key', '!!str a: 1', 'a: 1'],
    ['a key twice', 'a: 1\na: 2', 'a: 1\nb: 2'],
    ['a merge key', '<<: {a: 1}', 'b: {a: 1}'],
    ['a key that reaches a prototype', '__proto__: {a: 1}', 'proto: {a: 1}'],
    ['a key that is a number', '1: a', '"1": a'],
    ['a key that is a truth', 'true: b', '"true": b'],
    ['a key that is nothing', '~: b', '"~": b'],
    ['a key that is a list', '[a]: b', 'a: b'],
    ['two documents', 'a: 1\n---\nb: 2', 'a: 1\nb: 2'],
    ['an unknown directive', '%FOO bar\n---\na: 1', '%YAML 1.2\n---\na: 1'],
    ['a list that does not end', 'a: [1', 'a: [1]'],
    ['too many dashes in a row', `${'- '.repeat(51)}a`, `${'- '.repeat(50)}a`],
    ['too many nested brackets', `a: ${'['.repeat(201)}${']'.repeat(201)}`, 'a: [[]]'],
  ])('refuses %s', (_, refused, accepted) => {
    expect(refusal(refused)).toMatch(/^MALFORMED: /);
    expect(refusal(accepted)).toBeNull();
  });

  it('is read at its limit in bytes, and refused over it', () => {
    const text = `a: "${'é'.repeat(20)}"`;
    expect(refusal(text, Buffer.byteLength(text))).toBeNull();
    expect(refusal(text, Buffer.byteLength(text) - 1)).toContain('too large');
  });

  it('gives a value or a Failure for any text and never throws', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('- ', ': ', '? ', '\n', '  a: [', '&x *x', '|', '>', '{', '!!', '<<: *x'),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const parsed = parseYaml(parts.join(''), { bytesMax: 10_000 });
        if (!parsed.ok) expect(parsed.failure).toBeInstanceOf(Failure);
      }),
    );
  });
});
