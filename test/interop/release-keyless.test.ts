import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from '../support/run-here.ts';
import { Scene } from '../support/scene.ts';
import { type SigstoreServices, startSigstore } from '../support/sigstore-services.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

const ORIGIN = 'https://github.com/shop/trips';
let scene: Scene;
let sigstore: SigstoreServices;
let folder: string;
let commit: string;
let github: Readonly<Record<string, string>>;

beforeAll(async () => {
  scene = await Scene.open();
  sigstore = await startSigstore('keyless');
  folder = join(scene.folder, 'source');
  mkdirSync(folder);
  commit = makeSourceRepository(folder, ORIGIN);
  await scene.push('app', [{ name: 'tzdata', version: '2024a-0+deb12u1' }]);
  const head = 'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: p, revision: 1 }';
  const require =
    "artifacts.exists(a, a.type == 'sbom' && a.trusted) && signatures.exists(s, s.trusted)";
  const rule = `{ id: signed, description: x, gates: { release: deny }, require: "${require}"`;
  const text = `${head}\nmode: enforce\nrules:\n  - ${rule}, message: "'<b>unsigned'", fix: sign }\n`;
  writeFileSync(join(folder, 'policy.yaml'), text);
  github = {
    ...{ GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://github.com' },
    ...{ GITHUB_REPOSITORY: 'shop/trips', GITHUB_SHA: commit, GITHUB_REF: 'refs/tags/v1.4' },
    ...{ GITHUB_RUN_ID: '8812', GITHUB_RUN_ATTEMPT: '2' },
    GITHUB_WORKFLOW_REF: 'shop/trips/.github/workflows/release.yml@refs/tags/v1.4',
    WAYBILL_RELEASE_IMAGE: image('1.0'),
  };
});
afterAll(async () => {
  await sigstore.close();
  await scene.close();
});

const image = (tag: string): string => `${scene.registry.registry}/shop/app:${tag}`;

function run(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const own = { PATH: process.env['PATH'] ?? '', HOME: folder, WAYBILL_HOME: scene.home };
  return runHere(args, { cwd: folder, env: { ...own, WAYBILL_POLICY: 'policy.yaml', ...env } });
}

it('I1, S8: a job without a key signs by its identity, and in a dry run asks nobody', async () => {
  const job = { ...github, WAYBILL_RELEASE_REFERENCE: image('keyless') };
  const offered = { ...job, ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1/token' };
  expect((await run(offered, 'release')).code).toBe(2);
  writeFileSync(join(folder, 'root.json'), JSON.stringify(sigstore.trustedRoot()));
  writeFileSync(join(folder, 'signing.json'), JSON.stringify(sigstore.signingConfig(2)));
  writeFileSync(join(folder, 'token'), sigstore.token());
  const identity = 'https://git.example.com/shop/trips/release.yml@refs/heads/main';
  const whom = ['--identity', identity, '--issuer', sigstore.url];
  const scope = ['--repository', `${scene.registry.registry}/shop/*`];
  const taken = ['--signing-config', 'signing.json'];
  const kinds = ['image', 'sbom', 'scan', 'provenance'].flatMap((one) => ['--statement', one]);
  const imported = ['trust', 'import-cosign', 'root.json', ...whom, ...scope, ...taken, ...kinds];
  expect(await run({}, ...imported)).toMatchObject({
    code: 0,
    stderr: expect.not.stringContaining('error'),
  });
  const asked = sigstore.asked.length;
  const dry = await run(offered, 'release', '--dry-run', '--format', 'markdown');
  expect(dry).toMatchObject({
    stderr: expect.not.stringContaining('error'),
    code: 0,
    stdout: expect.stringContaining('not judged, dry run'),
  });
  expect(sigstore.asked).toHaveLength(asked);
  const shipped = await run(offered, 'release', '--identity-token', 'token', '--explain');

  expect(shipped).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
  expect(shipped.stderr).toContain('signed without a key');
  const { stdout } = await run({}, 'verify', image('keyless'), '--format', 'json');
  const verified = JSON.parse(stdout);
  expect(verified).toMatchObject({ standing: 'counts' });
  expect(verified.documents.map((one: { standing: string }) => one.standing)).toEqual(
    Array(3).fill('counts'),
  );
});
