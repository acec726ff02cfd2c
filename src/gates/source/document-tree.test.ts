import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../test/support/images.ts';
import { createDocumentTree } from './document-tree.ts';

const FILES = {
  'package.json': '{}',
  'README.md': 'x',
  'shop/package-lock.json': 'on disk',
  'shop/deep/package.json': '{}',
  'other/package.json': '{}',
};

async function list(document: string, edited: ReadonlyMap<string, Uint8Array> = new Map()) {
  const paths: string[] = [];
  for await (const { path, kind } of createDocumentTree(makeTree(FILES), {
    document,
    edited,
  }).entries())
    if (kind === 'file') paths.push(path);
  return paths.toSorted();
}

describe('D2: what is examined for a document of an editor', () => {
  it('is the document, and what declares something in its folder and above', async () => {
    const shown = ['package.json', 'shop/package-lock.json'];
    expect(await list('shop/package-lock.json')).toEqual(shown);
    expect(await list('README.md')).toEqual(['README.md', 'package.json']);
  });

  it('is the text of the editor, also before there is a file', async () => {
    const edited = new Map([
      ['shop/package-lock.json', Buffer.from('edited')],
      ['shop/Dockerfile', Buffer.from('FROM a')],
    ]);
    const document = 'shop/Dockerfile';
    expect(await list(document, edited)).toContain(document);
    const tree = createDocumentTree(makeTree(FILES), { document, edited });
    const read = await tree.read('shop/package-lock.json', 6);
    expect(read.ok && Buffer.from(read.value).toString()).toBe('edited');
    expect(await tree.readPart(document, { offset: 5, length: 9 })).toEqual({
      ok: true,
      value: Buffer.from('a'),
    });
    const over = await tree.read('shop/package-lock.json', 5);
    expect(over).toMatchObject({ ok: false, failure: { code: 'LIMIT_EXCEEDED' } });
  });
});
