import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../core/failure.ts';
import { readGitFacts } from './git-facts.ts';

const SECRET = 'ghp_not4you';
let folder: string;
let env: Record<string, string | undefined>;

const git = (...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-git-'));
  env = { PATH: process.env['PATH'], HOME: folder };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function repository(...init: readonly string[]): string {
  git('init', '--quiet', ...init);
  writeFileSync(join(folder, 'code.txt'), 'one\n');
  git('add', 'code.txt');
  git('commit', '--quiet', '--message', 'first');
  return git('rev-parse', 'HEAD');
}

function regardless(work: () => unknown): void {
  try {
    work();
  } catch {
    // The outcome does not matter here.
  }
}

/** A program that leaves a trace when it runs. */
function trap(name: string): { readonly path: string; readonly sprung: () => boolean } {
  const [path, trace] = [join(folder, `${name}.sh`), join(folder, `${name}.ran`)];
  writeFileSync(path, `#!/bin/sh\ntouch '${trace}'\ncat\n`);
  chmodSync(path, 0o755);
  return { path, sprung: () => existsSync(trace) };
}

describe('what git reports about a work tree', () => {
  it('is its commit and its remote', async () => {
    const commit = repository();
    git('remote', 'add', 'origin', 'https://git.example.com/shop/trips.git');
    expect(await readGitFacts(folder, env)).toEqual({
      repository: 'https://git.example.com/shop/trips.git',
      commit,
      dirty: false,
    });
  });

  it('is the same below the top folder, for a detached HEAD, and without a remote', async () => {
    const commit = repository();
    git('checkout', '--quiet', '--detach');
    mkdirSync(join(folder, 'below'));
    expect(await readGitFacts(join(folder, 'below'), env)).toEqual({
      repository: '',
      commit,
      dirty: false,
    });
  });

  it('has 64 digits in a SHA-256 repository', async () => {
    const commit = repository('--object-format=sha256');
    expect(commit).toMatch(/^[0-9a-f]{64}$/);
    expect(await readGitFacts(folder, env)).toMatchObject({ commit });
  });

  it('is dirty if a tracked file differs or is staged, not for an untracked file', async () => {
    repository();
    writeFileSync(join(folder, 'new.txt'), 'x');
    expect(await readGitFacts(folder, env)).toMatchObject({ dirty: false });
    writeFileSync(join(folder, 'code.txt'), 'two\n');
    expect(await readGitFacts(folder, env)).toMatchObject({ dirty: true });
    git('add', 'code.txt');
    expect(await readGitFacts(folder, env)).toMatchObject({ dirty: true });
  });

  it('D18: is dirty when a file differs that git does not check', async () => {
    repository();
    writeFileSync(join(folder, 'code.txt'), 'two\n');
    for (const [hide, show] of [
      ['--assume-unchanged', '--no-assume-unchanged'],
      ['--skip-worktree', '--no-skip-worktree'],
    ] as const) {
      git('update-index', hide, 'code.txt');
      expect(await readGitFacts(folder, env), hide).toMatchObject({ dirty: true });
      git('update-index', show, 'code.txt');
    }
    git('checkout', '--quiet', '.');
    expect(await readGitFacts(folder, env)).toMatchObject({ dirty: false });
    git('update-index', '--skip-worktree', 'code.txt');
    rmSync(join(folder, 'code.txt'));
    expect(await readGitFacts(folder, env)).toMatchObject({ dirty: true });
    // The files that a sparse checkout leaves out do not differ from the commit.
    git('config', 'core.sparseCheckout', 'true');
    expect(await readGitFacts(folder, env)).toMatchObject({ dirty: false });
  });

  it('is a failure with a remedy without a repository, a commit or git', async () => {
    const failure = async (from: string, world = env) =>
      readGitFacts(from, world).catch((thrown: unknown) => thrown);
    expect(await failure(folder)).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('not a git'),
    });
    git('init', '--quiet');
    expect(await failure(folder)).toBeInstanceOf(Failure);
    expect(await failure(folder, { PATH: join(folder, 'nothing') })).toMatchObject({
      code: 'USAGE',
    });
  });
});

describe('a hostile repository', () => {
  it('runs nothing: no fsmonitor, no hook, no pager, no filter of its own', async () => {
    repository();
    const traps = ['fsmonitor', 'hook', 'filter', 'odd', 'pager'].map(trap);
    const [monitor, hook, filter, odd, pager] = traps.map(({ path }) => path);
    git('config', 'core.fsmonitor', monitor ?? '');
    mkdirSync(join(folder, 'hooks'));
    writeFileSync(join(folder, 'hooks', 'post-index-change'), `#!/bin/sh\n${hook}\n`, {
      mode: 0o755,
    });
    git('config', 'core.hooksPath', join(folder, 'hooks'));
    git('config', 'core.pager', pager ?? '');
    git('config', 'pager.status', 'true');
    git('config', 'filter.evil.clean', filter ?? '');
    git('config', 'filter.evil.required', 'true');
    git('config', 'filter.a=b.c.process', odd ?? '');
    writeFileSync(
      join(folder, '.git', 'info', 'attributes'),
      'code.txt filter=evil\nother.txt filter=a=b.c\n',
    );
    writeFileSync(join(folder, 'code.txt'), 'one\n');
    await readGitFacts(folder, env);
    expect(traps.map(({ sprung }) => sprung())).toEqual([false, false, false, false, false]);
    // The traps are real: git itself runs them. Git does not accept the output of a trap as an
    // answer.
    writeFileSync(join(folder, 'code.txt'), 'six\n');
    for (const args of [['-c', 'core.fsmonitor=false', 'status'], ['status']]) {
      regardless(() => git(...args, '--porcelain'));
    }
    expect(traps.slice(0, 3).map(({ sprung }) => sprung())).toEqual([true, true, true]);
  });

  it('cannot provide its own git through PATH', async () => {
    const commit = repository();
    const trace = join(folder, 'ran');
    writeFileSync(join(folder, 'git'), `#!/bin/sh\ntouch '${trace}'\n`, { mode: 0o755 });
    for (const PATH of [`.:${process.env['PATH']}`, `:${process.env['PATH']}`])
      expect(await readGitFacts(folder, { ...env, PATH })).toMatchObject({ commit });
    for (const PATH of ['', '.'])
      await expect(readGitFacts(folder, { ...env, PATH })).rejects.toMatchObject({ code: 'USAGE' });
    expect(existsSync(trace)).toBe(false);
  });

  it('cannot run a program to fetch a missing object', async () => {
    repository();
    const helper = trap('remote');
    git('remote', 'add', 'origin', `ext::${helper.path}`);
    git('config', 'protocol.ext.allow', 'always');
    git('config', 'core.repositoryFormatVersion', '1');
    git('config', 'extensions.partialClone', 'origin');
    git('config', 'remote.origin.promisor', 'true');
    writeFileSync(join(folder, '.git', 'HEAD'), `${'1'.repeat(40)}\n`);
    await readGitFacts(folder, env).catch(() => undefined);
    expect(helper.sprung()).toBe(false);
  });

  it('is not selected by GIT_* variables of the caller', async () => {
    const commit = repository();
    const misleading = {
      GIT_DIR: '/nowhere',
      GIT_WORK_TREE: '/',
      GIT_INDEX_FILE: '/dev/null',
      GIT_CONFIG_COUNT: 'x',
    };
    expect(await readGitFacts(folder, { ...env, ...misleading })).toMatchObject({
      commit,
      dirty: false,
    });
  });
});

describe('the address of a remote', () => {
  it('has no credentials when it is read from a work tree', async () => {
    repository();
    git('remote', 'add', 'origin', `https://ci:${SECRET}@git.example.com/shop/trips`);
    expect(JSON.stringify(await readGitFacts(folder, env))).not.toContain(SECRET);
  });
});
