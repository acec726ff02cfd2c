import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import bcrypt from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256, takeHex } from '../../src/core/digest.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const oras = peer('oras');
const crane = peer('crane');
const folder = mkdtempSync(join(tmpdir(), 'waybill-team-registry-'));
const line = new CommandLine(folder);
let running: RunningCommand;
let host: string;

beforeAll(async () => {
  const token = `{ name: bot, sha256: ${takeHex(sha256('secret'))} }`;
  const grants = [
    '{ repositories: ["shop/*"], users: [bot], rights: [pull, push, delete] }',
    '{ repositories: ["shop/*"], users: ["*"], rights: [pull] }',
  ];
  const head = 'apiVersion: waybill.dev/v1\nkind: RegistryAccess\n';
  const kept = 'immutableTags: [{ repositories: ["shop/*"], tags: all }]\n';
  const text = `${head}grants:\n  - ${grants.join('\n  - ')}\ntokens: [${token}]\n${kept}`;
  writeFileSync(join(folder, 'access.yaml'), text);
  writeFileSync(join(folder, 'users'), `ada:${bcrypt.hashSync('right', 6)}\n`);
  const files = ['--access', 'access.yaml', '--users', 'users'];
  running = await line.start('registry', 'serve', 'store', '--listen', '127.0.0.1:0', ...files);
  host = /127\.0\.0\.1:\d+/.exec(running.line)?.[0] ?? '';
});
afterAll(async () => {
  await running.stop();
  await line.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(program: string, user: string, ...args: readonly string[]) {
  const home = join(folder, user);
  mkdirSync(home, { recursive: true });
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, DOCKER_CONFIG: home };
  return promisify(execFile)(program, args, { cwd: folder, env, timeout: 60_000 }).then(
    ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
    (error: { code?: number; stderr?: string }) => ({ code: error.code ?? 1, said: error.stderr }),
  );
}

describe.skipIf(oras === null || crane === null)('a registry with users, by oras and crane', () => {
  it('pushes with a token, pulls with a password, and refuses the rest', async () => {
    const [one, two] = [oras ?? '', crane ?? ''];
    writeFileSync(join(folder, 'note.txt'), 'carry passengers');
    const plain = ['--plain-http'];
    const login = (user: string, secret: string) =>
      run(one, user, 'login', host, ...plain, '-u', user, '-p', secret);
    expect((await login('bot', 'wrong')).code).not.toBe(0);
    expect((await login('bot', 'secret')).code).toBe(0);
    expect((await login('ada', 'right')).code).toBe(0);
    const image = `${host}/shop/notes:1`;
    expect(await run(one, 'bot', 'push', ...plain, image, 'note.txt')).toMatchObject({ code: 0 });
    expect((await run(one, 'ada', 'push', ...plain, image, 'note.txt')).code).not.toBe(0);
    expect((await run(one, 'nobody', 'pull', ...plain, image)).code).not.toBe(0);
    expect((await run(one, 'ada', 'pull', ...plain, image, '-o', 'out')).code).toBe(0);
    expect((await run(two, 'ada', 'manifest', '--insecure', image)).said).toContain('note.txt');
    expect((await run(two, 'ada', 'delete', '--insecure', image)).code).not.toBe(0);
    expect(await run(two, 'bot', 'copy', '--insecure', image, `${host}/shop/copy:1`)).toMatchObject(
      {
        code: 0,
      },
    );
    writeFileSync(join(folder, 'note.txt'), 'something else');
    expect((await run(one, 'bot', 'push', ...plain, image, 'note.txt')).said).toContain('may not');
  });

  it('is cleaned and checked while it runs', async () => {
    const gc = await line.run('registry', 'gc', 'store', '--older-than', '0s');
    expect(gc).toMatchObject({ code: 0, stdout: expect.stringContaining('removed 1 content') });
    expect(await line.run('registry', 'check', 'store')).toMatchObject({ code: 0 });
  });
});
