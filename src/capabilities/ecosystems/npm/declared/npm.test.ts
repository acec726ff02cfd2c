import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import {
  archive,
  type Files,
  findDependency,
  INTEGRITY,
  locked,
  project,
  readProject,
} from '../../../../../test/support/npm-project.ts';
import { readDeclaredDependencies } from '../../../inventory/declared-dependencies.ts';
import type { DeclaredDependencies } from '../../dependency.ts';

describe('D10 D12 D20: an npm dependency is pinned by its lock', () => {
  it('with version, hash, registry and its line, direct and transitive', async () => {
    const declared = await readProject(
      project(
        { a: '^1.2.0' },
        {
          'node_modules/a': locked('a', '1.2.3', { dependencies: { b: '2' } }),
          'node_modules/b': locked('b', '2.0.0', { dev: true }),
        },
      ),
    );
    expect(declared).toMatchObject({ outcome: 'complete', found: ['npm'] });
    expect(findDependency(declared, 'a')).toMatchObject({
      kind: 'direct',
      version: '1.2.3',
      requested: '^1.2.0',
      purl: 'pkg:npm/a@1.2.3',
      pinned: 'yes',
      recorded: true,
      registry: 'registry.example.com/npm',
      registryFrom: 'lock',
      place: { file: 'package.json', line: 4 },
    });
    expect(findDependency(declared, 'b')).toMatchObject({
      kind: 'transitive',
      development: true,
      place: { file: 'package-lock.json' },
    });
  });

  it('in lock versions 1, 2 and 3 alike, and npm-shrinkwrap.json counts first', async () => {
    const manifest = { dependencies: { a: '^1.0.0' } };
    const old = {
      lockfileVersion: 1,
      dependencies: {
        a: {
          ...locked('a', '1.0.1'),
          requires: { b: '1' },
          dependencies: { b: locked('b', '1.0.0') },
        },
      },
    };
    const packages = {
      '': manifest,
      'node_modules/a': locked('a', '1.0.1', { dependencies: { b: '1' } }),
      'node_modules/a/node_modules/b': locked('b', '1.0.0'),
    };
    const shown = (declared: DeclaredDependencies): readonly object[] =>
      declared.dependencies.map(({ place: _, ...rest }) => ({ ...rest, why: '' }));
    const first = await readProject({ 'package.json': manifest, 'package-lock.json': old });
    const second = await readProject({
      'package.json': manifest,
      'package-lock.json': { lockfileVersion: 2, packages, dependencies: old.dependencies },
    });
    const third = await readProject({
      'package.json': manifest,
      'npm-shrinkwrap.json': { lockfileVersion: 3, packages },
      'package-lock.json': '{',
    });
    expect(first.outcome).toBe('complete');
    expect(shown(second)).toEqual(shown(first));
    expect(shown(third)).toEqual(shown(first));
  });

  it('of a workspace by the lock of its root; workspace links are part of the tree', async () => {
    const web = { name: '@shop/web', dependencies: { a: '1', '@shop/lib': '*' } };
    const packages = {
      '': { workspaces: ['packages/*'] },
      'packages/web': web,
      'packages/lib': { name: '@shop/lib' },
      'node_modules/@shop/web': { resolved: 'packages/web', link: true },
      'node_modules/@shop/lib': { resolved: 'packages/lib', link: true },
      'node_modules/a': locked('a', '2.0.0'),
      'packages/web/node_modules/a': locked('a', '1.0.0'),
    };
    const declared = await readProject({
      'package.json': { workspaces: ['packages/*'], dependencies: { a: '2' } },
      'package-lock.json': {
        lockfileVersion: 3,
        packages: { ...packages, '': { workspaces: ['packages/*'], dependencies: { a: '2' } } },
      },
      'packages/web/package.json': web,
      'packages/lib/package.json': { name: '@shop/lib' },
    });
    expect(
      declared.dependencies.map(({ name, version, pinned, place }) => [
        name,
        version,
        pinned,
        place.file,
      ]),
    ).toEqual([
      ['a', '2.0.0', 'yes', 'package.json'],
      ['a', '1.0.0', 'yes', 'packages/web/package.json'],
    ]);
  });

  it('truth B1: half of a surrogate pair is a requirement that no lock meets', async () => {
    const declared = await readProject({
      'package.json': { dependencies: { a: '\ud800' } },
      'package-lock.json': {
        lockfileVersion: 3,
        packages: { '': { dependencies: { a: '\ud800' } }, 'node_modules/a': locked('a', '1.0.0') },
      },
    });
    expect(declared.dependencies.map(({ pinned }) => pinned)).toEqual(['no']);
  });

  it('also as an alias, a commit, an archive or a bundled package', async () => {
    const commit = 'af885e2e890b9ef0875edd2b117305119ee5bdc5';
    const wanted = {
      react16: 'npm:react@^16',
      g: 'git+https://git.example.com/g.git',
      t: 'https://files.example.com/t.tgz',
      a: '1',
    };
    const declared = await readProject(
      project(wanted, {
        'node_modules/react16': locked('react', '16.1.0', { name: 'react' }),
        'node_modules/g': {
          version: '1.0.0',
          resolved: `git+ssh://git@git.example.com/g.git#${commit}`,
        },
        'node_modules/t': {
          version: '3.0.0',
          resolved: 'https://user:secret@files.example.com/t.tgz',
          integrity: INTEGRITY,
        },
        'node_modules/a': locked('a', '1.0.0', {
          bundleDependencies: ['b'],
          dependencies: { b: '1' },
        }),
        'node_modules/a/node_modules/b': { version: '1.0.0', inBundle: true },
      }),
    );
    expect(declared.outcome).toBe('complete');
    expect(declared.dependencies.every(({ pinned }) => pinned === 'yes')).toBe(true);
    expect(findDependency(declared, 'react')).toMatchObject({
      version: '16.1.0',
      requested: 'npm:react@^16',
    });
    expect(findDependency(declared, 'g')).toMatchObject({
      registry: 'git.example.com/g',
      registryFrom: 'lock',
    });
    expect(findDependency(declared, 't')).toMatchObject({ registry: 'files.example.com' });
    expect(findDependency(declared, 'b')).toMatchObject({
      registry: 'registry.example.com/npm',
      why: 'bundled in a package that includes it',
    });
  });
});

describe('D20 B14: a dependency that the lock does not fix is never pinned', () => {
  it('D8: an exact version without a lock is looked up all the same', async () => {
    const dependencies = { a: '1.0.0', b: '^1', c: 'npm:d@2.0.0', e: '1.x' };
    const { dependencies: found } = await readProject({ 'package.json': { dependencies } });
    expect(found.map(({ name, version, pinned }) => [name, version, pinned])).toEqual([
      ['a', '1.0.0', 'no'],
      ['b', null, 'no'],
      ['d', '2.0.0', 'no'],
      ['e', null, 'no'],
    ]);
    expect(found[0]).toMatchObject({ purl: 'pkg:npm/a@1.0.0', recorded: false });
  });

  it.each<[string, Files, string, RegExp]>([
    ['a range without a lock', { 'package.json': { dependencies: { a: '^1' } } }, 'no', /no lock/],
    [
      'a version without a lock',
      { 'package.json': { dependencies: { a: '1.0.0' } } },
      'no',
      /no lock/,
    ],
    ['an entry that is missing', project({ a: '^1' }, {}), 'no', /lacks it/],
    [
      'a version outside of the range',
      project({ a: '^2' }, { 'node_modules/a': locked('a', '1.0.0') }),
      'no',
      /disagree/,
    ],
    [
      'another package under the name',
      project({ a: '^1' }, { 'node_modules/a': locked('evil', '1.0.0', { name: 'evil' }) }),
      'no',
      /disagree/,
    ],
    [
      'an entry without a hash',
      project(
        { a: '^1' },
        { 'node_modules/a': { version: '1.0.0', resolved: archive('a', '1.0.0') } },
      ),
      'unknown',
      /no hash/,
    ],
    [
      'an invalid hash',
      project(
        { a: '^1' },
        { 'node_modules/a': locked('a', '1.0.0', { integrity: 'sha512-AAAA' }) },
      ),
      'unknown',
      /no hash/,
    ],
    [
      'an entry that nothing requires',
      project({}, { 'node_modules/a': locked('a', '1.0.0') }),
      'no',
      /nothing requires it/,
    ],
    [
      'an entry that npm calls extraneous',
      project(
        { a: '1' },
        {
          'node_modules/a': locked('a', '1.0.0'),
          'node_modules/b': locked('b', '1.0.0', { extraneous: true }),
        },
      ),
      'no',
      /nothing requires/,
    ],
    [
      'a link out of the tree',
      project({ a: 'file:../a' }, { 'node_modules/a': { resolved: '../a', link: true } }),
      'unknown',
      /outside this tree/,
    ],
    [
      'another commit',
      project(
        { a: 'git+https://g.example.com/a.git#1111111111111111111111111111111111111111' },
        {
          'node_modules/a': {
            version: '1.0.0',
            resolved: 'git+https://g.example.com/a.git#2222222222222222222222222222222222222222',
          },
        },
      ),
      'no',
      /disagree/,
    ],
  ])('%s', async (_, files, pinned, why) => {
    const loose = (await readProject(files)).dependencies.filter(
      (dependency) => dependency.pinned !== 'yes',
    );
    expect(loose[0]).toMatchObject({ pinned, recorded: false });
    expect(loose[0]?.why).toMatch(why);
  });

  it.each<[string, Files, RegExp]>([
    ['a manifest that is not JSON', { 'package.json': '{' }, /JSON/],
    [
      'a manifest with a key twice',
      { 'package.json': '{"dependencies":{"a":"1","a":"2"}}' },
      /twice/,
    ],
    ['dependencies that are a list', { 'package.json': { dependencies: ['a'] } }, /not an object/],
    [
      'a requirement that is not a text',
      { 'package.json': { dependencies: { a: { version: '1' } } } },
      /not a dependency/,
    ],
    [
      'a lock that is not JSON',
      {
        'package.json': { dependencies: { a: '1' } },
        'package-lock.json': '{"lockfileVersion": 3',
      },
      /JSON/,
    ],
    [
      'a lock of a future version',
      { 'package.json': {}, 'package-lock.json': { lockfileVersion: 4 } },
      /not 1, 2 or 3/,
    ],
    [
      'a lock without packages',
      { 'package.json': {}, 'package-lock.json': { lockfileVersion: 3 } },
      /no packages/,
    ],
    [
      'a lock without its manifest',
      { 'package-lock.json': { lockfileVersion: 3, packages: {} } },
      /no readable package.json/,
    ],
    [
      'a lock that requires more than the manifest',
      {
        'package.json': {},
        'package-lock.json': { lockfileVersion: 3, packages: { '': { dependencies: { a: '1' } } } },
      },
      /disagree/,
    ],
    [
      'a package with an unlocked dependency',
      project({ a: '1' }, { 'node_modules/a': locked('a', '1.0.0', { dependencies: { b: '1' } }) }),
      /which is not in the lock/,
    ],
    ['a package without a version', project({}, { 'node_modules/a': {} }), /no version/],
    [
      'dependencies without a lock',
      { 'package.json': { dependencies: { a: '1.0.0' } } },
      /no lock records/,
    ],
  ])('the list is partial with %s', async (_, files, why) => {
    const declared = await readProject(files);
    expect(declared.outcome).toBe('partial');
    expect(declared.problems.map(({ cause }) => cause.message).join()).toMatch(why);
  });

  it('a manifest that is a link is not followed, inside or outside the tree', async () => {
    const tree = makeTree({
      'package.json': { link: '/etc/passwd' },
      Dockerfile: { link: 'other' },
    });
    const declared = await readDeclaredDependencies(tree);
    expect(declared.problems.map(({ cause }) => cause.code)).toEqual([
      'UNSAFE_PATH',
      'UNSAFE_PATH',
    ]);
  });

  it('D11: other kinds of declarations are reported; an empty tree is complete', async () => {
    const other = ['app/app.nuspec', 'project.lock.json', 'Gopkg.toml', 'shrinkwrap.yaml'];
    const declared = await readProject(Object.fromEntries(other.map((path) => [path, 'x'])));
    expect(declared.outcome).toBe('partial');
    expect(declared.notLookedAt.map(({ kind }) => kind).sort()).toEqual([
      'dotnet',
      'go-module',
      'pnpm-lock',
    ]);
    expect(await readProject({ 'README.md': 'x' })).toMatchObject({
      outcome: 'complete',
      dependencies: [],
      found: [],
    });
  });
});
