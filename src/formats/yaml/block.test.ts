import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../core/json.ts';
import { readBlockForm, readYamlTexts, splitYamlDocuments } from './block.ts';
import { parseYaml } from './parse.ts';

const SIGNS = ' :-#?"\'{}[],|>&*!%@`~ab1.\\\t\r';
const LIMIT = { bytesMax: 100_000 };
const parse = (text: string) => parseYaml(text, { ...LIMIT, schema: 'failsafe' });

/** What pnpm and Yarn write, and what they nearly write. */
const LINES = [
  ...['a:', '  b: 1.10', "  '@c/d@1.0.0': {}", '    e: {integrity: sha512-x==, os: [linux, a]}'],
  ...['  - x', '- y', '  f: |-', '     text', '  g: >-', 'h: "i"', "j: 'it''s'", '# note', ''],
  ...['? long', ': value', '  k:   l   ', 'm: n # o', 'p: q: r', 's:t', "  'u': [", '  v: *w'],
  ...['x: 2020-01-01', 'y: ~', 'z: - a', '  - aa: bb', '    cc: dd', 'ee: |', '  ff', '---'],
  ...[
    'gg: "\\n"',
    "hh: 'a' b",
    'ii: [a, {b: c}]',
    'jj: {a: b',
    'kk: [a,b]',
    'll: {a:b}',
    'mm: &n o',
  ],
  ...['nn: @a', 'oo: `a', 'pp: !x', 'qq: %a', 'rr: , a', '<<: ss', 'tt :uu', 'vv:', '  ww: >=1 <2'],
  ...['__proto__: a', 'xx: [a, ]', 'yy: [, a]', 'zz: {a: }', 'a-b: {c d: e f}', 'a: -', 'b: ?'],
];

describe('the block form of YAML, in which locks are written', () => {
  it('B2: gives what the parser of YAML gives, or nothing', () => {
    const any = fc.string({ unit: fc.constantFrom(...SIGNS), maxLength: 8 });
    const line = fc.record({
      up: fc.nat(3),
      key: fc.constantFrom('a', "'@c/d", '"e f', 'g@h', '/i j'),
      value: fc.constantFrom('', '', '', 'b', '{}', '[x, y]', '{a: b}', '1.10', '"c d"', null),
      any,
      // Most lines are as they should be.
      noise: fc.constantFrom(...LINES, ...Array.from({ length: 250 }, () => null)),
    });
    const end = fc.constantFrom('\n', '', '\r\n', '\n\n');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), end, (lines, last) => {
        const text = lines.map(indent()).join('\n') + last;
        const block = readBlockForm(text);
        if (block === null) return;
        expect({ text, read: parse(text) }).toEqual({ text, read: { ok: true, value: block } });
      }),
      { numRuns: 800 },
    );
  });

  it('B2: reads any tree of texts that is written as pnpm writes it', () => {
    const name = fc.stringMatching(/^[a-z@/.^~][a-z0-9@/.:^~-]{0,12}[a-z0-9]$/);
    const { tree } = fc.letrec<{ tree: JsonValue }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        name,
        fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 4 }),
      ) as fc.Arbitrary<JsonValue>,
    }));
    fc.assert(
      fc.property(fc.dictionary(name, tree, { minKeys: 1 }), (map) => {
        expect(readBlockForm(write(map, 0))).toEqual(map);
      }),
    );
  });

  it.each<[string, string, JsonValue]>([
    ['numbers as they are written', 'a: 1.10\nb: 0x1', { a: '1.10', b: '0x1' }],
    ['nothing as an empty text', 'a:\nb: ~', { a: '', b: '~' }],
    ['a long key', '? a\n: b: c\n  d: e\nf: g', { a: { b: 'c', d: 'e' }, f: 'g' }],
    ['a literal text', 'a: |-\n  x\n\n    y\n\nb: |\n  z\n', { a: 'x\n\n  y', b: 'z\n' }],
    ['a list of maps', 'a:\n- b: c\n  d: e\n- f', { a: [{ b: 'c', d: 'e' }, 'f'] }],
  ])('B2: reads %s', (_, text, value) => {
    expect([readBlockForm(text), parse(text)]).toEqual([value, { ok: true, value }]);
  });

  it.each([
    ['a key twice', 'a: 1\na: 2\n'],
    ['an alias', 'a: *b\n'],
    ['a tab', 'a:\tb\n'],
    ['a text on two lines', 'a: b\n  c\n'],
    ['an end of the document', 'a: b\n...\n'],
    ['nothing at all', '# a comment\n'],
  ])('leaves %s to the parser', (_, text) => {
    expect(readBlockForm(text)).toBeNull();
  });

  it('refuses what is too large, and reads the same up to the limit', () => {
    const text = 'a: "é"\n';
    expect(readYamlTexts(text, { bytesMax: 8 })).toEqual({ ok: true, value: { a: 'é' } });
    expect(readYamlTexts(text, { bytesMax: 7 })).toMatchObject({ ok: false });
  });

  it('B2: splits a stream where a line begins a document', () => {
    expect(splitYamlDocuments('---\na: 1\n---\nb: 2\n')).toEqual(['a: 1\n', 'b: 2\n']);
    expect(splitYamlDocuments('a: 1\n--- \nb: |\n  ---\n')).toEqual(['a: 1\n', 'b: |\n  ---\n']);
  });
});

/** Mostly an entry below an empty one, or beside or above the one before. */
function indent() {
  let [depth, isOpen] = [0, true];
  return (
    line: { up: number; key: string; value: string | null; any: string; noise: string | null },
    at: number,
  ): string => {
    const { up, key, value, any, noise } = line;
    depth = isOpen && at > 0 && up > 0 ? depth + 1 : Math.max(0, depth - up);
    isOpen = value === '';
    const quote = /^['"]/.exec(key)?.[0] ?? '';
    return noise ?? `${'  '.repeat(depth)}${key}${at}${quote}: ${value ?? any}`;
  };
}

function write(map: Readonly<Record<string, JsonValue>>, depth: number): string {
  return Object.entries(map)
    .map(([key, value]) => {
      const start = `${'  '.repeat(depth)}'${key}':`;
      return typeof value === 'string'
        ? `${start} '${value}'\n`
        : `${start}\n${write(value as Record<string, JsonValue>, depth + 1)}`;
    })
    .join('');
}
