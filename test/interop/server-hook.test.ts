import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildCommitPolicy } from '../../src/capabilities/policy/index.ts';

const WAYBILL = resolve(import.meta.dirname, '../../bin/waybill.js');
let top: string;
let bare: string;
let work: string;

const env = () => ({
  PATH: process.env['PATH'] ?? '',
  HOME: top,
  GIT_CONFIG_NOSYSTEM: '1',
  LC_ALL: 'C',
});

function run(cwd: string, program: string, ...args: readonly string[]) {
  const ended = spawnSync(program, args, { cwd, env: env(), encoding: 'utf8', timeout: 120_000 });
  return { code: ended.status, said: `${ended.stdout}${ended.stderr}` };
}
const git = (...args: readonly string[]) => run(work, 'git', ...args);
const head = (rev: string): string => git('rev-parse', rev).said.trim();
const refs = (): string => run(bare, 'git', 'for-each-ref', '--format=%(refname)').said;

function commit(message: string, ...more: readonly string[]): string {
  const made = git('commit', '--quiet', '--allow-empty', '-m', message, ...more);
  expect(made.code, made.said).toBe(0);
  return head('HEAD');
}

/** Without the hooks of the person: `--no-verify` is what this is about. */
const push = (...args: readonly string[]) =>
  git('push', '--quiet', '--no-verify', 'origin', ...args);

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'waybill-server-'));
  [bare, work] = [join(top, 'shop.git'), join(top, 'work')];
  run(top, 'git', 'init', '--quiet', '--bare', '--initial-branch', 'main', bare);
  run(top, 'git', 'init', '--quiet', '--initial-branch', 'main', work);
  run(top, 'ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', join(top, 'alice'));
  const settings = [
    ['user.name', 'Alice'],
    ['user.email', 'alice@example.com'],
    ['gpg.format', 'ssh'],
    ['user.signingKey', join(top, 'alice.pub')],
  ];
  for (const [name = '', value = ''] of settings) git('config', name, value);
  git('remote', 'add', 'origin', bare);
  const conf = join(top, 'conf');
  mkdirSync(conf);
  const line = run(top, 'cat', 'alice.pub').said;
  writeFileSync(join(conf, 'signers'), `alice@example.com namespaces="git" ${line}`);
  writeFileSync(join(conf, 'policy.yaml'), buildCommitPolicy([]));
  const config = ['apiVersion: waybill.dev/v1', 'kind: Config', 'home: .', 'policy: policy.yaml'];
  const text = [...config, 'allowedSigners: signers', ''].join('\n');
  writeFileSync(join(conf, 'waybill.yaml'), text);
  const hook = ['hook', 'install', '--server', '--config', '../conf/waybill.yaml'];
  const installed = run(bare, process.execPath, WAYBILL, ...hook);
  expect(installed.said).toContain('pre-receive installed');
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

describe('a pre-receive hook on a real server', () => {
  it('D18: takes signed commits on a new branch, and no other, past --no-verify', () => {
    commit('one', '-S');
    commit('two', '-S');
    const taken = push('main');
    expect(taken.code, taken.said).toBe(0);
    commit('three');
    const refused = push('main');
    expect(refused.code, refused.said).not.toBe(0);
    expect(refused.said).toContain('is not signed');
    expect(push('HEAD:refs/heads/other').code).not.toBe(0);
    expect(refs()).toBe('refs/heads/main\n');
    git('commit', '--quiet', '--amend', '--allow-empty', '--no-edit', '-S');
    expect(push('main').code).toBe(0);
  });

  it('D18: judges what a force push, a tag and a merge bring', () => {
    const tip = head('main');
    git('reset', '--quiet', '--hard', 'HEAD~1');
    commit('rewritten');
    expect(push('--force', 'main').said).toContain('is not signed');
    git('tag', '--annotate', '-m', 'a tag', 'v1');
    expect(push('v1').said).toContain('is not signed');
    git('reset', '--quiet', '--hard', tip);
    git('tag', '--force', '--annotate', '-m', 'a tag', 'v1');
    expect(push('v1').code).toBe(0);
    git('tag', 'v2');
    expect(push('v2').code).toBe(0);
    git('reset', '--quiet', '--hard', 'HEAD~1');
    commit('rewritten and signed', '-S');
    const forced = push('--force', 'main');
    expect(forced.code, forced.said).toBe(0);
    git('branch', 'side', 'HEAD~1');
    git('checkout', '--quiet', 'side');
    commit('hidden in a side branch');
    git('checkout', '--quiet', 'main');
    git('merge', '--quiet', '--no-ff', '-m', 'merge', '-S', 'side');
    expect(push('main').said).toContain('is not signed');
    git('reset', '--quiet', '--hard', 'origin/main');
  });

  it('D18: takes all refs of a push, or none; a deletion brings nothing', () => {
    const good = head('HEAD');
    for (let at = 0; at < 40; at++) git('branch', `b${at}`, good);
    const many = Array.from({ length: 40 }, (_, at) => `b${at}`);
    const taken = push(...many);
    expect(taken.code, taken.said).toBe(0);
    commit('bad');
    const mixed = push('--atomic', 'HEAD:refs/heads/bad', `${good}:refs/heads/good`);
    expect(mixed.code).not.toBe(0);
    const loose = push('HEAD:refs/heads/bad', `${good}:refs/heads/good`);
    expect(loose.code).not.toBe(0);
    expect(refs()).not.toMatch(/heads\/(?:bad|good)/);
    const gone = push('--delete', ...many.slice(1));
    expect(gone.code, gone.said).toBe(0);
    expect(refs()).not.toContain('b1\n');
    git('reset', '--quiet', '--hard', good);
  });

  it('D18: a ref to something that is no commit is not admitted', () => {
    writeFileSync(join(work, 'x'), 'x');
    const blob = git('hash-object', '-w', 'x').said.trim();
    expect(push(`${blob}:refs/tags/blob`).code).not.toBe(0);
    expect(push('HEAD^{tree}:refs/tags/tree').code).not.toBe(0);
  });

  it('D18: refuses when its program is gone, and runs the earlier hook first', () => {
    const remove = run(bare, process.execPath, WAYBILL, 'hook', 'uninstall', '--server');
    expect(remove.said).toContain('pre-receive removed');
    const path = join(bare, 'hooks/pre-receive');
    writeFileSync(path, '#!/bin/sh\ncat >/dev/null\necho earlier hook >&2\nexit 1\n');
    chmodSync(path, 0o755);
    const hook = ['hook', 'install', '--server', '--config', '../conf/waybill.yaml'];
    expect(run(bare, process.execPath, WAYBILL, ...hook).said).toContain('runs first');
    commit('signed', '-S');
    expect(push('main').said).toContain('earlier hook');
    writeFileSync(`${path}.before-waybill`, '#!/bin/sh\ncat >/dev/null\n');
    chmodSync(`${path}.before-waybill`, 0o755);
    expect(push('main').code).toBe(0);
  });
});
