import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JSON_MEMORY } from '../../core/json-memory.ts';
import { orThrow } from '../../core/result.ts';
import { CompactCursor, NO_FRAME, NOT_COMPACT, NOTHING_PASSED } from './compact-cursor.ts';
import { parseJsonText } from './parse.ts';

/** Whether the cursor takes the whole document. */
function isTaken(text: string | Uint8Array, memoryBytesMax?: number): boolean {
  const cursor = new CompactCursor(memoryBytesMax);
  try {
    cursor.start(Buffer.from(text));
    cursor.skip();
    cursor.end();
    return true;
  } catch (thrown) {
    expect(thrown).toBe(NOT_COMPACT);
    return false;
  }
}

function open(text: string): CompactCursor {
  const cursor = new CompactCursor();
  cursor.start(Buffer.from(text));
  return cursor;
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const members = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"k${at}":0`).join()}}`;
const { object, list, item, member } = JSON_MEMORY;

describe('A24: what is read without parseJson is what parseJson would read', () => {
  it.each([
    ['a space', '{"a":1}', '{"a": 1}'],
    ['a character by its number', '["\\n"]', '["\\u000a"]'],
    ['an escaped slash', '["/"]', '["\\/"]'],
    ['an escape that JSON lacks', '["\\b"]', '["\\q"]'],
    ['a control character', '["x"]', '["\u0001"]'],
    ['a character that is not ASCII', '["e"]', '["é"]'],
    ['a repeated key', '{"a":1,"b":{"a":1}}', '{"a":1,"b":{},"a":1}'],
    ['a key with an escape', '{"a":1}', '{"\\"":1}'],
    ['a key that is a number', '{"b":1,"a1":2}', '{"b":1,"1":2}'],
    ['a number in another form', '[1,-0.5,1e+21]', '[1.0]'],
    ['a number with a zero before it', '[0]', '[00]'],
    ['a number that is none', '[-1]', '[-]'],
    ['a number beyond a double', '[100]', '[1e999]'],
    ['a word that is none', '[true,false,null]', '[nul]'],
    ['a comma at the end of a list', '[1]', '[1,]'],
    ['a comma at the end of an object', '{"a":1}', '{"a":1,}'],
    ['two values without a comma', '[1,2]', '["1""2"]'],
    ['another bracket at the end', '[{}]', '[{]}'],
    ['a missing end', '[[]]', '[[]'],
    ['a text without an end', '["a"]', '["a'],
    ['a text that ends in a backslash', '["a\\\\"]', '["a\\'],
    ['something behind the document', '{}', '{}{}'],
    ['a key that is no text', '{"a":1}', '{1:1}'],
    ['a missing colon', '{"a":1}', '{"a"1}'],
    ['nothing', '{}', ''],
    ['a list as deep as nobody writes', nested(24), nested(25)],
    ['an object of more members than are compared', members(16), members(17)],
  ])('%s is left to it', (_what, taken, left) => {
    expect([isTaken(taken), isTaken(left)]).toEqual([true, false]);
  });

  it.each([
    ['objects', '[{},{}]', list + 2 * object + item],
    ['lists', '[[],[]]', 3 * list + item],
    ['members', '{"a":0,"b":0}', object + member],
  ])('and so is a document whose %s may take too much memory', (_what, text, memory) => {
    expect([isTaken(text, memory), isTaken(text, memory - 1)]).toEqual([true, false]);
  });

  const anyJson = fc.json({ maxDepth: 4 }).map((text) => JSON.stringify(JSON.parse(text)));
  const cut = fc.tuple(anyJson, fc.nat(), fc.nat(3), fc.string({ maxLength: 2 }));

  it('every document that it takes is one that JSON.stringify writes, whatever is changed', () => {
    let taken = 0;
    fc.assert(
      fc.property(cut, ([text, at, length, more]) => {
        const start = at % (text.length + 1);
        for (const one of [text, text.slice(0, start) + more + text.slice(start + length)]) {
          if (!isTaken(one)) continue;
          taken++;
          const parsed = orThrow(parseJsonText(one, { bytesMax: 1_000_000 }));
          expect(JSON.stringify(parsed.value)).toBe(one);
        }
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(300);
  });
});

describe('what of a document is asked for', () => {
  it('members and items are read in their order, and others are passed over', () => {
    const cursor = open('{"a":[{"x":[]}],"b":["one","tw\\"o"],"c":3}');
    const found: string[] = [];
    cursor.openObject();
    while (cursor.nextMember()) {
      found.push(cursor.key);
      if (cursor.findKey(['x', 'b']) === 'b') {
        cursor.openList();
        while (cursor.nextItem()) found.push(cursor.readText());
      } else cursor.skip();
    }
    cursor.end();
    expect(found).toEqual(['a', 'b', 'one', 'tw"o', 'c']);
  });

  it('a text with an escape is no plain one', () => {
    expect(open('"plain"').readPlain()).toBe('plain');
    expect(() => open('"pl\\tain"').readPlain()).toThrow();
    expect(() => open('5').readPlain()).toThrow();
  });

  it('a text that is known is found again, and no longer or shorter one', () => {
    expect(['"ab"', '"abc"', '"a"'].map((text) => open(text).readPlainOr('ab'))).toEqual([
      ...['ab', 'abc', 'a'],
    ]);
  });

  it('a value that was there before is passed over at once, with its memory', () => {
    const text = '[[1,2],[1,2],[1,3],7,71]';
    const cursor = new CompactCursor(4 * list + 7 * item);
    cursor.start(Buffer.from(text));
    let passed = NOTHING_PASSED;
    const same: boolean[] = [];
    cursor.openList();
    while (cursor.nextItem()) {
      same.push(cursor.skipIf(passed));
      if (same.at(-1) === false) passed = cursor.passValue(() => cursor.skip());
    }
    // The text of a number does not show where it ends: 71 is not 7.
    expect(same).toEqual([false, true, false, false, false]);
    const small = new CompactCursor(3 * list + 2 * item - 1);
    small.start(Buffer.from('[[1,2],[1,2]]'));
    small.openList();
    small.nextItem();
    passed = small.passValue(() => small.skip());
    small.nextItem();
    expect(() => small.skipIf(passed)).toThrow();
  });

  it('a value that differs in one name is read by that name alone', () => {
    const entry = (name: string, more = '1') => `{"n":"${name}","m":${more}}`;
    const cursor = open(`[${[entry('a'), entry('bc'), entry('d', '2'), entry('e', '2')].join()}]`);
    const names: (string | null)[] = [];
    let frame = NO_FRAME;
    cursor.openList();
    while (cursor.nextItem()) {
      const name = cursor.readFramed(frame);
      names.push(name === null ? null : cursor.copyPlain());
      if (name !== null) continue;
      const mark = cursor.mark();
      cursor.openObject();
      cursor.nextMember();
      cursor.readPlain();
      const place = cursor.namePlace;
      while (cursor.nextMember()) cursor.skip();
      frame = cursor.keepFrame(mark, place);
    }
    cursor.end();
    expect(names).toEqual([null, 'bc', null, 'e']);
  });
});
