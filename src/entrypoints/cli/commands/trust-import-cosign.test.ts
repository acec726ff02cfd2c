import { createPublicKey } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixedKey } from '../../../../test/support/certificates.ts';
import { runHere } from '../../../../test/support/run-here.ts';
import { testInstance } from '../../../../test/support/sigstore-instance.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-cosign-'));
  const { root } = testInstance('imported');
  const pem = createPublicKey(fixedKey('imported')).export({ format: 'pem', type: 'spki' });
  const empty = { mediaType: root.mediaType };
  const files = { root, other: testInstance('another').root, empty };
  for (const [name, value] of Object.entries(files))
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(value));
  writeFileSync(join(folder, 'cosign.pub'), pem);
});
afterAll(() => rmSync(folder, { recursive: true }));

const take = (home: string, ...args: readonly string[]) =>
  runHere(['trust', 'import-cosign', ...args, '--home', home], { cwd: folder, env: {} });
const WHOM = ['--identity', 'release@shop.example.com', '--issuer', 'https://id.example.com'];
const WHERE = ['--repository', 'registry.example.com/shop/*'];

it('D14: takes over a trusted root and who is trusted by it, and adds others later', async () => {
  expect((await take('a', 'root.json', '--name', 'shop', ...WHOM, ...WHERE)).code).toBe(0);
  const second = ['--identity-glob', '*@shop.example.com', '--issuer', 'https://id.example.com'];
  expect((await take('a', '--name', 'shop', ...second, ...WHERE)).code).toBe(0);
  expect((await take('a', '--key', 'cosign.pub', ...WHERE)).code).toBe(0);
  const text = readFileSync(join(folder, 'a', 'trust.yaml'), 'utf8');
  expect(text.match(/trustedRoot: shop/g)).toHaveLength(2);
  expect(text).toContain('publicKey: |');
  expect(text).toContain('revision: 3');
});

it('keeps what the trust document revokes, and the times of its rules', async () => {
  const digest = `sha256:${'7'.repeat(64)}`;
  const known = [
    'apiVersion: waybill.dev/v1',
    'kind: Trust',
    'metadata: { name: shop, revision: 4 }',
    'rules:',
    '  - id: old',
    '    repositories: [registry.example.com/old]',
    '    statements: [image]',
    `    signers: [{ thumbprint: ${'a3'.repeat(32)} }]`,
    '    until: 2027-01-01T00:00:00Z',
    `revoked: [{ digest: "${digest}", reason: bad }]`,
  ];
  mkdirSync(join(folder, 'd'));
  writeFileSync(join(folder, 'd', 'trust.yaml'), known.join('\n'));
  expect(await take('d', '--key', 'cosign.pub', ...WHERE)).toMatchObject({ code: 0 });
  const text = readFileSync(join(folder, 'd', 'trust.yaml'), 'utf8');
  for (const part of [digest, 'reason: bad', 'until: 2027-01-01', 'revision: 5', 'publicKey: |'])
    expect(text).toContain(part);
});

it('a trusted root that is there already is not replaced by another one', async () => {
  for (const expected of [0, 0]) expect((await take('b', 'root.json')).code).toBe(expected);
  const { code, stderr } = await take('b', 'other.json');
  expect([code, stderr]).toEqual([2, expect.stringContaining('says something else')]);
  expect((await take('b', 'other.json', '--name', 'other')).code).toBe(0);
});

it.each([
  ['a root that names nobody', ['empty.json'], 'names nobody'],
  ['nothing', [], 'nothing to take over'],
  ['an identity without an issuer', ['--identity', 'a', ...WHERE], 'needs the issuer'],
  ['an identity without a root', [...WHOM, ...WHERE], 'needs a trusted root'],
  ['a rule about no repository', ['--key', 'cosign.pub'], 'needs repositories'],
  ['a name that is a path', ['root.json', '--name', '../root'], 'not a name'],
  ['an unknown statement', ['--key', 'cosign.pub', ...WHERE, '--statement', 'x'], 'unknown: x'],
  ['a file that is no root', ['cosign.pub'], 'MALFORMED'],
])('%s is refused, and nothing is written', async (_, args, why) => {
  const { code, stderr } = await take('c', ...args);
  expect([code > 1, stderr]).toEqual([true, expect.stringContaining(why)]);
  expect(() => readFileSync(join(folder, 'c', 'trust.yaml'))).toThrow();
});
