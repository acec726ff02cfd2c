import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FileTree, TreeEntry } from '../../capabilities/inventory/index.ts';
import { describeFileTree } from '../../capabilities/inventory/port.contract.ts';
import { orThrow } from '../../core/result.ts';
import { type GitRepository, openGit } from './repository.ts';

let top: string;
let folder: string;
const opened: GitRepository[] = [];

const env = () => ({ PATH: process.env['PATH'], HOME: top });
const gitIn = (cwd: string, ...args: readonly string[]): string =>
  execFileSync(
    'git',
    [
      '-c',
      'user.name=a',
      '-c',
      'user.email=a@example.com',
      '-c',
      'protocol.file.allow=always',
      ...args,
    ],
    {
      cwd,
      env: { ...env(), GIT_CONFIG_NOSYSTEM: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  ).trim();
const git = (...args: readonly string[]): string => gitIn(folder, ...args);

async function open(
  path = folder,
  more: Record<string, string> = {},
  inHook = false,
): Promise<GitRepository> {
  const repository = orThrow(await openGit(path, { ...env(), ...more }, { inHook }));
  opened.push(repository);
  return repository;
}

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-repository-'));
  // A quote, a blank, a line feed: paths are read unchanged.
  folder = join(top, "it's a\n repo");
  mkdirSync(folder);
});
afterEach(() => {
  for (const repository of opened.splice(0)) repository.close();
  rmSync(top, { recursive: true, force: true });
});

function write(files: Readonly<Record<string, string | { readonly link: string }>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    if (typeof content === 'string') writeFileSync(join(folder, path), content);
    else symlinkSync(content.link, join(folder, path));
  }
}

function commitFiles(
  files: Readonly<Record<string, string | { readonly link: string }>>,
  ...init: readonly string[]
): string {
  git('init', '--quiet', ...init);
  write(files);
  git('add', '--all');
  git('commit', '--quiet', '--allow-empty', '--message', 'first');
  return git('rev-parse', 'HEAD');
}

async function listEntries(tree: FileTree): Promise<readonly TreeEntry[]> {
  const entries: TreeEntry[] = [];
  for await (const entry of tree.entries()) entries.push(entry);
  return entries;
}

describeFileTree('the index of a repository', async (files) => {
  commitFiles({});
  write(files);
  git('add', '--all');
  return (await open()).stagedTree();
});
describeFileTree('a commit of a repository', async (files) => {
  const commit = commitFiles(files);
  return (await open()).openTree(commit);
});
describeFileTree('a commit of a SHA-256 repository', async (files) => {
  const commit = commitFiles(files, '--object-format=sha256');
  return (await open()).openTree(commit);
});

describe('the commits of a repository', () => {
  it('D7: are found by revision and range, newest first, and read by name', async () => {
    const first = commitFiles({ a: '1' });
    git('commit', '--quiet', '--allow-empty', '--message', 'second');
    const repository = await open();
    const second = orThrow(await repository.resolve('HEAD'));
    expect(await repository.resolve('HEAD~1')).toEqual({ ok: true, value: first });
    expect(await repository.listRange('HEAD~1..HEAD', 10)).toEqual({ ok: true, value: [second] });
    expect(orThrow(await repository.commit(second))).toMatchObject({
      id: second,
      parents: [first],
      subject: 'second',
    });
    expect(
      await repository.listReachable(
        { tips: [second], known: [first, '1'.repeat(40)], remote: 'origin' },
        10,
      ),
    ).toEqual({ ok: true, value: [second] });
    expect(repository).toMatchObject({
      topLevel: folder,
      gitFolder: join(folder, '.git'),
      isBare: false,
      format: 'sha1',
    });
  });

  it.each(['--output=x', '-n1', 'nothing', 'HEAD~9', '', 'a\nb', 'HEAD..', ':/'])(
    'are not found by %j',
    async (rev) => {
      commitFiles({ a: '1' });
      expect(await (await open()).resolve(rev)).toMatchObject({
        ok: false,
        failure: { code: 'UNKNOWN_NAME' },
      });
    },
  );

  it('are not truncated: over the limit is a failure', async () => {
    commitFiles({});
    git('commit', '--quiet', '--allow-empty', '--message', 'second');
    const repository = await open();
    expect(orThrow(await repository.listRange('HEAD', 2))).toHaveLength(2);
    expect(await repository.listRange('HEAD', 1)).toMatchObject({
      ok: false,
      failure: { code: 'LIMIT_EXCEEDED' },
    });
  });

  it('D5: do not end at the edge of a shallow clone: missing commits are reported', async () => {
    commitFiles({});
    for (const message of ['second', 'third'])
      git('commit', '--quiet', '--allow-empty', '--message', message);
    const clone = join(top, 'clone');
    gitIn(top, 'clone', '--quiet', '--depth=2', `file://${folder}`, clone);
    const repository = await open(clone);
    expect(orThrow(await repository.listRange('HEAD~1..HEAD', 10))).toHaveLength(1);
    expect(await repository.listRange('HEAD', 10)).toMatchObject({
      ok: false,
      failure: { code: 'UNKNOWN_NAME' },
    });
    expect(orThrow(await (await open()).listRange('HEAD', 10))).toHaveLength(3);
  });

  it('D5: match their names: replacement refs, grafts and other bytes are refused', async () => {
    const first = commitFiles({});
    git('commit', '--quiet', '--allow-empty', '--message', 'second');
    const second = git('rev-parse', 'HEAD');
    git('replace', second, first);
    mkdirSync(join(folder, '.git/info'), { recursive: true });
    writeFileSync(join(folder, '.git/info/grafts'), `${second}\n`);
    const repository = await open();
    expect(orThrow(await repository.commit(second)).subject).toBe('second');
    expect(orThrow(await repository.listRange(second, 10))).toEqual([second, first]);
    swap(second, (bytes) => bytes.replace('second', 'sEcond'));
    expect(await repository.commit(second)).toMatchObject({
      ok: false,
      failure: { code: 'DIGEST_MISMATCH' },
    });
    expect(orThrow(await repository.commit(first)).subject).toBe('first');
  });

  it('are undetermined if missing or broken, and the reader keeps working', async () => {
    const first = commitFiles({ a: '1' });
    git('commit', '--quiet', '--allow-empty', '--message', 'second');
    const repository = await open();
    expect(await repository.commit('1'.repeat(40))).toMatchObject({
      ok: false,
      failure: { code: 'NOT_FOUND' },
    });
    expect(await repository.commit(git('rev-parse', 'HEAD^{tree}'))).toMatchObject({
      ok: false,
      failure: { code: 'MALFORMED' },
    });
    const second = git('rev-parse', 'HEAD');
    rmSync(objectPath(second));
    writeFileSync(objectPath(second), 'not zlib');
    expect((await repository.commit(second)).ok).toBe(false);
    expect(orThrow(await repository.commit(first)).subject).toBe('first');
  });

  it('D5: are the same when many are asked for at once, broken ones as well', async () => {
    const first = commitFiles({});
    for (let at = 0; at < 6; at++)
      git('commit', '--quiet', '--allow-empty', '--message', `commit ${at}`);
    const ids = git('rev-list', 'HEAD').split('\n');
    const [changed = '', damaged = ''] = ids.slice(1, 3);
    swap(changed, (text) => text.replace('commit 4', 'commit x'));
    rmSync(objectPath(damaged));
    writeFileSync(objectPath(damaged), 'damaged');
    const asked = [...ids, '1'.repeat(40), git('rev-parse', 'HEAD^{tree}'), first];
    const together = await open();
    const alone = await open();
    const read = await Promise.all(asked.map((id) => together.commit(id)));
    for (const [at, id] of asked.entries()) {
      const one = await alone.commit(id);
      expect(read[at]?.ok).toBe(one.ok);
      if (one.ok) expect(read[at]).toEqual(one);
    }
    expect(read.filter(({ ok }) => ok)).toHaveLength(ids.length - 2 + 1);
  });

  it('are not found outside a repository, even with GIT_DIR of the caller', async () => {
    commitFiles({});
    const nowhere = mkdtempSync(join(top, 'nowhere-'));
    expect(await openGit(nowhere, { ...env(), GIT_DIR: join(folder, '.git') })).toMatchObject({
      ok: false,
      failure: { code: 'USAGE' },
    });
    expect((await open(nowhere, { GIT_DIR: join(folder, '.git') }, true)).gitFolder).toBe(
      join(folder, '.git'),
    );
  });
});

describe('the tree that is read', () => {
  it('D3: is the staged content, not the work tree, and not an announced file', async () => {
    commitFiles({ 'package.json': 'committed', gone: 'x' });
    write({ 'package.json': 'staged', announced: 'x', 'sub/new': 'y' });
    git('add', 'package.json', 'sub');
    git('add', '--intent-to-add', 'announced');
    git('rm', '--quiet', 'gone');
    write({ 'package.json': 'work tree' });
    const repository = await open();
    const staged = repository.stagedTree();
    expect((await listEntries(staged)).map(({ path }) => path)).toEqual([
      'package.json',
      'sub',
      'sub/new',
    ]);
    expect(Buffer.from(orThrow(await staged.read('package.json', 100))).toString()).toBe('staged');
    const committed = repository.openTree(git('rev-parse', 'HEAD'));
    expect(Buffer.from(orThrow(await committed.read('package.json', 100))).toString()).toBe(
      'committed',
    );
  });

  it('D3: is, in a hook, the index that is being committed', async () => {
    commitFiles({ a: '1' });
    const other = join(folder, '.git/next-index');
    write({ a: '2' });
    execFileSync('git', ['add', 'a'], { cwd: folder, env: { ...env(), GIT_INDEX_FILE: other } });
    const read = async (repository: GitRepository) =>
      Buffer.from(orThrow(await repository.stagedTree().read('a', 9))).toString();
    expect(await read(await open(folder, { GIT_INDEX_FILE: other }, true))).toBe('2');
    expect(await read(await open(folder, { GIT_INDEX_FILE: other }))).toBe('1');
  });

  it('reports what it cannot read: a conflict, a submodule, a missing file', async () => {
    const commit = commitFiles({ a: '1', b: '2' });
    rmSync(objectPath(git('rev-parse', 'HEAD:b')));
    git('update-index', '--add', '--cacheinfo', `160000,${commit},module`);
    const staged = (await open()).stagedTree();
    const kinds = (await listEntries(staged)).map(({ path, kind, failure }) => [
      path,
      kind,
      failure?.code,
    ]);
    expect(kinds).toEqual([
      ['a', 'file', undefined],
      ['b', 'unreadable', 'NOT_FOUND'],
      ['module', 'unreadable', 'UNSUPPORTED'],
    ]);
    expect(await staged.read('b', 9)).toMatchObject({ ok: false, failure: { code: 'NOT_FOUND' } });
    execFileSync('git', ['update-index', '--index-info'], {
      cwd: folder,
      env: env(),
      input: `100644 ${git('rev-parse', 'HEAD:a')} 1\tc\n`,
    });
    expect(await listEntries((await open()).stagedTree())).toMatchObject([
      { path: '.', kind: 'unreadable', failure: { code: 'USAGE' } },
    ]);
  });

  it('A15: leads nowhere else: `..`, `.git` and repeated names spoil their folder', async () => {
    commitFiles({ a: '1' });
    const blob = Buffer.from(git('rev-parse', 'HEAD:a'), 'hex');
    const encodeTree = (...names: readonly string[]): Buffer =>
      Buffer.concat(names.flatMap((name) => [Buffer.from(`100644 ${name}\0`), blob]));
    for (const names of [['..'], ['.git'], ['.GIT'], ['a/b'], ['.'], ['a', 'a']]) {
      const tree = put('tree', encodeTree(...names));
      const commit = put(
        'commit',
        Buffer.from(`tree ${tree}\nauthor a <a> 1 +0000\ncommitter a <a> 1 +0000\n\n`),
      );
      const seen = await listEntries((await open()).openTree(commit));
      expect(seen, names.join()).toMatchObject([
        { path: '.', kind: 'unreadable', failure: { code: 'MALFORMED' } },
      ]);
    }
  });
});

function objectPath(id: string): string {
  return join(folder, '.git/objects', id.slice(0, 2), id.slice(2));
}

/** Other bytes under the same name. */
function swap(id: string, edit: (text: string) => string): void {
  const path = objectPath(id);
  const text = inflateSync(readFileSync(path)).toString('latin1');
  rmSync(path);
  writeFileSync(path, deflateSync(Buffer.from(edit(text), 'latin1')));
}

function put(type: string, bytes: Buffer): string {
  return execFileSync('git', ['hash-object', '-t', type, '-w', '--literally', '--stdin'], {
    cwd: folder,
    env: env(),
    input: bytes,
    encoding: 'utf8',
  }).trim();
}

describe('annotated tags', () => {
  it.each(['sha1', 'sha256'])(
    'D1: are read with those that they name, packed: %s',
    async (format) => {
      commitFiles({ a: 'x' }, `--object-format=${format}`);
      for (let at = 0; at < 9; at++)
        git('tag', '-a', '-m', 'm', `t${at}`, at === 0 ? 'HEAD' : `t${at - 1}`);
      git('gc', '--quiet');
      const repository = await open();
      const list = async (rev: string) => orThrow(await repository.listTags(rev));
      expect(await list('HEAD')).toEqual([]);
      expect((await list('t1')).map(({ tag, ref }) => [tag.name, ref])).toEqual([
        ['t1', 'refs/tags/t1'],
        ['t0', null],
      ]);
      expect((await list('t7')).length).toBe(8);
      expect(await repository.listTags('t8')).toMatchObject({
        failure: { code: 'LIMIT_EXCEEDED' },
      });
      const worktree = join(top, 'second');
      git('worktree', 'add', '--quiet', worktree, 'HEAD');
      expect(orThrow(await (await open(worktree)).listTags('t0')).length).toBe(1);
    },
  );
});
