import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { JsonItems, JsonMark, type JsonMembers, JsonRows, type NamedMembers } from './members.ts';
import { parseJson } from './parse.ts';
import { parseJsonMembers } from './parse-members.ts';

const BYTES = { bytesMax: 100_000 };
const read = (
  text: string | Uint8Array,
  members: JsonMembers = 'all',
  options = BYTES,
): unknown => {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  const parsed = parseJsonMembers(bytes, members, options);
  return parsed.ok ? parsed.value : parsed.failure.code;
};
const whole = (text: string | Uint8Array): unknown => {
  const parsed = parseJson(typeof text === 'string' ? Buffer.from(text) : text, BYTES);
  return parsed.ok ? parsed.value : parsed.failure.code;
};

describe('truth B1: a document is read without building what nobody asks for', () => {
  it('keeps the named members only, of objects and of the items of lists', () => {
    const members = { name: 'all', list: { a: 'all' } } as const;
    const text = '{"name":"x","list":[{"a":[1,{"c":2}],"b":{"a":3}},4,[{"a":5,"d":6}]],"more":{}}';
    expect(read(text, members)).toEqual({
      name: 'x',
      list: [{ a: [1, { c: 2 }] }, 4, [{ a: 5 }]],
    });
    const nested: { [name: string]: JsonMembers } = { id: 'all' };
    nested['parts'] = nested;
    expect(read('{"id":1,"parts":[{"id":2,"x":0,"parts":[{"id":3}]}]}', nested)).toEqual({
      id: 1,
      parts: [{ id: 2, parts: [{ id: 3 }] }],
    });
  });

  it('gives the items of a list one by one, in their order, and keeps none', () => {
    const taken: JsonValue[] = [];
    const list = new JsonItems({ a: 'all' }, (item) => taken.push(item));
    expect(read('{"list":[{"a":1,"b":2},[{"a":3}],"t"],"x":1}', { list })).toEqual({ list: [] });
    expect(taken).toEqual([{ a: 1 }, [{ a: 3 }], 't']);
    expect(read('{"list":{"a":1}}', { list })).toEqual({ list: { a: 1 } });
    expect(taken).toHaveLength(3);
  });

  it('gives the objects of a list as rows, of which each member is what it is otherwise', () => {
    const taken: unknown[] = [];
    const inner: unknown[] = [];
    const tags = new JsonRows([['t', 'all']], (row) => inner.push(row?.value(0)));
    const columns = [
      ['a', 'all'],
      ['b', { c: 'all' }],
      ['tags', tags],
    ] as const;
    const list = new JsonRows(columns, (row) => {
      taken.push(row === null ? null : [row.value(0), row.value(1), row.isAbsent(0)]);
    });
    const text =
      '{"list":[{"x":0,"a":"é","b":{"c":1,"d":2}},{"b":[{"c":3}],"a":"p\\u0061"},{"a":null},' +
      '[{"a":"in a list"}],7,{"a":"plain","tags":[{"t":"y"},8]},{"tags":{"t":"z"}},{}]}';
    expect(read(text, { list })).toEqual({ list: [] });
    expect(taken).toEqual([
      ['é', { c: 1 }, false],
      ['pa', [{ c: 3 }], false],
      [null, undefined, false],
      null,
      null,
      ['plain', undefined, false],
      [undefined, undefined, true],
      [undefined, undefined, true],
    ]);
    expect(inner).toEqual(['y', undefined]);
    expect(read('{"list":{"a":"no list"}}', { list })).toEqual({ list: {} });
    expect(read('{"list":[{"a":1,"\\u0061":2}]}', { list })).toBe('DUPLICATE_KEY');
    expect(read('{"list":[{"a":"b}]}', { list })).toBe('MALFORMED');
  });

  it('compares a text of a row as if it were built, in whatever form it is written', () => {
    const answers: unknown[] = [];
    const take = (row: Parameters<JsonRows['take']>[0]): void => {
      answers.push([row?.is(0, 'purl'), row?.startsWith(0, 'pu'), row?.isText(0)]);
    };
    const forms = ['"purl"', '"p\\u0075rl"', '"pur"', '"purl "', '"p"', '["purl"]', '"PURL"'];
    const text = `[${forms.map((form) => `{"t":${form}}`).join(',')}]`;
    expect(read(text, new JsonRows([['t', 'all']], take))).toEqual([]);
    const [same, begins, other] = [
      [true, true, true],
      [false, true, true],
      [false, false, true],
    ];
    expect(answers).toEqual([same, same, begins, begins, other, [false, false, false], other]);
  });

  it('builds a marked text only where it begins so', () => {
    const members = { a: new JsonMark('built from: ') };
    expect(read('{"a":"built from: x 1"}', members)).toEqual({ a: 'built from: x 1' });
    expect(read('{"a":"built"}', members)).toEqual({ a: '' });
    expect(read('{"a":["built from: \\u0061",7]}', members)).toEqual({ a: ['built from: a', 7] });
  });

  it('finds the end of a text at every place in memory, whatever ends or interrupts it', () => {
    const memory = Buffer.alloc(64);
    for (const inner of ['', '\\n', '\\"', 'é', '\\u0000', '\t', '\x1f', '\x7f', '!#[]'])
      for (let length = 0; length < 9; length++)
        for (let shift = 0; shift < 4; shift++) {
          const text = `["${'z'.repeat(length)}${inner}","${inner}${'z'.repeat(length)}"]`;
          const end = shift + memory.write(text, shift);
          expect(read(memory.subarray(shift, end))).toEqual(whole(text));
          // What follows in memory is no part of the document.
          memory.write('"]', end - 2);
          expect(read(memory.subarray(shift, end - 2))).toEqual(whole(text.slice(0, -2)));
        }
  });

  it.each([
    ['a repeated key in a part that is skipped', '{"x":{"a":1,"\\u0061":2},"name":1}'],
    ['a repeated key among many', `{"x":{${[...Array(40).keys(), 3].map((k) => `"k${k}":0`)}}}`],
    ['a repeated key after an object that has it', '{"x":{"a":{"a":1},"a":2}}'],
    ['depth in a part that is skipped', `{"x":${'['.repeat(200)}${']'.repeat(200)}}`],
    ['a number that no double holds', '{"x":1e999}'],
    ['a raw line break in a text', '{"x":"a\nb"}'],
    ['a broken escape', '{"x":"\\u12"}'],
    ['bytes that are not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['what follows the document', '{} {}'],
    ['a word that is none', '{"x":nul}'],
  ])('refuses %s as the reader of whole documents does', (_, text) => {
    expect(read(text, { name: 'all' })).toBe(whole(text));
    expect(typeof whole(text)).toBe('string');
  });

  it('is bounded in bytes and in depth: at the limit and one over', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(read(nested(LIMITS.jsonDepthMax))).toEqual(JSON.parse(nested(LIMITS.jsonDepthMax)));
    expect(read(nested(LIMITS.jsonDepthMax + 1))).toBe('LIMIT_EXCEEDED');
    expect(read('"12"', 'all', { bytesMax: 4 })).toBe('12');
    expect(read('"12"', 'all', { bytesMax: 3 })).toBe('LIMIT_EXCEEDED');
  });

  it('reads what the reader of whole documents reads, for any text, and never throws', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"', '\\', '"a"', '"a":', '"b":', '"\\u0061":', '1', '-'],
      ...['0', '01', '1.', '.5', '1e5', '-0', '1e999', 'true', 'nul', 'null', ' ', '\n', 'é', '\t'],
      ...['"é\\n"', '"\\ud800"', '\ufeff', '123456789012345678', '"__proto__":', '""'],
    );
    const text = fc.oneof(
      { weight: 4, arbitrary: fc.array(piece, { maxLength: 24 }).map((all) => all.join('')) },
      fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value)),
      fc.jsonValue().map((value) => JSON.stringify(value, null, 2)),
    );
    fc.assert(
      fc.property(text, (input) => {
        expect(read(input)).toEqual(whole(input));
        const none = read(input, {});
        if (typeof whole(input) === 'string' && typeof none === 'string')
          expect(none).toBe(whole(input));
      }),
      { numRuns: 4_000 },
    );
  });

  it('refuses the same documents whatever is asked of them', () => {
    const value = fc.jsonValue({ maxDepth: 4 }).map((json) => JSON.stringify({ a: json, b: json }));
    const change = fc.tuple(value, fc.nat(), fc.constantFrom('', '"', '}', ',', '"a":', '\\'));
    const members: NamedMembers = { b: 'all' };
    fc.assert(
      fc.property(change, ([text, place, put]) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + put + text.slice(at + 1);
        const [part, all] = [read(changed, members), whole(changed)];
        expect(typeof part === 'string' ? part : 'read').toBe(
          typeof all === 'string' ? all : 'read',
        );
      }),
      { numRuns: 2_000 },
    );
  });
});
