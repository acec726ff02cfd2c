import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/digest.ts';
import { CommandHere } from '../support/command-line.ts';
import { policyText, ruleText } from '../support/policy-facts.ts';

let folder: string;
let line: CommandHere;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-policy-'));
  line = new CommandHere(folder);
  write('policy.yaml', policyText(ruleText('commits.size() == 0', '{ build: deny }')));
  write('one.tests.yaml', tests('allow'));
  write('wrong.tests.yaml', tests('deny'));
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const tests = (expected: string): string =>
  'apiVersion: waybill.dev/v1\nkind: PolicyTests\npolicy: policy.yaml\nnow: 2026-11-22T12:00:00Z\n' +
  `tests:\n  - { name: one, gate: build, facts: { commits: [] }, expect: ${expected} }\n`;
const code = async (...args: readonly string[]): Promise<number> =>
  (await line.run('policy', ...args)).code;

describe('waybill policy test', () => {
  it('ends with 1 where a test fails, and where the tests reach too little', async () => {
    expect(await code('test', 'one.tests.yaml')).toBe(0);
    expect(await code('test', 'wrong.tests.yaml')).toBe(1);
    expect(await code('test', 'one.tests.yaml', '--min-branches', '50')).toBe(0);
    expect(await code('test', 'one.tests.yaml', '--min-branches', '51')).toBe(1);
    expect(await code('test', 'one.tests.yaml', '--mutate', '--min-killed', '100')).toBe(1);
    expect(await code('test', 'one.tests.yaml', '--min-killed', '10')).toBe(2);
  });
});

describe('waybill policy eval', () => {
  const ask = ['--gate', 'build', '--policy', 'policy.yaml', '--now', '2026-11-22T12:00:00Z'];

  it('decides as a gate would, with the same bytes for the same question', async () => {
    write('none.json', '{"commits":[]}');
    write('some.json', '{"commits":[{"id":"a"}]}');
    write('open.json', '{}');
    expect(await code('eval', 'none.json', ...ask)).toBe(0);
    expect(await code('eval', 'some.json', ...ask)).toBe(1);
    expect(await code('eval', 'open.json', ...ask)).toBe(3);
    const record = ['policy', 'eval', 'none.json', ...ask, '--format', 'record'];
    expect(await line.output(...record)).toBe(await line.output(...record));
  });

  it('refuses facts that no gate has, which would only be unknown', async () => {
    write('odd.json', '{"comits":[]}');
    const { stderr } = await line.run('policy', 'eval', 'odd.json', ...ask);
    expect(stderr).toContain('no fact is called comits');
  });
});

describe('waybill policy diff', () => {
  it('ends with 0 for the same, and with 1 and the effect for another one', async () => {
    write('other.yaml', policyText(ruleText('commits.size() == 0', '{ build: warn }')));
    expect(await code('diff', 'policy.yaml', 'policy.yaml')).toBe(0);
    const { code: ended, stdout } = await line.run('policy', 'diff', 'policy.yaml', 'other.yaml');
    expect([ended, stdout]).toEqual([1, expect.stringContaining('loosens')]);
  });
});

describe('waybill policy project', () => {
  it('I7: Kyverno gets the keys that may sign, and a list of what it cannot say', async () => {
    const project = (signers: string, rule = 'signatures.exists(s, s.trusted)', more = '') => {
      write('kyverno.yaml', policyText(ruleText(rule)));
      write(
        'trust.yaml',
        'apiVersion: waybill.dev/v1\nkind: Trust\nmetadata: { name: t, revision: 1 }\nrules:\n' +
          '  - { id: shop, repositories: [registry.example.com/shop/*, registry.example.com/base], ' +
          `statements: [image], signers: [${signers}] }\n${more}`,
      );
      const files = ['--policy', 'kyverno.yaml', '--trust', 'trust.yaml'];
      return line.run('policy', 'project', '--to', 'kyverno', ...files);
    };
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const key = `{ publicKey: ${JSON.stringify(pem)} }`;
    const certificate = `{ thumbprint: ${'a'.repeat(64)} }`;
    const { code: ended, stdout } = await project(`${key}, ${certificate}`);
    expect(ended).toBe(0);
    expect(stdout).toContain("i.startsWith('registry.example.com/shop/')");
    expect(stdout).toContain("i.startsWith('registry.example.com/base@')");
    expect(stdout.match(/cosign:/g)).toHaveLength(1);
    expect(stdout).toContain('# not in it: a signer of rule shop, because Kyverno trusts a whole');
    expect((await project(certificate)).code).not.toBe(0);
    expect((await project(key, 'signatures.exists(s, true)')).code).not.toBe(0);
    const spki = sha256(publicKey.export({ type: 'spki', format: 'der' })).slice(7);
    const revoked = await project(key, undefined, `revoked: [{ key: ${spki} }]\n`);
    expect([revoked.code, revoked.stderr]).toEqual([4, expect.stringContaining('no signer')]);
  });

  it('I7: has the policy inside, and refuses one that asks nothing there', async () => {
    const text = await line.output(
      'policy',
      'project',
      '--to',
      'github',
      '--policy',
      'policy.yaml',
    );
    expect(text).toContain('using: composite');
    const hook = await line.run('policy', 'project', '--to', 'git-hook', '--policy', 'policy.yaml');
    expect([hook.code, hook.stderr]).toEqual([2, expect.stringContaining('commit gate')]);
  });
});
