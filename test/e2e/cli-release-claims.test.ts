import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

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
});
afterAll(async () => {
  await line.close();
  await scene.close();
});

const image = (tag: string): string => `${scene.registry.registry}/shop/app:${tag}`;
const release = (tag: string, ...more: readonly string[]) => {
  const what = ['--image', image('1.0'), '--name', 'app', '--version', tag];
  return line.run('release', image(tag), ...what, ...more);
};

interface Origin {
  readonly releases: readonly {
    readonly version: string;
    readonly source: { readonly claimed?: readonly string[] };
    readonly build: { readonly claimed?: true };
  }[];
  readonly documents: readonly { readonly kind: string; readonly digest: string }[];
}

const UNPROVEN = ['host', 'repository', 'commit'];

describe('truth C2: what a release only claims is called claimed', () => {
  it('B26: a commit that git does not know is refused, and nothing is published', async () => {
    const { code, stderr } = await release('bad', '--commit', `${'0'.repeat(37)}bad`);
    expect([code, stderr]).toEqual([2, expect.stringContaining('is not in the git repository')]);
    expect((await scene.client.resolve(scene.reference('app', 'bad'))).ok).toBe(false);
  });

  it('repository, commit and builder are claims, whether typed or found', async () => {
    expect((await release('own')).code).toBe(0);
    expect((await release('same', '--commit', commit, '--repo', ORIGIN)).code).toBe(0);
    const other = [
      '--repo',
      'https://git.example.com/nobody',
      '--builder',
      'https://ci.example.com',
    ];
    expect((await release('other', ...other)).code).toBe(0);
    const { answer } = await line.json<Origin>('ask', 'provenance', image('1.0'));
    const claims = answer.releases.map(({ version, source, build }) => [
      version,
      source.claimed ?? [],
      build.claimed,
    ]);
    expect(claims.toSorted()).toEqual([
      ['other', UNPROVEN, true],
      ['own', UNPROVEN, true],
      ['same', UNPROVEN, true],
    ]);
    const text = await line.output('ask', 'provenance', image('1.0'));
    expect(text).toContain('https://git.example.com/nobody (claimed)');
    expect(text).toContain('https://ci.example.com (claimed)');
  });

  it('B2: the signed provenance names neither a builder nor a time of the build', async () => {
    const { stdout } = await line.run('graph', 'export');
    expect(stdout).not.toContain('finishedOn');
  });

  it('a rule about the commit of a release does not hold by a claim', async () => {
    const rule =
      'rules:\n  - { id: origin, description: x, gates: { release: deny }, require: ' +
      '"release.repository.startsWith(\'https://git.example.com/\')", message: "\'x\'", fix: y }\n';
    const policy =
      'apiVersion: waybill.dev/v1\nkind: Policy\nmetadata: { name: p, revision: 1 }\n' +
      `mode: enforce\n${rule}`;
    writeFileSync(join(line.folder, 'rule.yaml'), policy);
    const asked = ['--policy', 'rule.yaml'];
    for (const typed of [[], ['--repo', 'https://git.example.com/nobody']]) {
      const { code, stdout } = await release('claim', ...asked, ...typed);
      expect([code, stdout]).toEqual([3, expect.stringContaining('only claimed')]);
    }
  });
});
