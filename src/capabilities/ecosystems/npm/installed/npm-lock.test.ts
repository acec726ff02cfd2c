import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { INTEGRITY as sha } from '../../../../../test/support/npm-project.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';

const json = JSON.stringify;

/** A lock with the manifests that it is for. */
async function ofLock(lock: unknown): Promise<Inventory> {
  const { packages = {} } = (typeof lock === 'string' ? {} : lock) as { packages?: object };
  const manifests = Object.entries(packages).flatMap(([key, fields]) =>
    key === '' || key.includes('node_modules/')
      ? []
      : [[`${key}/package.json`, json(fields)] as const],
  );
  const own = Object.entries(packages).find(([key]) => key === '')?.[1] ?? {};
  return inventoryTree(
    makeTree({
      'package-lock.json': typeof lock === 'string' ? lock : json(lock),
      'package.json': json(own),
      ...Object.fromEntries(manifests),
    }),
    '.',
  );
}

const shown = ({ components }: Inventory): readonly string[] =>
  components.map(({ name, version }) => `${name}@${version}`);

describe('D10 B2 B15: npm locks of version 2 and 3', () => {
  it('give every package with licence, hash, origin and dependencies', async () => {
    const inventory = await ofLock({
      lockfileVersion: 3,
      packages: {
        '': { name: 'shop', version: '1.0.0', dependencies: { a: '^1' } },
        'node_modules/a': {
          version: '1.2.3',
          resolved: 'https://user:secret@npm.example.com/a/-/a-1.2.3.tgz?token=secret',
          integrity: sha,
          license: 'MIT',
          dependencies: { '@x/b': '^2', c: '1' },
        },
        'node_modules/@x/b': { version: '2.0.0', dev: true, license: 'SEE LICENSE IN LICENSE' },
        'node_modules/c': { version: '9.0.0' },
        'node_modules/a/node_modules/c': { version: '1.0.0', optional: true },
      },
    });
    expect(inventory).toMatchObject({ outcome: 'complete', found: ['npm-lock'] });
    expect(shown(inventory)).toEqual(['@x/b@2.0.0', 'a@1.2.3', 'c@1.0.0', 'c@9.0.0']);
    expect(inventory.components[1]).toMatchObject({
      purl: 'pkg:npm/a@1.2.3',
      licenses: ['MIT'],
      hashes: { sha512: Buffer.from(sha.slice(7), 'base64').toString('hex') },
      origin: 'https://npm.example.com/a/-/a-1.2.3.tgz',
      dependsOn: ['pkg:npm/%40x/b@2.0.0', 'pkg:npm/c@1.0.0'],
      development: false,
    });
    expect(inventory.components[0]).toMatchObject({ licenses: [], development: true });
    expect(inventory.direct).toEqual(['pkg:npm/a@1.2.3']);
  });

  it('truth A22: say what the root and its workspaces require', async () => {
    const workspace = { name: '@shop/web', version: '1.0.0', devDependencies: { d: '4' } };
    const { direct } = await ofLock({
      lockfileVersion: 3,
      packages: {
        '': { workspaces: ['packages/*'], dependencies: { a: '1' } },
        'packages/web': { ...workspace, dependencies: { a: '2' } },
        'packages/web/node_modules/a': { version: '2.0.0', dependencies: { c: '9' } },
        'node_modules/@shop/web': { resolved: 'packages/web', link: true },
        'node_modules/a': { version: '1.0.0' },
        'node_modules/c': { version: '9.0.0' },
        'node_modules/d': { version: '4.0.0' },
      },
    });
    expect(direct).toEqual(['pkg:npm/a@1.0.0', 'pkg:npm/a@2.0.0', 'pkg:npm/d@4.0.0']);
  });

  it('name an alias by its real name, and leave out workspaces and links to them', async () => {
    const inventory = await ofLock({
      lockfileVersion: 3,
      packages: {
        '': { workspaces: ['packages/*'] },
        'packages/web': { name: '@shop/web', version: '1.0.0' },
        'packages/web/node_modules/d': { version: '4.0.0' },
        'node_modules/@shop/web': { resolved: 'packages/web', link: true },
        'node_modules/react16': { name: 'react', version: '16.0.0' },
      },
    });
    expect(shown(inventory)).toEqual(['d@4.0.0', 'react@16.0.0']);
    expect(inventory.outcome).toBe('complete');
  });

  it('keep bundled packages; a package that is also shipped is not development only', async () => {
    const inventory = await ofLock({
      lockfileVersion: 3,
      packages: {
        'node_modules/a': { version: '1.0.0', dev: true },
        'node_modules/b/node_modules/a': { version: '1.0.0', inBundle: true },
        'node_modules/b': { version: '1.0.0', devOptional: true },
      },
    });
    expect(inventory.components.map(({ name, development }) => [name, development])).toEqual([
      ['a', false],
      ['b', false],
    ]);
  });
});

describe('D10 B2 B15: npm locks of version 1', () => {
  it('give nested packages, aliases, development and the nearest dependencies', async () => {
    const inventory = await ofLock({
      lockfileVersion: 1,
      dependencies: {
        a: {
          version: '1.0.0',
          requires: { b: '1' },
          dependencies: { b: { version: '1.0.0', bundled: true } },
        },
        b: { version: '2.0.0', dev: true, integrity: 'sha1-yxAt8cVvUSPquLZ817mAJ6AnkXg=' },
        old: { version: 'npm:@x/real@3.0.0' },
        local: { version: 'file:../local' },
      },
    });
    expect(shown(inventory)).toEqual(['@x/real@3.0.0', 'a@1.0.0', 'b@1.0.0', 'b@2.0.0']);
    expect(inventory.components[1]?.dependsOn).toEqual(['pkg:npm/b@1.0.0']);
    expect(inventory.components[3]).toMatchObject({
      development: true,
      hashes: { sha1: 'cb102df1c56f5123eab8b67cd7b98027a0279178' },
    });
    expect(inventory.skips.map(({ cause }) => cause.message)).toEqual([
      expect.stringContaining('"local" is a link to "../local"'),
    ]);
  });

  it('give a git dependency by its commit and origin, without the token', async () => {
    const commit = 'af885e2e890b9ef0875edd2b117305119ee5bdc5';
    const inventory = await ofLock({
      dependencies: { n: { version: `git+https://token@git.example.com/n.git#${commit}` } },
    });
    expect(inventory.components[0]).toMatchObject({
      name: 'n',
      version: commit,
      origin: `git+https://git.example.com/n.git#${commit}`,
    });
    expect(inventory.components[0]?.purl).toContain(
      'vcs_url=git%2Bhttps:%2F%2Fgit.example.com%2Fn.git%40af885e',
    );
  });
});

describe('a lock that cannot be read whole makes the inventory partial', () => {
  it.each([
    ['not JSON', '{', 'MALFORMED'],
    ['an array', '[]', 'MALFORMED'],
    ['a key twice', '{"lockfileVersion":3,"packages":{},"packages":{}}', 'DUPLICATE_KEY'],
    ['a future version', { lockfileVersion: 4, packages: {} }, 'UNSUPPORTED'],
    ['packages that are not an object', { lockfileVersion: 3, packages: [] }, 'MALFORMED'],
    [
      'a package without a version',
      { lockfileVersion: 3, packages: { 'node_modules/a': {} } },
      'MALFORMED',
    ],
    [
      'a package that is not an object',
      { lockfileVersion: 3, packages: { 'node_modules/a': 1 } },
      'MALFORMED',
    ],
    [
      'an invalid name',
      { lockfileVersion: 3, packages: { 'node_modules/a': { name: '../x', version: '1' } } },
      'MALFORMED',
    ],
    ['a version 1 package without a version', { dependencies: { a: {} } }, 'MALFORMED'],
    [
      'a version 1 archive without a version',
      { dependencies: { a: { version: 'file:a.tgz' } } },
      'MALFORMED',
    ],
    ['JSON too deep', `{"packages":${'['.repeat(200)}${']'.repeat(200)}}`, 'LIMIT_EXCEEDED'],
  ])('%s', async (_, lock, code) => {
    const inventory = await ofLock(lock);
    expect(inventory).toMatchObject({
      outcome: 'partial',
      found: ['npm-lock'],
      skips: [{ cause: { code } }],
    });
  });

  it('and an empty lock of a project without dependencies is complete', async () => {
    expect(await ofLock({ lockfileVersion: 3, packages: { '': {} } })).toMatchObject({
      outcome: 'complete',
      components: [],
    });
    expect(await ofLock({ lockfileVersion: 1 })).toMatchObject({
      outcome: 'complete',
      components: [],
    });
  });

  it('but the packages beside a broken one stay known', async () => {
    const inventory = await ofLock({
      lockfileVersion: 3,
      packages: { 'node_modules/a': {}, 'node_modules/b': { version: '1.0.0' } },
    });
    expect(shown(inventory)).toEqual(['b@1.0.0']);
  });
});
