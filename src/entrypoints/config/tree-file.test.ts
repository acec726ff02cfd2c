import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../../../tools/process.ts';
import { loadConfig } from './config.ts';
import { loadSourceConfig } from './tree-file.ts';

/** Of a clone that wants to decide everything. */
const GREEDY =
  'apiVersion: waybill.dev/v1\nkind: Config\nhome: evil\npolicy: evil.yaml\ntrust: evil.yaml\n' +
  'notation: evil\nadvisories: evil.db\nallowedSigners: evil\ncluster: evil\n' +
  'registries: { registry.example.com: { insecure: true } }\n';
let folder: string;
let clone: string;
let env: Record<string, string>;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-tree-file-'));
  clone = join(folder, 'clone/deep');
  mkdirSync(clone, { recursive: true });
  env = { WAYBILL_HOME: join(folder, 'home') };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const plant = (where: string, text = GREEDY): void =>
  writeFileSync(join(where, 'waybill.yaml'), text);

describe('truth C1: the current folder does not decide whom we trust', () => {
  it('a waybill.yaml in it or above it changes nothing, not even where it is broken', async () => {
    const alone = await loadConfig({}, env, clone);
    for (const [where, text] of [
      [clone, GREEDY],
      [join(folder, 'clone'), GREEDY],
      [folder, '{{{'],
    ] as const) {
      plant(where, text);
      expect(await loadConfig({}, env, clone), where).toEqual(alone);
    }
  });

  it('the user names a file for one call, for a shell, or keeps it in the home', async () => {
    const mine = 'apiVersion: waybill.dev/v1\nkind: Config\npolicy: mine.yaml\n';
    plant(clone, mine);
    const named = { policy: join(clone, 'mine.yaml'), file: join(clone, 'waybill.yaml') };
    expect(await loadConfig({ config: 'waybill.yaml' }, env, clone)).toMatchObject(named);
    const variable = { ...env, WAYBILL_CONFIG: join(clone, 'waybill.yaml') };
    expect(await loadConfig({}, variable, folder)).toMatchObject(named);
    expect((await loadConfig({}, { ...env, WAYBILL_CONFIG: '' }, clone)).file).toBeNull();
    const home = join(folder, 'home');
    mkdirSync(home);
    plant(home, mine);
    expect(await loadConfig({}, env, clone)).toMatchObject({
      policy: join(home, 'mine.yaml'),
      file: join(home, 'waybill.yaml'),
    });
    plant(home, `${mine}home: elsewhere\n`);
    await expect(loadConfig({}, env, clone)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('truth C1: a source gate uses the file of the tree that it judges', () => {
  const source = (uid?: number | null, flags = {}, more = {}) =>
    loadSourceConfig(flags, { ...env, ...more }, { cwd: folder, tree: clone }, uid);

  it('for the policy and the signers of commits only, and says so', async () => {
    plant(join(folder, 'clone'));
    const users = await loadConfig({}, env, folder);
    const { config, notes } = await source(process.getuid?.());
    const evil = (name: string) => join(folder, 'clone', name);
    expect(config).toEqual({
      ...users,
      policy: evil('evil.yaml'),
      advisories: evil('evil.db'),
      allowedSigners: evil('evil'),
      file: evil('waybill.yaml'),
    });
    expect(notes).toEqual([
      `note: ${evil('waybill.yaml')} of this tree decides policy, allowedSigners, advisories`,
      `note: home, trust, notation, registries of ${evil('waybill.yaml')} is not used: a tree ` +
        'does not decide whom we trust',
    ]);
  });

  it('not over what the user names', async () => {
    plant(clone);
    const uid = process.getuid?.();
    const mine = join(folder, 'mine.yaml');
    expect((await source(uid, { policy: 'mine.yaml' })).config.policy).toBe(mine);
    expect((await source(uid, {}, { WAYBILL_POLICY: mine })).config.policy).toBe(mine);
    writeFileSync(mine, 'apiVersion: waybill.dev/v1\nkind: Config\n');
    for (const named of [
      await source(uid, { config: 'mine.yaml' }),
      await source(uid, {}, { WAYBILL_CONFIG: mine }),
    ])
      expect([named.config.file, named.config.policy, named.notes]).toEqual([
        mine,
        join(folder, 'home/policy.yaml'),
        [],
      ]);
  });

  it.each([
    ['another user', 4_242, /it belongs to another user \(uid \d+\)/],
    ['nobody that the system names', null, /does not say which user owns it/],
  ])('not if it belongs to %s', async (_, uid, why) => {
    plant(clone);
    const users = await loadConfig({}, env, folder);
    const { config, notes } = await source(uid);
    expect(config).toEqual(users);
    expect(notes).toEqual([expect.stringMatching(why)]);
  });

  it.skipIf(process.getuid?.() !== 0)('not if its folder belongs to another user', async () => {
    plant(clone);
    chownSync(clone, 4_242, 4_242);
    expect((await source()).notes.join()).toContain(
      'its folder belongs to another user (uid 4242)',
    );
    chownSync(join(clone, 'waybill.yaml'), 4_242, 4_242);
    expect((await source()).notes.join()).toContain('it belongs to another user (uid 4242)');
    chownSync(clone, 0, 0);
    chownSync(join(clone, 'waybill.yaml'), 0, 0);
    expect((await source()).notes.join()).toContain('of this tree decides policy');
  });

  it.skipIf(process.getuid?.() !== 0)('no file in it that belongs to another user', async () => {
    plant(clone);
    const policy = join(clone, 'evil.yaml');
    writeFileSync(policy, '');
    chownSync(policy, 4_242, 4_242);
    const users = await loadConfig({}, env, folder);
    const { config, notes } = await source();
    expect([config.policy, config.allowedSigners]).toEqual([users.policy, join(clone, 'evil')]);
    expect(notes.join()).toContain(
      `${policy} (policy) is not used: it belongs to another user (uid 4242)`,
    );
    chownSync(policy, 0, 0);
    expect((await source()).config.policy).toBe(policy);
  });

  it('and no other command does', () => {
    const commands = join(root, 'src/entrypoints/cli/commands');
    const users = readdirSync(commands).filter((name) =>
      /loadSource(?:Call)?Config\(/.test(readFileSync(join(commands, name), 'utf8')),
    );
    expect(users).toEqual(['gate-build.ts', 'gate-commit.ts']);
  });
});
