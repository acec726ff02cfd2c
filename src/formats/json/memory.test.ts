import { describe, expect, it } from 'vitest';
import { JSON_MEMORY } from '../../core/json-memory.ts';
import { LIMITS } from '../../core/limits.ts';
import { splitJsonDocuments } from './documents.ts';
import { parseJson } from './parse.ts';
import { parseJsonMembers } from './parse-members.ts';

const { object, list, item, member, hashedMember } = JSON_MEMORY;
const bytesMax = 128 * 1024 * 1024;
const repeat = (count: number, text: string): string => Array(count).fill(text).join(',');
const name = (count: number, text: (at: number) => string): string =>
  [...Array(count).keys()].map(text).join(',');
const toCode = (read: { readonly ok: boolean; readonly failure?: { readonly code: string } }) =>
  read.ok ? 'read' : read.failure?.code;

/** Each text, and what its values may take: a comma counts for what follows it. */
const DOCUMENTS: readonly [what: string, text: string, memory: number][] = [
  ['empty objects', `[${repeat(1_000, '{}')}]`, list + 1_000 * object + 999 * item],
  ['empty lists', `[${repeat(1_000, '[]')}]`, 1_001 * list + 999 * item],
  ['numbers', `[${repeat(1_000, '0')}]`, list + 999 * item],
  ['names of a small object', `{${name(9, (at) => `"${at}":0`)}}`, object + 8 * member],
  [
    'names of a large object',
    `{${name(1_000, (at) => `"k${at}":0`)}}`,
    object + 16 * member + 983 * hashedMember,
  ],
];

describe('truth B1: the memory that a document may take is bounded before it is taken', () => {
  it.each(DOCUMENTS)(
    'a document of %s is read at the limit and refused under it',
    (_, text, max) => {
      expect(toCode(parseJson(text, { bytesMax, memoryBytesMax: max }))).toBe('read');
      expect(toCode(parseJson(text, { bytesMax, memoryBytesMax: max - 1 }))).toBe('LIMIT_EXCEEDED');
    },
  );

  it.each(DOCUMENTS)('so is one of %s of which all members are asked for', (_, text, max) => {
    const read = (memoryBytesMax: number) =>
      toCode(parseJsonMembers(Buffer.from(text), 'all', { bytesMax, memoryBytesMax }));
    expect(read(max * 4)).toBe('read');
    expect(read(max / 2)).toBe('LIMIT_EXCEEDED');
    // What is only checked takes nothing, apart from names, which are compared.
    const skipped = `{"x":${text}}`;
    const options = { bytesMax, memoryBytesMax: object + hashedMember };
    if (text.startsWith('['))
      expect(toCode(parseJsonMembers(Buffer.from(skipped), {}, options))).toBe('read');
  });

  it('sixty megabytes that would be gigabytes of objects are refused by every reader', () => {
    const bytes = Buffer.alloc(60_000_002, '{},');
    bytes.write('[{');
    bytes.write('{}]', bytes.length - 3);
    const options = { bytesMax };
    expect(toCode(parseJson(bytes, options))).toBe('LIMIT_EXCEEDED');
    expect(toCode(parseJsonMembers(bytes, 'all', options))).toBe('LIMIT_EXCEEDED');
  });

  it('objects that follow each other are bounded as one document', () => {
    const bytes = Buffer.alloc(2_000, '{}');
    expect(toCode(splitJsonDocuments(bytes, 1_000 * object))).toBe('read');
    expect(toCode(splitJsonDocuments(bytes, 1_000 * object - 1))).toBe('LIMIT_EXCEEDED');
  });

  it('a document as large as one may be has room for values of 14 bytes each', () => {
    const [bytesOfMember, members] = [14, 20];
    const objects = LIMITS.documentBytesMax / (bytesOfMember * members);
    expect(objects * (object + members * member)).toBeLessThan(LIMITS.jsonMemoryBytesMax);
  });
});
