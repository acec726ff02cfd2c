import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { FileTree, TreeEntry } from '../../capabilities/inventory/index.ts';
import { inventoryTree } from '../../capabilities/inventory/index.ts';
import {
  type ContractFiles,
  describeFileTree,
} from '../../capabilities/inventory/port.contract.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { openFileTree } from './file-tree.ts';

const scratch = mkdtempSync(join(tmpdir(), 'waybill-tree-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function build(files: ContractFiles): string {
  const root = mkdtempSync(join(scratch, 'root-'));
  for (const [path, content] of Object.entries(files)) {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    if (typeof content === 'string') writeFileSync(full, content);
    else symlinkSync(content.link, full);
  }
  return root;
}

const open = (root: string): FileTree => orThrow(openFileTree(root));
const tryRead = async (tree: FileTree, path: string): Promise<string> => {
  const read = await tree.read(path, 1_000);
  return read.ok ? 'read' : read.failure.code;
};

async function listEntries(tree: FileTree): Promise<TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of tree.entries()) entries.push(entry);
  return entries;
}

describeFileTree('a folder on disk', async (files) => open(build(files)));

describe('a folder on disk', () => {
  it('never returns anything from outside its root', async () => {
    const root = build({
      'in/a': 'x',
      out: { link: '/etc' },
      'in/file': { link: '/etc/passwd' },
      'in/up': { link: '../..' },
    });
    const tree = open(root);
    for (const path of [
      'out/passwd',
      'in/file',
      'in/up/x',
      '../x',
      'in/../../x',
      '/etc/passwd',
      '',
      '.',
      'in//a',
      'in/./a',
    ]) {
      expect([path, await tryRead(tree, path)]).toEqual([
        path,
        expect.stringMatching(/^(?:UNSAFE_PATH|FILE_NOT_FOUND)$/),
      ]);
    }
    expect(await tryRead(tree, 'in/a')).toBe('read');
    await expect(async () => {
      for await (const _ of tree.open('out/passwd')) break;
    }).rejects.toBeInstanceOf(Failure);
  });

  it('reads no file through a link inside the root either', async () => {
    const tree = open(build({ 'a/b': 'x', l: { link: 'a' } }));
    expect(await tryRead(tree, 'l/b')).toBe('UNSAFE_PATH');
    expect(await tryRead(tree, 'a/b')).toBe('read');
  });

  it('may itself be given by a link', async () => {
    const root = build({ 'a/b': 'x', l: { link: 'a' } });
    expect(await tryRead(open(join(root, 'l')), 'b')).toBe('read');
  });

  it('does not open a pipe, and does not hang on it', async () => {
    const root = build({ a: 'x' });
    execFileSync('mkfifo', [join(root, 'p')]);
    const tree = open(root);
    expect((await listEntries(tree)).find(({ path }) => path === 'p')?.kind).toBe('other');
    expect(await tryRead(tree, 'p')).toBe('UNSAFE_PATH');
  });

  it('leaves out .git and does not read .gitignore', async () => {
    const paths = (
      await listEntries(
        open(build({ '.git/config': 'x', '.gitignore': 'a', a: 'x', 'b/.git': 'x' })),
      )
    ).map(({ path }) => path);
    expect(paths.sort()).toEqual(['.gitignore', 'a', 'b']);
  });

  it('reports which files are executable', async () => {
    const root = build({ a: 'x', b: 'x' });
    chmodSync(join(root, 'b'), 0o755);
    expect((await listEntries(open(root))).map(({ executable }) => executable)).toEqual([
      false,
      true,
    ]);
  });

  it('reads a huge sparse file only up to the limit', async () => {
    const root = build({ 'node_modules/a/package.json': '' });
    truncateSync(join(root, 'node_modules/a/package.json'), LIMITS.fileBytesMax + 1);
    expect(await inventoryTree(open(root), root)).toMatchObject({
      outcome: 'partial',
      skips: [{ cause: { code: 'LIMIT_EXCEEDED' } }],
    });
  });

  it.skipIf(process.getuid?.() === 0)(
    'reports unreadable folders and files, which makes the inventory partial',
    async () => {
      const root = build({ 'a/b': 'x', c: 'x' });
      chmodSync(join(root, 'a'), 0);
      expect((await listEntries(open(root))).find(({ path }) => path === 'a')?.kind).toBe(
        'directory',
      );
      expect(await inventoryTree(open(root), root)).toMatchObject({
        outcome: 'partial',
        skips: [{ cause: { code: 'FILE_UNREADABLE' } }],
      });
      chmodSync(join(root, 'a'), 0o700);
    },
  );

  it('that is missing, or is a file, is a Failure that says so', () => {
    expect(openFileTree(join(scratch, 'nothing'))).toMatchObject({
      ok: false,
      failure: { code: 'FILE_NOT_FOUND' },
    });
    expect(openFileTree(join(build({ a: 'x' }), 'a'))).toMatchObject({
      ok: false,
      failure: { code: 'FILE_UNREADABLE' },
    });
  });

  it('returns the packages in the lock of this repository', async () => {
    const inventory = await inventoryTree(open(join(import.meta.dirname, '../../..')), '.');
    expect(inventory.found).toContain('npm-lock');
    expect(inventory.components.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['kysely', 'zod', 'typescript']),
    );
    expect(inventory.components.find(({ name }) => name === 'typescript')?.development).toBe(true);
  });
});

const hasProc = process.platform === 'linux' && existsSync('/proc/self/mountinfo');
if (!hasProc) console.warn('skipped: this machine has no /proc');

describe('truth A24: the state of the machine is no file', () => {
  it.skipIf(!hasProc)('pseudo file systems are left out of /, and said once', async () => {
    const paths: string[] = [];
    const root = open('/');
    for await (const entry of root.entries({
      descend: (path) => !path.includes('/') && path === 'proc',
    }))
      if (entry.path === 'proc' || entry.path.startsWith('proc/')) paths.push(entry.kind);
    expect(paths).toEqual(['pseudo']);
    const tree = { ...open(build({ a: 'x' })), entries: () => pseudoEntries() };
    const inventory = await inventoryTree(tree, '/', { target: 'root-file-system' });
    expect(inventory).toMatchObject({
      outcome: 'complete',
      notes: [expect.stringMatching(/^left out, .*: proc \(proc\), sys \(sysfs\)$/)],
    });
  });

  it.skipIf(!hasProc)(
    'but a folder that is named itself is walked, whatever it is in',
    async () => {
      const entries = open('/proc/self').entries();
      expect((await entries[Symbol.asyncIterator]().next()).value).not.toMatchObject({
        kind: 'pseudo',
      });
    },
  );
});

async function* pseudoEntries(): AsyncGenerator<TreeEntry> {
  yield { path: 'proc', kind: 'pseudo', size: 0, fileSystem: 'proc' };
  yield { path: 'sys', kind: 'pseudo', size: 0, fileSystem: 'sysfs' };
}
