import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

/**
 * The build gate records what it decided about a commit. The gates about images know it: of a
 * commit that trusted provenance proves, and of one that a release claims only if it was refused.
 */
const ORIGIN = 'https://git.example.com/shop/app';
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
  for (const [name, gate, require] of [
    ['pass', 'build', 'true'],
    ['fail', 'build', 'false'],
    ['passed', 'release', "buildGate.verdict == 'allow'"],
    ['admit', 'admission', `buildGate.verdict == 'allow' && commit.id == '${commit}'`],
    ['signed', 'admission', 'commit.signed'],
  ] as const)
    writeFileSync(join(line.folder, `${name}.yaml`), writePolicy(gate, require));
});
afterAll(async () => {
  await line.close();
  await scene.close();
});

function writePolicy(gate: string, require: string): string {
  return [
    'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: p, revision: 1 }\nmode: enforce',
    `rules:\n  - { id: one, description: x, gates: { ${gate}: deny },`,
    `      require: "${require}", message: "'x'", fix: y }\n`,
  ].join('\n');
}

const image = (tag: string): string => `${scene.registry.registry}/shop/app:${tag}`;
const build = (policy: string) =>
  line.run(
    'gate',
    'build',
    '.',
    '--policy',
    `${policy}.yaml`,
    '--record',
    '--allowed-signers',
    'x',
  );
const release = (tag: string) => {
  const what = ['--image', image('1.0'), '--name', 'app', '--version', tag];
  return line.run('release', image(tag), ...what, '--policy', 'passed.yaml');
};
const admit = async (policy: string) => {
  const asked = ['gate', 'admission', image('1.0'), '--policy', `${policy}.yaml`];
  const { code, stdout } = await line.run(...asked, '--explain');
  return [code, stdout] as const;
};

it('B13: release refuses a commit that the build gate refused, and none vouches', async () => {
  writeFileSync(join(line.folder, 'x'), '');
  expect(await release('open')).toMatchObject({
    code: 3,
    stdout: expect.stringContaining('only claimed'),
  });
  expect((await build('fail')).code).toBe(1);
  expect((await release('bad')).code).toBe(1);
  expect((await scene.client.resolve(scene.reference('app', 'bad'))).ok).toBe(false);
  expect((await build('pass')).code).toBe(0);
  expect((await release('claim')).code).toBe(3);
});

it('B13: admission knows the build gate of the commit that trusted provenance proves', async () => {
  expect(await admit('admit')).toEqual([3, expect.any(String)]);
  const predicate = (source: object) => ({
    buildDefinition: {
      buildType: 'https://ci.example.com/build/v1',
      externalParameters: { source },
    },
    runDetails: { builder: { id: 'https://ci.example.com' } },
  });
  const proven = predicate({ repository: `git+${ORIGIN}`, commit });
  writeFileSync(join(line.folder, 'provenance.json'), JSON.stringify(proven));
  const stated = ['--type', 'slsa-provenance', '--predicate', 'provenance.json'];
  expect((await line.run('attest', image('1.0'), ...stated)).code).toBe(0);
  expect(await admit('admit')).toEqual([0, expect.any(String)]);
  expect((await admit('signed'))[0]).toBe(1);
  expect((await build('fail')).code).toBe(1);
  expect((await admit('admit'))[0]).toBe(1);
});
