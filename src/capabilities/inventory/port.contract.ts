import { describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import type { FileTree, TreeEntry } from './port.ts';

/** The content of a test tree: texts are files, `{ link }` is a symlink. */
export type ContractFiles = Readonly<Record<string, string | { readonly link: string }>>;

/** The laws of FileTree; every adapter passes a function that builds a tree of files. */
export function describeFileTree(
  name: string,
  open: (files: ContractFiles) => Promise<FileTree>,
): void {
  describe(`${name}, as a file tree`, () => {
    it('gives each path once, parents before children, with `/` between segments', async () => {
      const paths = (await listEntries(await open({ 'a/b/c': 'x', 'a/d': 'xyz', e: '' }))).map(
        ({ path, kind, size }) => [path, kind, size],
      );
      expect(paths.filter(([, kind]) => kind === 'file')).toEqual(
        expect.arrayContaining([
          ['a/b/c', 'file', 1],
          ['a/d', 'file', 3],
          ['e', 'file', 0],
        ]),
      );
      expect(new Set(paths.map(([path]) => path)).size).toBe(paths.length);
      expect(paths.findIndex(([path]) => path === 'a/d')).toBeLessThan(
        paths.findIndex(([path]) => path === 'a/b/c'),
      );
    });

    it('leaves out the content of folders that `descend` refuses', async () => {
      const tree = await open({ 'a/b': 'x', 'c/d': 'x' });
      const asked: string[] = [];
      const descend = (path: string): boolean => asked.push(path) > 0 && path !== 'a';
      const paths = (await listEntries(tree, descend)).map(({ path }) => path);
      expect(paths).toContain('c/d');
      expect(paths).not.toContain('a/b');
      expect(asked).toContain('a');
    });

    it('reports links and follows none', async () => {
      const tree = await open({ 'a/b': 'x', l: { link: 'a' }, 'a/up': { link: '..' } });
      const entries = await listEntries(tree);
      expect(entries.find(({ path }) => path === 'l')).toMatchObject({
        kind: 'symlink',
        target: 'a',
      });
      expect(entries.some(({ path }) => path.startsWith('l/') || path.startsWith('a/up/'))).toBe(
        false,
      );
    });

    it('reads a file whole up to the limit, and not one byte over it', async () => {
      const tree = await open({ a: 'four' });
      expect(Buffer.from(orThrow(await tree.read('a', 4))).toString()).toBe('four');
      expect(await tree.read('a', 3)).toMatchObject({
        ok: false,
        failure: { code: 'LIMIT_EXCEEDED' },
      });
    });

    it('gives the same bytes in pieces', async () => {
      const text = 'x'.repeat(70_000);
      const pieces: Buffer[] = [];
      for await (const piece of (await open({ a: text })).open('a'))
        pieces.push(Buffer.from(piece));
      expect(Buffer.concat(pieces).toString()).toBe(text);
    });

    it('truth A24: gives any part of a file, and less only at its end', async () => {
      const text = Array.from({ length: 20_000 }, (_, at) => String(at)).join();
      const tree = await open({ a: text });
      for (const [offset, length] of [
        [0, 8],
        [70_000, 5_000],
        [text.length - 3, 100],
        [text.length + 3, 1],
      ] as const)
        expect(Buffer.from(orThrow(await tree.readPart('a', { offset, length }))).toString()).toBe(
          text.slice(offset, offset + length),
        );
      expect(await tree.readPart('b', { offset: 0, length: 1 })).toMatchObject({
        ok: false,
        failure: { code: 'FILE_NOT_FOUND' },
      });
    });

    it('says FILE_NOT_FOUND for a path that does not exist', async () => {
      expect(await (await open({ a: 'x' })).read('b', 10)).toMatchObject({
        ok: false,
        failure: { code: 'FILE_NOT_FOUND' },
      });
    });
  });
}

async function listEntries(
  tree: FileTree,
  descend?: (path: string) => boolean,
): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of tree.entries(descend === undefined ? {} : { descend }))
    entries.push(entry);
  return entries;
}
