import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { runHere } from '../support/run-here.ts';
import { Scene } from '../support/scene.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

const ORIGIN = 'https://github.com/shop/trips';
let scene: Scene;
let folder: string;
let commit: string;
let github: Readonly<Record<string, string>>;

beforeAll(async () => {
  scene = await Scene.open();
  folder = join(scene.folder, 'source');
  mkdirSync(folder);
  commit = makeSourceRepository(folder, ORIGIN);
  keep();
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
afterEach(keep);
afterAll(async () => {
  await scene.close();
});

/** The key of the home, so that a test may remove it. */
function keep(): void {
  mkdirSync(join(scene.home, 'keys'), { mode: 0o700, recursive: true });
  const pem = scene.release.privateKey.export({ type: 'pkcs8', format: 'pem' });
  writeFileSync(join(scene.home, 'keys/default.key'), pem, { mode: 0o600 });
  writeFileSync(join(scene.home, 'keys/default.crt'), scene.release.chainPem);
}

const image = (tag: string): string => `${scene.registry.registry}/shop/app:${tag}`;

function run(env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const own = { PATH: process.env['PATH'] ?? '', HOME: folder, WAYBILL_HOME: scene.home };
  return runHere(args, { cwd: folder, env: { ...own, WAYBILL_POLICY: 'policy.yaml', ...env } });
}

const isThere = async (tag: string) => (await scene.client.resolve(scene.reference('app', tag))).ok;

/** Every file below a folder, with its content. */
function readAll(place: string): readonly string[] {
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => `${path} ${readFileSync(path, 'latin1')}`)
    .sort();
}

it('B12: one command releases what the job says, and a dry run writes nothing', async () => {
  const job = { ...github, WAYBILL_RELEASE_REFERENCE: image('v1.4') };
  const before = readAll(scene.folder);
  const dry = await run(job, 'release', '--dry-run', '--format', 'json');
  expect(dry).toMatchObject({ code: 0, stderr: expect.not.stringContaining('error') });
  expect(readAll(scene.folder)).toEqual(before);
  expect(JSON.parse(dry.stdout)).toMatchObject({
    ...{ published: false, dryRun: true, verdict: { decision: 'allow' } },
    ...{ name: 'app', version: 'v1.4', signer: 'key default' },
    source: { repository: ORIGIN, commit, ref: 'refs/tags/v1.4' },
    build: {
      id: `${ORIGIN}/actions/runs/8812/attempts/2`,
      builder: `${ORIGIN}/.github/workflows/release.yml@refs/tags/v1.4`,
      proven: false,
    },
  });
  const kinds = JSON.parse(dry.stdout).artifacts.map(({ kind }: { kind: string }) => kind);
  const signatures = Array(4).fill('signature');
  expect(kinds.sort()).toEqual(['provenance', 'sbom', 'scan', ...signatures]);
  expect(await isThere('v1.4')).toBe(false);
  const summary = join(folder, 'summary.md');
  const shipped = await run({ ...job, GITHUB_STEP_SUMMARY: summary }, 'release', '--step-summary');
  expect(shipped).toMatchObject({
    stderr: expect.not.stringContaining('error'),
    code: 0,
    stdout: expect.stringContaining('published'),
  });
  expect(shipped.stderr).toContain(`GitHub Actions: ${ORIGIN} ${commit} refs/tags/v1.4`);
  expect(shipped.stderr).toContain('recording');
  expect(await isThere('v1.4')).toBe(true);
  expect(readFileSync(summary, 'utf8')).toContain('## Waybill release: allow, published');
});

it.each<[string, Readonly<Record<string, string>>, string]>([
  ['another commit', { GITHUB_SHA: 'b'.repeat(40) }, 'the work tree is at'],
  ['another repository', { GITHUB_REPOSITORY: 'shop/other' }, 'the work tree is of'],
  ['a text that is no line', { GITHUB_REF: 'refs/tags/\u001b[2J' }, 'GITHUB_REF'],
  ['a choice that is none', { WAYBILL_RELEASE_KEYLESS: 'yes' }, 'neither true nor false'],
])('a job that says %s releases nothing', async (_, changed, why) => {
  const job = { ...github, WAYBILL_RELEASE_REFERENCE: image('wrong'), ...changed };
  const { code, stderr } = await run(job, 'release');
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  expect(await isThere('wrong')).toBe(false);
});

it('I1: a job without a key signs by its identity, and in a dry run asks nobody', async () => {
  rmSync(join(scene.home, 'keys/default.key'));
  const job = { ...github, WAYBILL_RELEASE_REFERENCE: image('keyless') };
  const offered = { ...job, ACTIONS_ID_TOKEN_REQUEST_URL: 'http://127.0.0.1:1/token' };
  const dry = ['release', '--dry-run', '--format', 'markdown'];
  expect((await run(offered, ...dry)).stderr).toContain('default');
  const services = join(scene.config.notation, 'truststore/sigstore/signing');
  mkdirSync(services, { recursive: true });
  writeFileSync(join(services, 'public.json'), '{}');
  expect((await run(job, ...dry)).code).toBe(2);
  expect((await run({ ...offered, WAYBILL_RELEASE_KEYLESS: 'false' }, ...dry)).code).toBe(2);
  const { code, stdout } = await run(offered, ...dry);
  expect([code, stdout]).toEqual([0, expect.stringContaining('not judged, dry run')]);
  const both = await run({ ...offered, WAYBILL_RELEASE_KEYLESS: 'true' }, 'release', '--key', 'k');
  expect([both.code, both.stderr]).toEqual([2, expect.stringContaining('Name one of both')]);
});

it('a refused release says why in Markdown, and none of it is markup', async () => {
  const job = { ...github, WAYBILL_RELEASE_REFERENCE: image('refused') };
  const text = readFileSync(join(folder, 'policy.yaml'), 'utf8');
  writeFileSync(
    join(folder, 'never.yaml'),
    text.replace('signatures.exists', '!signatures.exists'),
  );
  const { code, stdout } = await run(
    { ...job, WAYBILL_POLICY: 'never.yaml' },
    'release',
    '--format',
    'markdown',
  );
  expect(code).toBe(1);
  expect(stdout).toContain('nothing was published');
  expect(stdout).not.toMatch(/[^`]<b>/);
});
