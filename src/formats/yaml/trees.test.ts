import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { findNode, listItems, parseYamlTrees, readScalar, type YamlNode } from './trees.ts';

const LIMIT = { bytesMax: 100_000 };

function toPlain(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'tagged') return node.tag;
  if (node.kind === 'list') return node.items.map(toPlain);
  return Object.fromEntries([...node.entries].map(([key, value]) => [key, toPlain(value)]));
}
const read = (text: string): unknown => orThrow(parseYamlTrees(text, LIMIT)).map(toPlain);

describe('YAML as other programs write it', () => {
  it('has aliases, merge keys, tags of applications and several documents', () => {
    const text =
      '.base: &base { image: node, tags: [a] }\njob:\n  <<: *base\n  tags: *none\n---\nb: !ref [x]\n';
    expect(() => read(text)).toThrow('*none stands for nothing');
    expect(read(text.replace('*none', '[b]'))).toEqual([
      { '.base': { image: 'node', tags: ['a'] }, job: { image: 'node', tags: ['b'] } },
      { b: '!ref' },
    ]);
    expect(read('a: &a { x: 1 }\nb: &b { x: 2, y: 2 }\nc: { <<: [*a, *b], z: 3 }\n')).toMatchObject(
      [{ c: { x: 1, y: 2, z: 3 } }],
    );
    expect(read('on: push\n8080: a\ntrue: b\n')).toEqual([{ on: 'push', 8080: 'a', true: 'b' }]);
    expect(read('# nothing\n---\n---\n')).toEqual([]);
  });

  it('tells where each value is, in every document', () => {
    const text = 'a: 1\n---\nimages:\n  - "node:22"\n  - nginx\n';
    const [, second = null] = orThrow(parseYamlTrees(text, LIMIT));
    const images = listItems(findNode(second, 'images'));
    expect(images.map(({ start, end }) => text.slice(start, end))).toEqual(['"node:22"', 'nginx']);
    expect(images.map(readScalar)).toEqual(['node:22', 'nginx']);
  });

  it.each([
    ['a key twice', 'a: 1\na: 2\n', 'occurs twice'],
    ['a key that is a list', '[a]: b\n', 'a key is a list'],
    ['an alias before its anchor', 'a: *x\nb: &x 1\n', 'stands for nothing'],
    ['an alias within itself', 'a: &x [*x]\n', 'stands for nothing'],
    ['a merge of a text', 'a: &x t\nb: { <<: *x }\n', 'something else than maps'],
    ['an unfinished list', 'ok: 1\n---\na: [1\n', 'at line 4'],
    ['a template', 'image: {{ .Values.image }}\n', ''],
  ])('refuses %s', (_, text, why) => {
    expect(parseYamlTrees(text, LIMIT)).toMatchObject({
      ok: false,
      failure: { code: 'MALFORMED', message: expect.stringContaining(why) },
    });
  });

  it('bounds what aliases stand for, with a little memory', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let at = 1; at < 12; at++)
      bomb.push(`a${at}: &a${at} [${`*a${at - 1}, `.repeat(9)}*a${at - 1}]`);
    expect(parseYamlTrees(bomb.join('\n'), LIMIT)).toMatchObject({
      failure: { message: 'aliases or lists make it too large' },
    });
    expect(read(bomb.slice(0, 4).join('\n'))).toHaveLength(1);
    const maps = 'a: &a { b: 1, c: 2 }\n'.concat(
      ...Array.from({ length: 50 }, (_, at) => `x${at}: { <<: *a }\n`),
    );
    expect(read(maps)).toHaveLength(1);
  });

  it('gives trees within the text, or a Failure, for any text', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '- ',
        'a: ',
        '? ',
        '\n',
        '  ',
        '[',
        '&x ',
        '*x',
        '|',
        '{',
        '!t ',
        '<<: *x',
        '\n---\n',
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const text = parts.join('');
        const trees = parseYamlTrees(text, LIMIT);
        if (!trees.ok) expect(trees.failure).toBeInstanceOf(Failure);
        else
          for (const { start, end } of trees.value)
            expect(start >= 0 && end <= text.length && start <= end).toBe(true);
      }),
    );
  });
});
