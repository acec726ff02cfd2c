import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { JOB_CLAIMS, jobToken, platformKey } from '../support/job-tokens.ts';
import { Scene } from '../support/scene.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

const ORIGIN = 'https://github.com/shop/trips';
const key = platformKey('RS256');
let scene: Scene;
let line: CommandHere;
let commit: string;

beforeAll(async () => {
  scene = await Scene.open();
  line = new CommandHere(scene.folder);
  commit = makeSourceRepository(line.folder, ORIGIN);
  mkdirSync(join(line.home, 'keys'), { mode: 0o700 });
  const pem = scene.release.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(line.home, 'keys/default.key'), pem, { mode: 0o600 });
  writeFileSync(join(line.home, 'keys/default.crt'), scene.release.chainPem);
  await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  const { iss: issuer } = JOB_CLAIMS['github-actions'];
  const pinned = { platform: 'github-actions', issuer, audience: 'waybill', keys: [key.jwk] };
  writeFileSync(join(line.folder, 'github.json'), JSON.stringify(pinned));
  writeFileSync(join(line.folder, 'allowed'), '');
  writeRule('pass', 'build', 'true');
  writeRule('proven', 'release', `provenance.commit == '${commit}' && release.commit == commit.id`);
  writeRule('built', 'release', "provenance.builder.startsWith('https://')");
  const facts = "provenance.materials.exists(m, m.uri == 'facts of the build gate')";
  writeRule('recorded', 'release', facts);
  writeRule('judged', 'release', "buildGate.verdict == 'allow' && !commit.signed");
});
afterAll(async () => {
  await line.close();
  await scene.close();
});

function writeRule(name: string, gate: string, require: string): void {
  const head = 'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: p, revision: 1 }';
  const rule = `{ id: one, description: x, gates: { ${gate}: deny }, require: "${require}"`;
  const text = `${head}\nmode: enforce\nrules:\n  - ${rule}, message: "'x'", fix: y }\n`;
  writeFileSync(join(line.folder, `${name}.yaml`), text);
}

const image = (tag: string): string => `${scene.registry.registry}/shop/app:${tag}`;
function showToken(more: object = {}): void {
  const at = Math.floor(Date.now() / 1_000);
  const claims = { ...JOB_CLAIMS['github-actions'], sha: commit, iat: at, exp: at + 600, ...more };
  writeFileSync(join(line.folder, 'token'), jobToken(key, claims));
}
const release = (tag: string, policy: string, ...more: readonly string[]) => {
  const what = ['--image', image('1.0'), '--name', 'app', '--version', tag, ...more];
  return line.run('release', image(tag), ...what, '--policy', `${policy}.yaml`);
};
const JOB = ['--job-token', 'token', '--job-keys', 'github.json'];

interface Origin {
  readonly releases: readonly {
    readonly version: string;
    readonly source: { readonly commit: string; readonly claimed?: readonly string[] };
    readonly build: { readonly id: string; readonly builder: string; readonly claimed?: true };
  }[];
}

it('B7 B12: the token of the job proves builder and commit, and is recorded nowhere', async () => {
  showToken();
  expect((await release('claimed', 'proven')).code).toBe(3);
  expect((await release('typed', 'built')).code).toBe(3);
  expect((await release('built', 'built', ...JOB)).code).toBe(0);
  expect(await release('proven', 'proven', ...JOB)).toMatchObject({ code: 0 });
  const { answer } = await line.json<Origin>('ask', 'provenance', image('proven'));
  expect(answer.releases.filter(({ version }) => version === 'proven')).toMatchObject([
    {
      source: { commit },
      build: {
        id: 'https://github.com/shop/trips/actions/runs/8812/attempts/2',
        builder: 'https://github.com/shop/builds/.github/workflows/release.yml@refs/heads/main',
      },
    },
  ]);
  expect(JSON.stringify(answer)).not.toContain('claimed');
  const { stdout } = await line.run('graph', 'export');
  expect(stdout).not.toContain('eyJ');
});

it('B13: by policy, release refuses what the build gate did not pass', async () => {
  showToken();
  expect((await release('unjudged', 'judged', ...JOB)).code).toBe(3);
  expect((await release('unrecorded', 'recorded', ...JOB)).code).toBe(1);
  const asked = ['--policy', 'pass.yaml', '--record', '--allowed-signers', 'allowed'];
  expect((await line.run('gate', 'build', '.', ...asked)).code).toBe(0);
  expect((await release('judged', 'judged', ...JOB)).code).toBe(0);
  expect((await release('recorded', 'recorded', ...JOB)).code).toBe(0);
  expect((await release('typed', 'judged')).code).toBe(3);
});

it.each([
  ['of another commit', { sha: 'b'.repeat(40) }, 'the job is of bbbb'],
  ['of another repository', { repository: 'shop/other' }, 'the job is of'],
  ['that has expired', { exp: 1 }, 'it has expired'],
  ['for another service', { aud: 'sigstore' }, 'somebody else'],
])('B7: a token %s proves nothing, and nothing is published', async (_, more, why) => {
  showToken(more);
  const { code, stderr } = await release('refused', 'proven', ...JOB);
  expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining(why)]);
  expect(code).toBeGreaterThan(1);
  expect(stderr).not.toContain('eyJ');
  expect((await scene.client.resolve(scene.reference('app', 'refused'))).ok).toBe(false);
});

it('a token without the keys of its platform is a mistake', async () => {
  showToken();
  const { code, stderr } = await release('half', 'proven', '--job-token', 'token');
  expect([code, stderr]).toEqual([2, expect.stringContaining('together')]);
});
