import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { buildIntegration } from '../../tools/integrations.ts';
import { type ProcessResult, root, run } from '../../tools/process.ts';
import { CommandHere } from '../support/command-line.ts';
import { installNpmPeer } from '../support/npm-peer.ts';
import { peer } from '../support/peer.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';

/** The Feature as it is published, by the tool of its specification, from a real registry. */
const cli = installNpmPeer('@devcontainers/cli', '0.89.0', 'devcontainer.js');
const keygen = peer('ssh-keygen');
const folder = mkdtempSync(join(tmpdir(), 'waybill-feature-'));
const built = join(folder, 'built');
const workspace = join(folder, 'workspace');
const prefix = join(folder, 'usr');
let registry: RunningRegistry;
let name: string;

const tool = (...words: readonly string[]): Promise<ProcessResult> =>
  run(process.execPath, [cli ?? '', ...words], { cwd: folder, timeoutMs: 120_000 });
/** As in a container: no more than a PATH, a home and the options of the Feature. */
const inside = (program: string, more: NodeJS.ProcessEnv = {}, cwd = built) =>
  run('sh', [program], {
    cwd,
    env: {
      PATH: `${join(process.execPath, '..')}:/usr/local/bin:/usr/bin:/bin`,
      ...{ HOME: join(folder, 'home'), GIT_CONFIG_NOSYSTEM: '1', WAYBILL_PREFIX: prefix },
      ...more,
    },
  });

function writeContainer(features: object): void {
  mkdirSync(join(workspace, '.devcontainer'), { recursive: true });
  const image = `registry.example.com/base@sha256:${'a'.repeat(64)}`;
  const file = join(workspace, '.devcontainer/devcontainer.json');
  writeFileSync(file, JSON.stringify({ image, features }, null, 2));
}

function commit(): void {
  execFileSync('git', ['add', '.'], { cwd: workspace });
  const who = [
    '-c',
    'user.name=A',
    '-c',
    'user.email=a@example.com',
    '-c',
    'core.hooksPath=/dev/null',
  ];
  execFileSync('git', [...who, 'commit', '-q', '-m', 'change'], { cwd: workspace });
}

describe.skipIf(cli === null)('D6: the Devcontainer Feature', () => {
  beforeAll(async () => {
    await buildIntegration(root, 'devcontainer-feature', built);
    registry = orThrow(await startRegistry({ root: join(folder, 'registry') }));
    name = `localhost:${registry.registry.split(':').at(-1)}/shop/features/waybill`;
    mkdirSync(join(folder, 'home'));
    writeContainer({ [`${name}:0`]: {} });
    execFileSync('git', ['init', '-q'], { cwd: workspace });
  }, 200_000);
  afterAll(async () => {
    await registry?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is packed, published to our registry, and read back', async () => {
    const [host = ''] = name.split('/');
    const words = ['--registry', host, '--namespace', 'shop/features'];
    const published = await tool('features', 'publish', ...words, built);
    expect(published.code, published.stderr).toBe(0);
    const { stdout } = await tool('features', 'info', 'tags', `${name}:0`);
    expect(stdout).toContain('0.1.0');
    // A machine on which no container runs yet.
    const docker = join(folder, 'docker');
    writeFileSync(docker, '#!/bin/sh\nexit 0\n', { mode: 0o755 });
    const read = await tool(
      ...['read-configuration', '--workspace-folder', workspace, '--docker-path', docker],
      '--include-features-configuration',
    );
    expect(read.code, read.stderr).toBe(0);
    expect(read.stdout).toContain('set-up-workspace.sh');
  });

  it('D21: is inventoried, and pinned by the lock of the tool alone', async () => {
    const line = new CommandHere(folder);
    const rule = ruleText('dependencies.all(d, d.pinned)', '{ build: deny }');
    writeFileSync(join(folder, 'policy.yaml'), policyText(rule));
    const policy = ['--policy', join(folder, 'policy.yaml')];
    const list = async () => {
      const { stdout } = await line.run('deps', workspace, '--format', 'json');
      const answer = JSON.parse(stdout) as {
        targets: { dependencies: { name: string; pinned: string }[] }[];
      };
      const all = answer.targets.flatMap(({ dependencies }) => dependencies);
      const { code } = await line.run('gate', 'build', ...policy, workspace);
      return [all.find((one) => one.name.includes('shop/features/waybill'))?.pinned, code];
    };
    commit();
    expect(await list()).toEqual(['no', 1]);
    const upgraded = await tool('upgrade', '--workspace-folder', workspace);
    expect(upgraded.code, upgraded.stderr).toBe(0);
    const lock = readFileSync(join(workspace, '.devcontainer/devcontainer-lock.json'), 'utf8');
    expect(lock).toMatch(/waybill@sha256:[0-9a-f]{64}/);
    commit();
    expect(await list()).toEqual(['yes', 0]);
  });

  it('installs Waybill with the Node.js of the image, and with no older one', async () => {
    const { code, stdout, stderr } = await inside('install.sh');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('0.1.0');
    const own = join(folder, 'old');
    mkdirSync(own);
    const script = '#!/bin/sh\nexit 1\n';
    writeFileSync(join(own, 'node'), script, { mode: 0o755 });
    const old = await inside('install.sh', { PATH: `${own}:/usr/bin:/bin` });
    expect([old.code, old.stderr]).toEqual([1, expect.stringContaining('"version": "24"')]);
  });

  it.skipIf(keygen === null)('sets up hooks and signing in the workspace', async () => {
    const key = join(folder, 'home/key');
    execFileSync(keygen ?? '', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    await inside('install.sh', { SIGNINGKEY: `${key}.pub` });
    const script = join(prefix, 'share/waybill/set-up-workspace.sh');
    const { code, stderr } = await inside(script, {}, workspace);
    expect(code, stderr).toBe(0);
    expect(existsSync(join(workspace, '.git/hooks/pre-commit'))).toBe(true);
    const git = (...words: readonly string[]): string =>
      execFileSync('git', words, { cwd: workspace, encoding: 'utf8' }).trim();
    expect(git('config', 'commit.gpgSign')).toBe('true');
    expect(git('config', 'user.signingKey')).toContain('key');
    const again = await inside(script, {}, workspace);
    expect([again.code, again.stderr]).toEqual([
      0,
      expect.stringContaining('signs commits already'),
    ]);
  });

  it('A6: no option is a program, and without a key or a repository it says so', async () => {
    const evil = `$(touch ${folder}/done)\n'; touch ${folder}/done; '`;
    await inside('install.sh', { SIGNINGKEY: evil, CONFIG: evil, HOOKS: evil });
    const script = join(prefix, 'share/waybill/set-up-workspace.sh');
    const fresh = join(folder, 'fresh');
    mkdirSync(fresh);
    execFileSync('git', ['init', '-q'], { cwd: fresh });
    const odd = await inside(script, {}, fresh);
    expect([odd.code, odd.stderr]).toEqual([0, expect.stringContaining('is not set up')]);
    expect(existsSync(join(folder, 'done'))).toBe(false);
    await inside('install.sh', {});
    const bare = await inside(script, {}, fresh);
    expect([bare.code, bare.stderr]).toEqual([0, expect.stringContaining('has no key')]);
    const outside = join(folder, 'outside');
    mkdirSync(outside);
    const none = await inside(script, {}, outside);
    expect([none.code, none.stderr]).toEqual([0, expect.stringContaining('in no git repository')]);
  });
});
