import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import type { JsonValue } from '../../core/json.ts';
import { MemberSplitter } from './split-members.ts';

function split(text: string, pieceBytes = 1_000, bytesMax = 10_000): readonly object[] {
  const splitter = new MemberSplitter(bytesMax);
  const bytes = Buffer.from(text);
  const found: object[] = [];
  for (let at = 0; at < bytes.length; at += pieceBytes)
    found.push(...splitter.push(bytes.subarray(at, at + pieceBytes)));
  splitter.finish();
  return found;
}

function listMembers(value: object): readonly object[] {
  return Object.entries(value).flatMap(([key, member]: [string, JsonValue]) =>
    Array.isArray(member) ? member.map((item) => ({ key, value: item })) : [{ key, value: member }],
  );
}

describe('the members of an object that comes in pieces', () => {
  it('are those that the whole object has, wherever it is cut, with the items of its lists', () => {
    const key = fc.string().filter((text) => text !== '__proto__' && text.isWellFormed());
    const object = fc.dictionary(key, fc.oneof(fc.jsonValue(), fc.array(fc.jsonValue())));
    fc.assert(
      fc.property(object, fc.integer({ min: 1, max: 40 }), fc.boolean(), (value, piece, isWide) => {
        const text = isWide ? JSON.stringify(value, null, 2) : JSON.stringify(value);
        const expected = listMembers(JSON.parse(text) as object);
        expect(split(text, piece, 1_000_000)).toEqual(expected);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['an object without its end', '{"a":1'],
    ['an object cut within a text', '{"a":"'],
    ['two objects', '{}{}'],
    ['a text behind the object', '{}"a"'],
    ['a key without a value', '{"a":}'],
    ['a key alone', '{"a"}'],
    ['a value without a key', '{1}'],
    ['a key that is no text', '{1:2}'],
    ['a comma at the end', '{"a":1,}'],
    ['a comma at the start', '{,"a":1}'],
    ['two values', '{"a":1 2}'],
    ['a value behind a list', '{"a":[1] 2}'],
    ['two lists', '{"a":[1][2]}'],
    ['a comma at the end of a list', '{"a":[1,]}'],
    ['a comma at the start of a list', '{"a":[,1]}'],
    ['a list that ends as an object', '{"a":[1}'],
    ['an object that ends as a list', '{"a":1]'],
    ['a bracket too many', '{"a":{}}}'],
    ['a key that came before', '{"a":1,"a":2}'],
    ['a value that is no JSON', '{"a":tru}'],
  ])('%s is refused', (_, text) => {
    for (const piece of [1, 3, 100])
      expect(() => split(text, piece)).toThrow(expect.objectContaining({ code: 'MALFORMED' }));
  });

  it('a member of the limit is read, and one of a byte more is not', () => {
    const text = `{"a":"${'x'.repeat(98)}"}`;
    expect(split(text, 7, 100)).toHaveLength(1);
    expect(() => split(text, 7, 99)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
    expect(() => split(text, 200, 99)).toThrow(Failure);
    // Nothing of it is kept until its end, which may never come.
    const splitter = new MemberSplitter(99);
    expect(() => splitter.push(Buffer.from(text.slice(0, -1)))).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED' }),
    );
  });

  it('throws nothing but a Failure, whatever the bytes are', () => {
    const text = fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[{}[\]",:a1 ]{0,30}$/));
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 5 }), (raw, piece) => {
        try {
          const members = split(raw, piece);
          expect(members).toEqual(listMembers(JSON.parse(raw) as object));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Failure);
        }
      }),
    );
  });
});
