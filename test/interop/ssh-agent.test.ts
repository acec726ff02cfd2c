import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const program = peer('ssh-agent');
const isWhole = program !== null && peer('ssh-add') !== null && peer('ssh-keygen') !== null;
let top: string;
let line: CommandHere;
let agent: ChildProcess;

const env = () => ({ ...line.env(), SSH_AUTH_SOCK: join(top, 'agent.sock') });
const run = (name: string, ...args: readonly string[]) =>
  execFileSync(name, args, { cwd: top, env: env(), encoding: 'utf8', stdio: 'pipe' }).trim();

beforeAll(async () => {
  if (!isWhole) return;
  top = mkdtempSync(join(tmpdir(), 'waybill-agent-'));
  line = new CommandHere(top);
  agent = spawn(program ?? '', ['-D', '-a', join(top, 'agent.sock')], { stdio: 'ignore' });
  while (!existsSync(join(top, 'agent.sock'))) await new Promise((go) => setTimeout(go, 20));
  run('git', 'init', '--quiet', '--initial-branch', 'main');
  const settings = { 'user.name': 'Alice', 'user.email': 'alice@example.com', 'gpg.format': 'ssh' };
  for (const [name, value] of Object.entries(settings)) run('git', 'config', name, value);
});
afterAll(() => {
  if (!isWhole) return;
  agent.kill();
  rmSync(top, { recursive: true, force: true });
});

interface Answer {
  readonly commits: readonly { readonly standing: string; readonly counts: string }[];
}

describe.skipIf(!isWhole)('keys in a real ssh-agent', () => {
  it.each([
    ['ed25519', []],
    ['ecdsa', ['-b', '384']],
    ['rsa', ['-b', '3072']],
  ] as const)('B19, D13: a commit signed through the agent counts, with %s', async (type, size) => {
    const file = join(top, type);
    run('ssh-keygen', '-q', '-t', type, ...size, '-N', '', '-C', '', '-f', file);
    run('ssh-add', '-q', file);
    // From here on, only the agent has it.
    rmSync(file);
    const line1 = run('cat', `${file}.pub`);
    run('git', 'config', 'user.signingKey', `${file}.pub`);
    run('git', 'commit', '--quiet', '--allow-empty', '--gpg-sign', '--message', type);
    const signers = join(top, `${type}.signers`);
    writeFileSync(signers, `alice@example.com namespaces="git" ${line1}\n`);
    const verify = (allowed: string) =>
      line.json<Answer>('commit', 'verify', 'HEAD', '--allowed-signers', allowed);
    const found = await verify(signers);
    expect([found.code, found.answer.commits[0]?.standing]).toEqual([0, 'trusted']);
    writeFileSync(signers, `bob@example.com namespaces="git" ${line1}\n`);
    expect((await verify(signers)).code).toBe(1);
    run('ssh-add', '-q', '-D');
    expect(() => run('git', 'commit', '--allow-empty', '--gpg-sign', '--message', 'x')).toThrow();
  });
});
