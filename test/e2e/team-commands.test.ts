import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orThrow } from '../../src/core/result.ts';
import { authorise, parseTokens } from '../../src/entrypoints/server/tokens.ts';
import { CommandHere } from '../support/command-line.ts';

let folder: string;
let line: CommandHere;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-team-'));
  line = new CommandHere(folder);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

describe('tokens of a server', () => {
  const path = () => join(line.home, 'tokens');
  const tokens = () => orThrow(parseTokens(readFileSync(path(), 'utf8')));

  it('a token is printed once, and the file has its hash, roles and end', async () => {
    const made = ['token', 'create', 'ci', '--role', 'publisher', '--role', 'read'];
    const { answer } = await line.json<{ token: string; roles: string[] }>(...made);
    expect(answer.roles).toEqual(['evidence', 'release', 'advisories', 'watch', 'read']);
    expect(readFileSync(path(), 'utf8')).not.toContain(answer.token);
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(authorise(`Bearer ${answer.token}`, tokens(), 'evidence')).toMatchObject({ name: 'ci' });
    const shown = await line.output('token', 'create', 'dashboard', '--role', 'reader');
    expect(authorise(`Bearer ${shown.trim()}`, tokens(), 'read')).toMatchObject({
      name: 'dashboard',
    });
    expect(await line.output('token', 'list')).toMatch(/^ci +evidence,.*\n?dashboard +read /m);
  });

  it('a token that is revoked is out of the file; the others and the comments stay', async () => {
    writeFileSync(path(), `# of the platform team\n${readFileSync(path(), 'utf8')}`);
    expect(await line.output('token', 'revoke', 'ci')).toMatch(/^revoked ci; 1 left/);
    expect(readFileSync(path(), 'utf8')).toMatch(/^# of the platform team\ndashboard read sha256:/);
    const { answer } = await line.json('token', 'list');
    expect(answer).toMatchObject({ tokens: [{ name: 'dashboard', expired: false }] });
    expect((await line.run('token', 'revoke', 'ci')).code).toBe(3);
    await line.output('token', 'revoke', 'dashboard');
    expect(await line.json('token', 'list')).toMatchObject({ code: 0, answer: { tokens: [] } });
  });

  it('a tenant has a shard of its own, and a token that is of it alone', async () => {
    expect(await line.json('tenant', 'create', 'shop')).toMatchObject({
      answer: { name: 'shop', shard: 2 },
    });
    expect(await line.output('tenant', 'list')).toMatch(/^NAME +SHARD\nshop +2$/m);
    expect((await line.run('tenant', 'create', 'Shop')).code).toBe(2);
    await line.output('token', 'create', 'shop', '--role', 'read', '--tenant', 'shop');
    expect(tokens()).toMatchObject([{ name: 'shop', tenant: 'shop' }]);
    await line.output('token', 'revoke', 'shop');
  });

  it.each([
    [['token', 'create', 'x'], 'a token needs a role'],
    [['token', 'create', 'x', '--role', 'root'], 'there is no role'],
    [
      ['token', 'create', 'x', '--role', 'read', '--expires', '2020-01-01T00:00:00Z'],
      'in the past',
    ],
    [['token', 'create', 'a b', '--role', 'read'], 'NAME ROLES TOKEN'],
  ])('%j is refused, and changes nothing', async (args, why) => {
    expect(await line.run(...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(why),
    });
  });
});

describe('standing questions', () => {
  const add = (...more: readonly string[]) => line.run('standing', 'add', ...more);
  it('one is kept with who is told, listed without secrets, and removed', async () => {
    writeFileSync(join(folder, 'secret.txt'), 's'.repeat(20));
    const told = ['--slack', 'https://chat.example.com/hooks/x1', '--secret-file', 'secret.txt'];
    const hook = ['--webhook', 'https://hooks.example.com/y2', '--digest', '24h'];
    const asked = ['--ask', `releases --component 'log4j <2.15'`];
    const { code, stdout } = await add('log4j', ...asked, ...told, ...hook);
    expect([code, stdout]).toEqual([0, expect.stringContaining('chat.example.com')]);
    const { answer } = await line.json('standing', 'list');
    expect(answer).toMatchObject({
      standing: [
        {
          ...{ name: 'log4j', question: 'releases', digestMs: 86_400_000, askedAt: null },
          parameters: { component: 'log4j <2.15' },
        },
      ],
    });
    expect(JSON.stringify(answer)).not.toMatch(/x1|y2|ssss/);
    expect(await line.json('standing', 'notices')).toMatchObject({
      code: 0,
      answer: { notices: [] },
    });
    expect(await line.output('standing', 'remove', 'log4j')).toBe('removed log4j\n');
    expect((await line.run('standing', 'remove', 'log4j')).code).toBe(3);
  });

  it.each([
    [['a', '--ask', 'missing'], 'nobody is told'],
    [['a', '--ask', 'nothing', '--email', 'a@b.example.com'], 'there is no question'],
    [['a', '--ask', 'why trips', '--email', 'a@b.example.com'], 'component is missing'],
    [['a', '--ask', 'missing x', '--email', 'a@b.example.com'], 'missing does not take x'],
    [['a', '--ask', 'what-if', '--email', 'a@b.example.com'], 'what-if'],
    [['A', '--ask', 'missing', '--email', 'a@b.example.com'], 'small letters'],
    [['a', '--ask', 'missing', '--email', 'nobody'], 'not one address'],
  ])('%j is refused', async (args, why) => {
    const { code, stderr } = await add(...args);
    expect([code === 0, stderr]).toEqual([false, expect.stringContaining(why)]);
    expect((await line.json<{ standing: object[] }>('standing', 'list')).answer.standing).toEqual(
      [],
    );
  });
});
