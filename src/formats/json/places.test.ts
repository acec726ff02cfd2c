import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../core/json.ts';
import { applyEdits } from '../text/edits.ts';
import { addMembers, replaceValue } from './edits.ts';
import { createLineCounter, createMemberFinder, findMember, listMembers } from './places.ts';

const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 4 }));
const indent = fc.constantFrom('', '  ', '\t');

describe('places in a JSON document', () => {
  it('are found for every member, for any document in any spacing', () => {
    fc.assert(
      fc.property(object, indent, fc.boolean(), (value, space, isMarked) => {
        const text = `${isMarked ? '\ufeff' : ''}${JSON.stringify(value, null, space)}\n`;
        const plain = JSON.parse(JSON.stringify(value)) as JsonObject;
        const found = listMembers(text, 0);
        expect(found.map(({ key }) => key)).toEqual(Object.keys(plain));
        for (const { key, keyStart, valueStart, valueEnd } of found) {
          expect(text[keyStart]).toBe('"');
          expect(JSON.parse(text.slice(valueStart, valueEnd))).toEqual(plain[key]);
        }
      }),
    );
  });

  it('truth B1: a key that is not JSON ends nothing, in a text that nobody parsed before', () => {
    expect(listMembers('{"a\\q":1}', 0)).toMatchObject([{ key: '"a\\q"' }]);
  });

  it.each(['[{"a":1}]', '["a", 1]', '"a"', '1', ''])('are none when the document is %s', (text) => {
    expect(listMembers(text, 0)).toEqual([]);
  });

  it('are found by a path of keys, and an escaped key by its meaning', () => {
    const text = '{ "a" : { "b\\u002f" : [ { "c" : "}" } ] , "d" : null } }';
    const { valueStart = 0, valueEnd = 0 } = findMember(text, ['a', 'b/']) ?? {};
    expect(text.slice(valueStart, valueEnd)).toBe('[ { "c" : "}" } ]');
    expect(findMember(text, ['a', 'd'])).not.toBeNull();
    expect(findMember(text, ['a', 'c'])).toBeNull();
    expect(findMember(text, ['d'])).toBeNull();
  });

  it('have lines, counted from 1', () => {
    const toLine = createLineCounter('{\n\n"a": 1 }');
    expect([0, 1, 2, 3, 8].map(toLine)).toEqual([1, 1, 2, 3, 3]);
  });
});

describe('edits of a JSON document', () => {
  const apply = (text: string, edit: ReturnType<typeof replaceValue>): string =>
    applyEdits(text, edit === null ? [] : [edit]);

  it('change a value and no other byte', () => {
    expect(
      apply(
        '{"a" :  {"b":1 ,"c":[ ]}}',
        replaceValue(createMemberFinder('{"a" :  {"b":1 ,"c":[ ]}}'), ['a', 'b'], 'x'),
      ),
    ).toBe('{"a" :  {"b":"x" ,"c":[ ]}}');
    expect(replaceValue(createMemberFinder('{"a":1}'), ['b'], 'x')).toBeNull();
  });

  it.each([
    ['{\n  "a" :   1,\n  "b":2 }\n', '{\n  "a" :   1,\n  "b":2,\n  "o": {\n    "x": "1"\n  } }\n'],
    ['{"a" :1}', '{"a" :1,"o":{"x":"1"}}'],
    ['{\r\n\t"o": {}\r\n}', '{\r\n\t"o": {\r\n\t\t"x": "1"\r\n\t}\r\n}'],
    ['{\n  "o": {\n    "a":1\n  }\n}', '{\n  "o": {\n    "a":1,\n    "x": "1"\n  }\n}'],
  ])('add members to %j in its own layout, and change no other line', (before, after) => {
    expect(apply(before, addMembers(before, ['o'], { x: '1' }))).toBe(after);
  });

  it('add nothing when a member of another kind has the name, or when the text is empty', () => {
    expect(addMembers('{"o":[1]}', ['o'], { x: '1' })).toBeNull();
    expect(addMembers('{}', ['o'], { x: '1' })).toBeNull();
    const deep = '{\n  "a": {}\n}';
    expect(apply(deep, addMembers(deep, ['a', 'b'], { x: '1' }))).toBe(
      '{\n  "a": {\n    "b": {\n      "x": "1"\n    }\n  }\n}',
    );
  });
});
