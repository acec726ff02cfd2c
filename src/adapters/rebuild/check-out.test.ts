import { mkdtempSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { FileTree, TreeEntry } from '../../capabilities/inventory/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail } from '../../core/result.ts';
import { checkOut } from './index.ts';

const AT = toInstant(Date.UTC(2026, 0, 2));
const folders: string[] = [];
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-check-out-'));
  folders.push(folder);
});
afterAll(() => {
  for (const one of folders) rmSync(one, { recursive: true });
});

function tree(entries: readonly (Partial<TreeEntry> & { readonly path: string })[]): FileTree {
  const unread = async () => fail('NOT_FOUND', 'nothing', 'None.');
  return {
    async *entries() {
      for (const entry of entries) yield { kind: 'file', size: 4, ...entry };
    },
    read: unread,
    readPart: unread,
    async *open(path) {
      yield Buffer.from(path.slice(0, 4));
    },
  };
}
const write = (...entries: Parameters<typeof tree>[0]) => checkOut(tree(entries), folder, AT);

describe('D9: the files of a commit', () => {
  it('are written as git keeps them, as old as the commit, links last', async () => {
    await write(
      { path: 'link', kind: 'symlink', size: 0, target: '../outside' },
      { path: 'bin', kind: 'directory', size: 0 },
      { path: 'bin/run', executable: true },
      { path: 'deep/er/text' },
    );
    expect(readFileSync(join(folder, 'deep/er/text'), 'utf8')).toBe('deep');
    expect(statSync(join(folder, 'bin/run')).mode & 0o777).toBe(0o755);
    expect(statSync(join(folder, 'deep/er/text')).mtimeMs).toBe(AT);
    expect(readlinkSync(join(folder, 'link'))).toBe('../outside');
  });

  it.each(['.git/config', 'sub/.GIT/hooks/x'])('with a repository in them are not: %s', (path) =>
    expect(write({ path })).rejects.toThrow('a repository of its own'),
  );

  it('that are too many bytes are not written', async () => {
    const size = LIMITS.rebuildSourceBytesMax;
    await expect(write({ path: 'a', size }, { path: 'b', size: 1 })).rejects.toThrow('has over');
    await write({ path: 'c', size });
  });

  it('that cannot be read whole are a failure', async () => {
    const failure = new Failure('UNSUPPORTED', 'it is a submodule', 'Check it.');
    await expect(write({ path: 'sub', kind: 'unreadable', failure })).rejects.toThrow('submodule');
    await expect(write({ path: 'pipe', kind: 'other' })).rejects.toThrow('cannot be written');
  });
});
