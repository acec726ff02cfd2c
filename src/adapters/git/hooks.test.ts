import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { orThrow } from '../../core/result.ts';
import type { HookProgram } from './hook-script.ts';
import { installHooks, uninstallHooks } from './hooks.ts';
import { openGit } from './repository.ts';

let top: string;
let folder: string;
let program: HookProgram & { readonly entry: string };
const env = () => ({ PATH: process.env['PATH'], HOME: top, GIT_CONFIG_NOSYSTEM: '1' });

function git(...args: readonly string[]) {
  const words = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args];
  return spawnSync('git', words, { cwd: folder, env: env(), encoding: 'utf8' });
}
const hook = (name: string): string => join(folder, '.git/hooks', name);
const log = (): string =>
  existsSync(join(top, 'log')) ? readFileSync(join(top, 'log'), 'utf8') : '';

/**
 * A substitute for Waybill: it records how it was called, and exits with the code in the file
 * `exit`.
 */
const STAND_IN = `
const { appendFileSync, existsSync, readFileSync } = require('node:fs');
const top = __dirname + '/..';
const input = process.argv.includes('--push') ? readFileSync(0, 'utf8') : '';
const called = 'gate ' + process.argv.slice(2).join(' ');
const index = process.env.GIT_INDEX_FILE ?? '';
appendFileSync(top + '/log', called + ' index=' + index + ' ' + JSON.stringify(input) + '\\n');
process.exit(existsSync(top + '/exit') ? Number(readFileSync(top + '/exit', 'utf8')) : 0);
`;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-hooks-'));
  folder = join(top, "re'po \n$HOME");
  mkdirSync(folder);
  const odd = join(top, `in'stall "$(touch x)"`);
  mkdirSync(odd);
  writeFileSync(join(odd, 'waybill.cjs'), STAND_IN);
  program = { node: process.execPath, entry: join(odd, 'waybill.cjs'), version: '0.0.0' };
  git('init', '--quiet');
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

async function change(task: 'install' | 'uninstall') {
  const repository = orThrow(await openGit(folder, env()));
  try {
    return task === 'install'
      ? await installHooks(repository, program)
      : await uninstallHooks(repository);
  } finally {
    repository.close();
  }
}

function existing(name: string, body: string, mode = 0o755): void {
  writeFileSync(hook(name), `#!/bin/sh\n${body}\n`);
  chmodSync(hook(name), mode);
}

describe('the hooks of the commit gate', () => {
  it('D18: ask the gate about the committed index, and a refusal stops the commit', async () => {
    orThrow(await change('install'));
    writeFileSync(join(folder, 'a'), '1');
    git('add', 'a');
    expect(git('commit', '-qm', 'one').status).toBe(0);
    writeFileSync(join(folder, 'a'), '2');
    expect(git('commit', '-qam', 'two').status).toBe(0);
    expect(git('commit', '--allow-empty', '-qm', 'three', 'a').status).toBe(0);
    expect(log()).toMatch(
      /^gate gate commit --staged index=\S*index ""\ngate gate commit --staged index=.*index\.lock ""\ngate gate commit --staged index=.*next-index-\d+\.lock ""\n$/s,
    );
    writeFileSync(join(top, 'exit'), '3');
    expect(git('commit', '--allow-empty', '-qm', 'four').status).toBe(1);
  });

  it('D18: ask about each push, with the lines that git writes', async () => {
    orThrow(await change('install'));
    execFileSync('git', ['init', '--quiet', '--bare', join(top, 'remote')], { env: env() });
    git('remote', 'add', 'origin', join(top, 'remote'));
    git('commit', '--allow-empty', '-qm', 'one');
    const id = git('rev-parse', 'HEAD').stdout.trim();
    expect(git('push', '-q', 'origin', 'HEAD:refs/heads/main').status).toBe(0);
    expect(log()).toContain(
      `gate gate commit --push --remote=origin index= "HEAD ${id} refs/heads/main ` +
        `${'0'.repeat(40)}\\n"`,
    );
    git('commit', '--allow-empty', '-qm', 'two');
    writeFileSync(join(top, 'exit'), '1');
    expect(git('push', '-q', 'origin', 'HEAD:refs/heads/main').status).not.toBe(0);
  });

  it('run the earlier hooks first, with the same input and the same exit code', async () => {
    existing(
      'pre-push',
      `printf 'old %s ' "$1" >> '${top}/log'; cat >> '${top}/log'; [ ! -e '${top}/refuse' ]`,
    );
    existing('pre-commit', `echo old >> '${top}/log'; exit 0`);
    orThrow(await change('install'));
    const lines = 'a b c d\n\ne f g h';
    const pushed = () =>
      spawnSync(hook('pre-push'), ['origin', 'url'], {
        cwd: folder,
        env: env(),
        input: lines,
        encoding: 'utf8',
      });
    expect(pushed().status).toBe(0);
    expect(log()).toBe(
      `old origin ${lines}gate gate commit --push --remote=origin index= ` +
        `${JSON.stringify(lines)}\n`,
    );
    writeFileSync(join(top, 'refuse'), '');
    expect(pushed().status).toBe(1);
    expect(log().match(/gate/g)).toHaveLength(2); // the gate did not run again
    expect(git('commit', '--allow-empty', '-qm', 'one').status).toBe(0);
    expect(log()).toContain('old\ngate gate commit --staged');
  });

  it('skip a hook that is not executable, as git does', async () => {
    existing('pre-commit', 'exit 1', 0o644);
    orThrow(await change('install'));
    expect(git('commit', '--allow-empty', '-qm', 'one').status).toBe(0);
    orThrow(await change('uninstall'));
    expect(statSync(hook('pre-commit')).mode & 0o777).toBe(0o644);
  });

  it('stop the commit if an earlier hook cannot run: its lines end in CR', async () => {
    writeFileSync(hook('pre-commit'), '#!/bin/sh\r\nexit 0\r\n', { mode: 0o755 });
    orThrow(await change('install'));
    expect(git('commit', '--allow-empty', '-qm', 'one').status).toBe(1);
  });

  it('D18: refuse if the program that installed them is gone, and name the fix', async () => {
    orThrow(await change('install'));
    rmSync(program.entry);
    const { status, stderr } = git('commit', '--allow-empty', '-qm', 'one');
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /refused: the program of this hook is gone: .*fix: run 'waybill hook install'/s,
    );
  });

  it('may be installed twice, and their removal restores the earlier files', async () => {
    existing('pre-commit', 'exit 0', 0o711);
    symlinkSync('../../elsewhere', hook('pre-push'));
    const before = readdirSync(join(folder, '.git/hooks')).sort();
    const [text, inode] = [readFileSync(hook('pre-commit')), statSync(hook('pre-commit')).ino];
    expect(orThrow(await change('install')).map(({ did }) => did)).toEqual([
      'installed',
      'installed',
    ]);
    const first = readFileSync(hook('pre-commit'), 'utf8');
    expect(orThrow(await change('install')).map(({ did }) => did)).toEqual(['renewed', 'renewed']);
    expect(readFileSync(hook('pre-commit'), 'utf8')).toBe(first);
    expect(orThrow(await change('uninstall')).map(({ did }) => did)).toEqual([
      'removed',
      'removed',
    ]);
    expect(readdirSync(join(folder, '.git/hooks')).sort()).toEqual(before);
    expect(readFileSync(hook('pre-commit'))).toEqual(text);
    expect(statSync(hook('pre-commit'))).toMatchObject({ ino: inode, mode: 0o100711 });
    expect(lstatSync(hook('pre-push')).isSymbolicLink()).toBe(true);
    expect(orThrow(await change('uninstall')).map(({ did }) => did)).toEqual(['left', 'left']);
  });

  it('are not removed or overwritten if somebody changed them', async () => {
    orThrow(await change('install'));
    const added = `${readFileSync(hook('pre-commit'), 'utf8')}echo more\n`;
    writeFileSync(hook('pre-commit'), added);
    for (const task of ['install', 'uninstall'] as const)
      expect(await change(task)).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
    expect(readFileSync(hook('pre-commit'), 'utf8')).toBe(added);
    expect(existsSync(hook('pre-push'))).toBe(true);
  });

  it('do not hide a hook that another tool put in their place', async () => {
    existing('pre-commit', 'exit 0');
    orThrow(await change('install'));
    existing('pre-commit', 'echo another');
    expect(await change('install')).toMatchObject({ ok: false, failure: { code: 'USAGE' } });
    expect(readFileSync(hook('pre-commit'), 'utf8')).toContain('another');
  });

  it('are refused for shared or committed folders and for bare repositories', async () => {
    const refused = { ok: false, failure: { code: 'USAGE' } };
    git('config', '--global', 'core.hooksPath', join(top, 'shared'));
    expect(await change('install')).toMatchObject(refused);
    git('config', 'core.hooksPath', '.husky/_');
    expect(await change('install')).toMatchObject(refused);
    git('config', 'core.hooksPath', join(top, 'shared'));
    expect(await change('install')).toMatchObject(refused);
    expect(existsSync(join(top, 'shared'))).toBe(false);
    git('config', 'core.hooksPath', '.git/own');
    expect(orThrow(await change('install'))[0]?.path).toBe(join(folder, '.git/own/pre-commit'));
    rmSync(folder, { recursive: true });
    mkdirSync(folder);
    git('init', '--quiet', '--bare');
    expect(await change('install')).toMatchObject(refused);
  });

  it('work for all worktrees of a repository', async () => {
    git('commit', '--allow-empty', '-qm', 'one');
    const main = folder;
    git('worktree', 'add', '-q', join(top, 'tree'));
    folder = join(top, 'tree');
    expect(orThrow(await change('install'))[0]?.path).toBe(join(main, '.git/hooks/pre-commit'));
    expect(git('commit', '--allow-empty', '-qm', 'two').status).toBe(0);
    expect(log()).toContain('gate gate commit --staged');
  });
});
