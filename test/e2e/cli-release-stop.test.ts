import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CommandHere } from '../support/command-line.ts';
import { Scene } from '../support/scene.ts';
import { makeSourceRepository } from '../support/source-repository.ts';

const SOURCE = 'https://git.example.com/shop/app';

/** A release that is stopped is either whole and recorded, or absent under its tag. */
let scene: Scene;
let line: CommandHere;

beforeAll(async () => {
  scene = await Scene.open();
  line = new CommandHere(scene.folder);
  makeSourceRepository(line.folder, SOURCE);
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

const repository = (): string => `${scene.registry.registry}/shop/app`;

function release(tag: string): readonly string[] {
  return [
    ...[
      'release',
      `${repository()}:${tag}`,
      '--image',
      `${repository()}:1.0`,
      '--name',
      'app',
      '--version',
      tag,
    ],
    ...['--repo', SOURCE],
  ];
}

async function isPublished(tag: string): Promise<boolean> {
  return (await scene.client.resolve(scene.reference('app', tag))).ok;
}

async function recordedVersions(): Promise<readonly string[]> {
  const { answer } = await line.json<{ releases?: readonly { version: string }[] }>(
    'ask',
    'where',
    `${repository()}:1.0`,
  );
  return (answer.releases ?? []).map(({ version }) => version);
}

describe('a release', () => {
  it.each([1, 2, 3, 4])(
    'that is stopped at step %i is whole and recorded, or absent; the next one passes',
    async (step) => {
      const tag = `stop-${step}`;
      const started = line.spawn(...release(tag));
      let seen = 0;
      createInterface({ input: started.process.stderr }).on('line', () => {
        if (++seen === step) started.process.kill('SIGINT');
      });
      const { code, stderr } = await started.ended;
      const published = await isPublished(tag);
      expect([code === 0, (await recordedVersions()).includes(tag)], stderr).toEqual([
        published,
        published,
      ]);
      if (code !== 0) expect([code, stderr.includes('[INTERRUPTED]')], stderr).toEqual([2, true]);
      expect((await line.run(...release(tag))).code).toBe(0);
      expect((await recordedVersions()).includes(tag)).toBe(true);
      expect(readdirSync(line.home).filter((name) => /partial|tmp/.test(name))).toEqual([]);
    },
  );

  it('that was published but not recorded says both, and the next run records it', async () => {
    const holder = new DatabaseSync(join(line.home, 'waybill.db'));
    holder.exec('begin immediate');
    const { code, answer } = await line.json<{
      error: { code: string; message: string; remedy: string };
    }>(...release('held'));
    holder.close();
    expect([code, answer.error.code]).toEqual([2, 'STORE_LOCKED']);
    expect(answer.error.message).toContain('is published');
    expect(await isPublished('held')).toBe(true);
    expect((await line.run(...release('held'))).code).toBe(0);
    expect(await recordedVersions()).toContain('held');
  });

  it('with an unknown commit or a changed work tree is refused at the start', async () => {
    const args = [
      'release',
      `${repository()}:none`,
      '--image',
      `${repository()}:1.0`,
      '--name',
      'app',
      '--version',
      '1',
    ];
    const unknown = ['--commit', '0'.repeat(40)];
    const { code, answer } = await line.json<{ error: { code: string } }>(...args, ...unknown);
    expect([code, answer.error.code]).toEqual([2, 'USAGE']);
    expect(
      (await line.json(...args, '--repo', 'https://git.example.com/x', '--commit', 'main')).code,
    ).toBe(2);
    expect(await isPublished('none')).toBe(false);
  });
});
