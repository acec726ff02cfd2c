import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scene } from '../../../../test/support/scene.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { FilesInForce } from './in-force.ts';

let scene: Scene;
let now: Instant;
let files: FilesInForce;
beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());
beforeEach(() => {
  now = toInstant(1_700_000_000_000);
  files = new FilesInForce(scene.config, () => now);
});
afterEach(() => files.close());

const look = async () => {
  now = toInstant(now + 501);
  const state = await files.get();
  return state.ok ? 'in force' : state.failure.code;
};

describe('What is in force', () => {
  const documents = ['policy', 'trust'] as const;
  type Damage = readonly [what: string, damage: (path: string) => void];
  const damages: readonly Damage[] = [
    ['removed', (path) => rmSync(path)],
    ['empty', (path) => writeFileSync(path, '')],
    ['truncated', (path) => writeFileSync(path, 'apiVersion: waybill.dev/v1\nkind: Pol')],
    ['too large', (path) => writeFileSync(path, Buffer.alloc(1024 * 1024 + 1, 32))],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      'a pipe without a writer',
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', [path]);
      },
    ],
  ];

  it.each(
    documents.flatMap((name) => damages.map(([what, damage]) => [name, what, damage] as const)),
  )(
    'G44: when the %s is %s, nothing is in force at once; when it is back, everything is',
    async (name, _what, damage) => {
      const path = scene.config[name];
      expect(await look()).toBe('in force');
      renameSync(path, `${path}.kept`);
      writeFileSync(path, 'x');
      damage(path);
      expect(await look()).not.toBe('in force');
      expect(files.isObserving()).toBe(false);
      rmSync(path, { recursive: true, force: true });
      renameSync(`${path}.kept`, path);
      expect(await look()).toBe('in force');
    },
  );

  it('does not change for half a second, and then follows the files', async () => {
    expect(await look()).toBe('in force');
    scene.policy({ mode: 'observe' });
    const before = await files.get();
    now = toInstant(now + 499);
    expect(await files.get()).toBe(before);
    now = toInstant(now + 2);
    expect(await files.get()).toMatchObject({
      ok: true,
      value: { policy: { modes: { admission: 'observe' } } },
    });
    await Promise.resolve();
    expect(files.isObserving()).toBe(true);
    scene.policy();
    expect(await look()).toBe('in force');
    expect(files.isObserving()).toBe(false);
  });

  it('is read again after the clock is set back', async () => {
    expect(await look()).toBe('in force');
    scene.policy({}, () => 'kind: Nothing');
    now = toInstant(now - 3_600_000);
    expect(await files.get()).toMatchObject({ ok: false });
    scene.policy();
    expect(await look()).toBe('in force');
  });

  it('changes when a folder can no longer be entered', async () => {
    expect(await look()).toBe('in force');
    renameSync(scene.home, `${scene.home}.kept`);
    writeFileSync(scene.home, 'a file where the folder was');
    expect(await look()).not.toBe('in force');
    expect(await files.get()).toMatchObject({ ok: false });
    rmSync(scene.home);
    renameSync(`${scene.home}.kept`, scene.home);
    expect(await look()).toBe('in force');
  });
});
