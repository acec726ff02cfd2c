import { describe, expect, it } from 'vitest';
import { readInstalled, readLockedTree } from '../../../../test/support/locked-tree.ts';
import { allowsComposer } from './composer-constraint.ts';
import { normalizeVersion, packagistScheme } from './packagist-order.ts';

const COMMIT = '0123456789abcdef'.repeat(3).slice(0, 40);
const SHA1 = 'ef'.repeat(20);
const PUBLIC = 'https://packages.example.org/downloads/';

interface LockedFields {
  readonly name: string;
  readonly version: string;
  readonly [member: string]: unknown;
}
const locked = (name: string, version: string, more: object = {}): LockedFields => ({
  name,
  version,
  dist: {
    type: 'zip',
    url: `https://user:pw@code.example.com/${name}/zip/x`,
    reference: COMMIT,
    shasum: '',
  },
  'notification-url': PUBLIC,
  license: ['MIT', 'GPL-2.0-or-later'],
  ...more,
});
const toLock = (packages: readonly LockedFields[], dev: readonly LockedFields[] = []): string =>
  JSON.stringify({ 'content-hash': 'x', packages, 'packages-dev': dev }, null, 4);

const SHOP = {
  'composer.json': JSON.stringify(
    {
      require: {
        php: '>=8.1',
        'ext-json': '*',
        'Acme/Log': '^3.0',
        'psr/log-implementation': '1.0',
      },
      'require-dev': { 'acme/test': '~10.0' },
    },
    null,
    2,
  ),
  'composer.lock': toLock(
    [
      locked('acme/log', 'v3.0.2', {
        require: { 'psr/log': '^3', php: '*' },
        provide: { 'psr/log-implementation': '3.0' },
      }),
      locked('psr/log', '3.0.0', {
        dist: { type: 'zip', url: 'https://code.example.com/psr.zip', shasum: SHA1 },
      }),
      locked('acme/private', '1.0.0', {
        dist: { type: 'zip', url: 'https://satis.example.com/dist/x.zip' },
        'notification-url': undefined,
        source: { type: 'git', url: 'git@git.example.com:acme/private.git', reference: 'main' },
      }),
      locked('acme/here', 'dev-main', { dist: { type: 'path', url: 'packages/here' } }),
    ],
    [locked('acme/test', '10.5.1', { require: { 'acme/log': '*' } })],
  ),
};

describe('B2 B15 D10: composer.lock', () => {
  it('gives each package with licences, hash, origin, edges and development', async () => {
    const { outcomes, components, inventory, direct } = await readLockedTree(SHOP);
    expect(direct).toEqual(['pkg:composer/acme/log@v3.0.2', 'pkg:composer/acme/test@10.5.1']);
    expect(outcomes).toEqual(['complete', 'complete']);
    expect(components).toEqual([
      ...['pkg:composer/acme/log@v3.0.2', 'pkg:composer/acme/private@1.0.0'],
      ...['pkg:composer/acme/test@10.5.1', 'pkg:composer/psr/log@3.0.0'],
    ]);
    expect(inventory.components[0]).toMatchObject({
      licenses: ['GPL-2.0-or-later', 'MIT'],
      origin: 'https://code.example.com/acme/log/zip/x',
      dependsOn: ['pkg:composer/psr/log@3.0.0'],
      development: false,
    });
    expect(inventory.components[2]?.development).toBe(true);
    expect(inventory.components[3]?.hashes).toEqual({ sha1: SHA1 });
  });

  it.each<[string, string, string]>([
    ['no JSON', '{', 'JSON'],
    ['no packages', '{}', 'has no packages'],
    ['a package without a version', toLock([locked('a/b', '')]), 'no usable version'],
    ['a package without a vendor', toLock([locked('b', '1.0')]), 'no usable name'],
    [
      'a need that is not locked',
      toLock([locked('a/b', '1.0', { require: { 'c/d': '1' } })]),
      'needs "c/d"',
    ],
    [
      'a folder outside of the tree',
      toLock([locked('a/b', '1.0', { dist: { type: 'path', url: '../b' } })]),
      'outside this tree',
    ],
    ['a list that is none', '{"packages":{}}', 'not a list'],
  ])('with %s makes the inventory partial', async (_, lock, why) => {
    const { outcomes, reasons } = await readLockedTree({ 'composer.lock': lock });
    expect(outcomes[0]).toBe('partial');
    expect(reasons.join()).toContain(why);
  });
});

describe('B2: a lock that names a package twice', () => {
  it('gives both versions', async () => {
    const lock = toLock([locked('a/b', '1.0'), locked('a/b', '2.0')]);
    const { components } = await readLockedTree({ 'composer.lock': lock });
    expect(components).toEqual(['pkg:composer/a/b@1.0', 'pkg:composer/a/b@2.0']);
  });
});

describe('B2 D12: composer.json', () => {
  const wants = (require: object): string => JSON.stringify({ require });
  const lock = toLock([locked('a/b', '1.2.0')]);
  it.each<[string, Record<string, string>, string]>([
    ['without a lock', { 'composer.json': wants({ 'a/b': '^1' }) }, 'no lock'],
    [
      'that asks for more',
      { 'composer.json': wants({ 'c/d': '^1' }), 'composer.lock': lock },
      'the lock lacks it',
    ],
    [
      'that asks for another version',
      { 'composer.json': wants({ 'a/b': '^1.3' }), 'composer.lock': lock },
      'the lock has 1.2.0',
    ],
    [
      'in a folder below',
      { 'x/composer.json': wants({ 'a/b': '^1' }), 'composer.lock': lock },
      'no lock',
    ],
    [
      'with a constraint that is no text',
      { 'composer.json': wants({ 'a/b': 1 }), 'composer.lock': lock },
      'not a text',
    ],
  ])('%s makes the inventory partial', async (_, files, why) => {
    const { outcomes, reasons } = await readLockedTree(files);
    expect(outcomes[0]).toBe('partial');
    expect(reasons.join()).toContain(why);
  });

  it('that requires PHP alone, or is left in an installed package, is complete', async () => {
    const read = await readLockedTree({
      'composer.json': JSON.stringify({ require: { php: '>=8' }, 'require-dev': [] }),
      'symfony.lock': '{}',
      'vendor/composer/installed.json': JSON.stringify({
        packages: [{ name: 'a/b', version: '1.0' }],
      }),
      'vendor/a/b/composer.json': wants({ 'c/d': '^1' }),
      'vendor/a/b/composer.lock': toLock([locked('c/d', '1.0')]),
    });
    expect(read).toMatchObject({ reasons: [], components: ['pkg:composer/a/b@1.0'], declared: [] });
  });
});

describe('D12 D20 B10 B14: the packages of PHP that a tree declares', () => {
  it('are pinned by hash or commit, and come from the repository that told of them', async () => {
    const { declared } = await readLockedTree(SHOP);
    expect(declared).toEqual([
      'composer.json:5 acme/log v3.0.2 direct yes packages.example.org lock',
      'composer.json:9 acme/test 10.5.1 direct yes packages.example.org lock dev',
      'composer.lock:27 psr/log 3.0.0 transitive yes packages.example.org lock',
      'composer.lock:41 acme/private 1.0.0 transitive unknown git.example.com/acme/private lock',
    ]);
  });
});

describe('B10: repositories of composer.json', () => {
  const repositories = [{ type: 'composer', url: 'https://satis.example.com' }];
  const declare = async (
    more: readonly object[],
    files: object = {},
  ): Promise<readonly string[]> => {
    const manifest = {
      require: { 'acme/private': '^1' },
      repositories: [...repositories, ...more],
    };
    const read = await readLockedTree({ 'composer.json': JSON.stringify(manifest), ...files });
    return read.declared;
  };
  it('say where a package comes from, locked or not', async () => {
    const lock = { 'composer.lock': SHOP['composer.lock'] };
    expect((await declare([], lock))[0]).toBe(
      'composer.json:1 acme/private 1.0.0 direct unknown satis.example.com lock',
    );
    expect((await declare([]))[0]).toBe('composer.json:1 acme/private - direct no - default');
    expect((await declare([{ packagist: false }]))[0]).toBe(
      'composer.json:1 acme/private - direct no satis.example.com configured',
    );
  });
});

describe('B2: packages of PHP that are installed', () => {
  const packages = [
    { name: 'acme/log', version: 'v3.0.2', require: { 'psr/log': '^3' }, license: ['MIT'] },
    { name: 'psr/log', version: '3.0.0' },
  ];
  it.each([
    ['1', packages],
    ['2', { packages, dev: true, 'dev-package-names': ['psr/log'] }],
  ])('are read as Composer %s wrote them', async (_, installed) => {
    const read = await readInstalled({
      'app/vendor/composer/installed.json': JSON.stringify(installed),
    });
    expect(read).toMatchObject({
      outcome: 'complete',
      found: ['php-installed'],
      components: ['pkg:composer/acme/log@v3.0.2', 'pkg:composer/psr/log@3.0.0'],
    });
  });

  it.each(['{}', '[1]', '[{"name":"a/b"}]', '{"packages":null}', ''])(
    'make the inventory partial where the list is %j',
    async (text) => {
      const read = await readInstalled({ 'app/vendor/composer/installed.json': text });
      expect(read.outcome).toBe('partial');
    },
  );
});

describe('D15: versions of Composer', () => {
  it.each([
    ['v1.2-b3', '1.2.0.0-beta3'],
    ['1.0', '1.0.0.0'],
    ['2.0.0-RC.1', '2.0.0.0-RC1'],
    ['1.0.0pl1', '1.0.0.0-patch1'],
    ['1.x-dev', '1.9999999.9999999.9999999-dev'],
    ['2010.01.02', '2010.01.02.0'],
    ['20100102', '20100102'],
    ['1.2.3+build.5', '1.2.3.0'],
    ['1.0.0-stable', '1.0.0.0'],
    ['1.2.3-beta.2-dev', '1.2.3.0-beta2-dev'],
    ['1.2.3-foo', null],
  ])('%s is %s', (version, normal) => {
    expect(normalizeVersion(version)).toBe(normal);
  });

  it('of a branch have no place in the order', () => {
    expect(packagistScheme.compare('dev-main', '1.0')).toBeNull();
    expect(packagistScheme.compare('1.x-dev', '1.5')).toBeGreaterThan(0);
  });

  it.each([
    ['^1.2', '1.9.0', true],
    ['^1.2', '2.0.0', false],
    ['^0.3', '0.4.0', false],
    ['^0.0.3', '0.0.4', false],
    ['~1.2', '1.9.0', true],
    ['~1.2.3', '1.3.0', false],
    ['1.2.*', '1.2.9', true],
    ['1.0 - 2.0', '2.0.9', true],
    ['1.0 - 2.0.0', '2.0.9', false],
    ['^1 || ^2', '2.1.0', true],
    ['>=1.0 <2.0', '2.0.0-beta1', false],
    ['>=1.0,<1.1', '1.0.5', true],
    ['1.0.2', 'v1.0.2', true],
    ['!=1.0.2', '1.0.2', false],
    ['^1.0@dev', '1.2.0', true],
    ['*', '3.0.0', true],
    ['dev-main', '1.0.0', null],
    ['^1.0', 'dev-main', null],
  ])('the constraint %s of %s: %s', (constraint, version, allowed) => {
    expect(allowsComposer(constraint, version)).toBe(allowed);
  });
});
