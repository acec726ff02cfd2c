import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { INTEGRITY as integrity } from '../../../../../test/support/npm-project.ts';
import { readDeclaredDependencies } from '../../../inventory/declared-dependencies.ts';
import type { DeclaredDependencies } from '../../dependency.ts';

const HOME = 'https://registry.example.com/npm';
const COMMIT = 'a'.repeat(40);

type Fields = Readonly<Record<string, unknown>>;

const left = (more: Fields = {}): Fields => ({
  version: '2.0.4',
  resolved: `${HOME}/left/-/left-2.0.4.tgz`,
  integrity,
  ...more,
});

/** A project that requires `left`, with these packages in its lock. */
function read(
  packages: Fields,
  more: Fields = {},
  wanted = '2.0.4',
  npmrc?: string,
): Promise<DeclaredDependencies> {
  const root = { name: 'shop', dependencies: { left: wanted } };
  const lock = { lockfileVersion: 3, packages: { '': root, ...packages }, ...more };
  const files = { 'package.json': JSON.stringify(root), 'package-lock.json': JSON.stringify(lock) };
  return readDeclaredDependencies(
    makeTree(npmrc === undefined ? files : { ...files, '.npmrc': npmrc }),
  );
}

const first = async (asked: Promise<DeclaredDependencies>) => (await asked).dependencies[0];
const PINNED = { pinned: 'yes', recorded: true };
const LOOSE = { pinned: 'no', recorded: false };
const OPEN = { pinned: 'unknown', recorded: false };

describe('a lock that was written to deceive (D12 D20 B14)', () => {
  it('with the archive of another version or another package does not pin', async () => {
    expect(await first(read({ 'node_modules/left': left() }))).toMatchObject(PINNED);
    for (const file of [
      'left/-/left-2.0.1.tgz',
      'right/-/right-2.0.4.tgz',
      'right/-/left-2.0.4.tgz',
      '@left/x/-/left-2.0.4.tgz',
    ])
      expect(
        await first(read({ 'node_modules/left': left({ resolved: `${HOME}/${file}` }) })),
        file,
      ).toMatchObject(LOOSE);
    const scoped = { dependencies: { '@s/x': '1.0.0' } };
    const taken = (resolved: string) =>
      readDeclaredDependencies(
        makeTree({
          'package.json': JSON.stringify(scoped),
          'package-lock.json': JSON.stringify({
            lockfileVersion: 3,
            packages: {
              '': scoped,
              'node_modules/@s/x': { version: '1.0.0', resolved, integrity },
            },
          }),
        }),
      );
    for (const file of [
      '@s/x/-/x-1.0.0.tgz',
      '@s%2fx/-/x-1.0.0.tgz',
      '@s/x/-/@s/x-1.0.0.tgz',
      'files/1f0a.tgz',
    ])
      expect(await first(taken(`${HOME}/${file}`)), file).toMatchObject(PINNED);
  });

  it('with parts for old and new npm that differ makes the list partial', async () => {
    const both = (old: Fields, lockfileVersion: number) =>
      read({ 'node_modules/left': left() }, { lockfileVersion, dependencies: old });
    for (const version of [2, 3]) {
      expect((await both({ left: left() }, version)).outcome).toBe('complete');
      for (const other of [
        { left: left({ version: '2.0.1', resolved: `${HOME}/left/-/left-2.0.1.tgz` }) },
        { left: left({ resolved: 'https://evil.example/left/-/left-2.0.4.tgz' }) },
        { left: left(), evil: left() },
        [],
      ])
        expect((await both(other as Fields, version)).outcome).toBe('partial');
    }
    // Newer npm reads `packages` for every version.
    expect((await both({ left: left() }, 1)).outcome).toBe('partial');
  });

  it('that calls a package bundled without a bundle leaves its content unknown', async () => {
    const loose = { version: '2.0.4', inBundle: true };
    expect(await first(read({ 'node_modules/left': loose }))).toMatchObject(OPEN);
    const inner = (more: Fields) =>
      read({
        'node_modules/left': left({ dependencies: { in: '1' }, ...more }),
        'node_modules/left/node_modules/in': { version: '1.0.0', inBundle: true },
      }).then(({ dependencies }) => dependencies.find(({ name }) => name === 'in'));
    expect(await inner({})).toMatchObject(OPEN);
    expect(await inner({ bundleDependencies: ['in'] })).toMatchObject(PINNED);
    expect(await inner({ bundleDependencies: ['in'], integrity: undefined })).toMatchObject(OPEN);
  });

  it('with a link out of the tree that only the lock names reports it as unknown', async () => {
    const linked = (resolved: string) =>
      read({
        'node_modules/left': left({ dependencies: { out: '1' } }),
        'node_modules/out': { resolved, link: true },
      }).then(({ dependencies }) => dependencies.find(({ name }) => name === 'out'));
    for (const path of ['../out', '/opt/out', 'C:\\out', 'https://evil.example/out'])
      expect(await linked(path), path).toMatchObject({ ...OPEN, kind: 'transitive' });
    expect(await linked('packages/out')).toBeUndefined();
  });

  it('with a branch of a repository is not fixed, even with a hash: only a commit is', async () => {
    const git = (hash: string) =>
      read(
        {
          'node_modules/left': {
            version: '2.0.4',
            resolved: `git+ssh://git@git.example.com/x/left.git${hash}`,
            integrity,
          },
        },
        {},
        'git+ssh://git@git.example.com/x/left.git',
      );
    expect(await first(git(`#${COMMIT}`))).toMatchObject(PINNED);
    for (const hash of ['', '#main', '#v1', '#abc1234'])
      expect(await first(git(hash)), hash).toMatchObject(OPEN);
  });

  it('disagrees with a manifest that names an address where it names a registry', async () => {
    const url = 'https://files.example.com/left-2.0.4.tgz';
    expect(
      await first(read({ 'node_modules/left': left({ resolved: url }) }, {}, url)),
    ).toMatchObject(PINNED);
    for (const wanted of [
      url,
      'git+https://git.example.com/x/left.git',
      'somebody/left',
      'file:vendor/left.tgz',
    ])
      expect(await first(read({ 'node_modules/left': left() }, {}, wanted)), wanted).toMatchObject(
        LOOSE,
      );
  });

  it('that .npmrc makes an install ignore makes the list partial', async () => {
    const with_ = (npmrc: string) => read({ 'node_modules/left': left() }, {}, '2.0.4', npmrc);
    for (const npmrc of [
      'package-lock=false',
      '"package-lock" = "false"',
      'shrinkwrap = false',
      'package-lock=0',
    ])
      expect((await with_(npmrc)).outcome, npmrc).toBe('partial');
    expect((await with_('package-lock=true')).outcome).toBe('complete');
  });

  it('with the public registry records nothing where .npmrc names another registry', async () => {
    const host = ['registry', 'npmjs', 'org'].join('.');
    const packages = {
      'node_modules/left': left({ resolved: `https://${host}/left/-/left-2.0.4.tgz` }),
    };
    const with_ = (npmrc: string) => first(read(packages, {}, '2.0.4', npmrc));
    const configured = { registry: 'mirror.example.com', registryFrom: 'configured' };
    expect(await with_('registry=https://mirror.example.com/')).toMatchObject(configured);
    expect(await with_('"registry" = https://mirror.example.com/')).toMatchObject(configured);
    expect(
      await with_('registry=https://mirror.example.com/\nreplace-registry-host=never'),
    ).toMatchObject({
      registry: host,
      registryFrom: 'lock',
    });
  });
});
