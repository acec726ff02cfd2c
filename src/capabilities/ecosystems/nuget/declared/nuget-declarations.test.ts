import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { findDependency } from '../../../../../test/support/npm-project.ts';
import { applyEdits } from '../../../../formats/text/edits.ts';
import { readDeclaredDependencies } from '../../../inventory/declared-dependencies.ts';
import type { DeclaredDependencies } from '../../dependency.ts';
import type { Fix } from '../../fix.ts';
import { nugetFixes } from '../fix-nuget.ts';
import { nugetMentions } from '../mentions.ts';
import { allowsVersion, parseRange } from '../version-range.ts';

const HASH = Buffer.alloc(64, 7).toString('base64');
const LOCK = JSON.stringify({
  version: 2,
  dependencies: {
    'net8.0': {
      A: { type: 'Direct', requested: '[1.0.0, )', resolved: '1.0.0', contentHash: HASH },
      B: { type: 'Transitive', resolved: '2.0.0', contentHash: HASH },
      C: { type: 'Transitive', resolved: '3.0.0' },
      D: { type: 'Direct', requested: '[4.0.0, )', resolved: '4.0.0', contentHash: HASH },
    },
  },
});
const PROJECT =
  '<Project>\n  <ItemGroup>\n    <PackageReference Include="a" Version="1.0" />\n' +
  '    <PackageReference Include="D"\n      PrivateAssets="all"><Version>4.1.0</Version></PackageReference>\n' +
  '  </ItemGroup>\n</Project>\n';

type Files = Readonly<Record<string, string>>;
const read = (files: Files): Promise<DeclaredDependencies> =>
  readDeclaredDependencies(makeTree(files));

describe('D10 D12 D20: a package of NuGet is pinned by its lock', () => {
  it('with hash and line, direct and transitive, and not where the two disagree', async () => {
    const declared = await read({ 'src/A.csproj': PROJECT, 'src/packages.lock.json': LOCK });
    expect(declared).toMatchObject({ outcome: 'complete', found: ['nuget'] });
    expect(
      declared.dependencies.map(({ name, version, pinned, kind, recorded, development, place }) =>
        [name, version, pinned, kind, recorded, development, place.line].join(' '),
      ),
    ).toEqual([
      'A 1.0.0 yes direct true false 3',
      'D 4.0.0 no direct false true 5',
      'B 2.0.0 yes transitive true false 1',
      'C 3.0.0 unknown transitive false false 1',
    ]);
    const poisoned = LOCK.replace('"resolved":"1.0.0"', '"resolved":"0.9.0"');
    const other = await read({ 'A.csproj': PROJECT, 'packages.lock.json': poisoned });
    expect(findDependency(other, 'A')).toMatchObject({ version: '0.9.0', pinned: 'no' });
  });

  it('and without one it is not, whatever its version says', async () => {
    const declared = await read({
      'Directory.Packages.props':
        '<Project><ItemGroup><PackageVersion Include="X" Version="1.2.3" /></ItemGroup></Project>',
      'A.csproj':
        '<Project><ItemGroup><PackageReference Include="X" /><PackageReference Include="Y" Version="2.*" /></ItemGroup></Project>',
      'packages.config': '<packages><package id="Z" version="1.0.0" /></packages>',
      '.config/dotnet-tools.json': '{"tools":{"t":{"version":"1.0.0"}}}',
      'build/other.props': 'a=b',
    });
    expect(declared.problems.map(({ location }) => location)).toEqual(['A.csproj']);
    const [x, y, z, tool] = ['X', 'Y', 'Z', 't'].map((name) => findDependency(declared, name));
    expect(x).toMatchObject({ version: '1.2.3', pinned: 'no', purl: 'pkg:nuget/X@1.2.3' });
    expect(y).toMatchObject({ version: null, requested: '2.*', pinned: 'no' });
    expect(y?.why).toContain('newly published');
    expect([z, tool]).toMatchObject([{ pinned: 'yes' }, { pinned: 'yes', development: true }]);
  });
});

describe('B10: where a package of NuGet comes from', () => {
  const source = (key: string, value: string): string => `<add key="${key}" value="${value}" />`;
  const one = source('main', 'https://feed.example.com/v3/index.json');
  const two = one + source('own', 'https://own.example.com/nuget');
  const mapping =
    '<packageSourceMapping><packageSource key="Main"><package pattern="*" /></packageSource>' +
    '<packageSource key="own"><package pattern="A*" /></packageSource></packageSourceMapping>';
  const config = (sources: string, more = ''): string =>
    `<configuration><packageSources>${sources}</packageSources>${more}</configuration>`;
  it.each([
    ['nothing', {}, [null, 'default']],
    [
      'the machine may add others',
      { 'nuget.config': config(one) },
      ['feed.example.com/v3', 'configured'],
    ],
    [
      'one, and none of the machine',
      { 'NuGet.Config': config(`<clear />${one}`) },
      ['feed.example.com/v3', 'written'],
    ],
    ['several', { 'NuGet.Config': config(`<clear />${two}`) }, [null, 'configured']],
    [
      'several, mapped',
      { 'NuGet.Config': config(`<clear />${two}`, mapping) },
      ['own.example.com/nuget', 'written'],
    ],
    [
      'a disabled one',
      {
        'NuGet.Config': config(
          `<clear />${two}`,
          '<disabledPackageSources><add key="own" value="true" /></disabledPackageSources>',
        ),
      },
      ['feed.example.com/v3', 'written'],
    ],
    [
      'files above',
      { 'NuGet.Config': config(`<clear />${one}`), 'src/nuget.config': config('') },
      ['feed.example.com/v3', 'written'],
    ],
    [
      'a folder here',
      {
        'NuGet.Config': config(`<clear />${source('x', '..\\feed')}`),
        'src/nuget.config': config(`<clear />${source('x', './feed')}`),
      },
      [null, 'tree'],
    ],
    [
      'a folder elsewhere',
      { 'NuGet.Config': config(`<clear />${source('x', '/srv/feed')}`) },
      [null, 'configured'],
    ],
    [
      'what the project adds',
      {
        'NuGet.Config': config(`<clear />${one}`),
        'src/Directory.Build.props':
          '<Project><PropertyGroup><RestoreSources>x</RestoreSources></PropertyGroup></Project>',
      },
      [null, 'configured'],
    ],
  ] as const)('%s', async (_, files, expected) => {
    const declared = await read({
      ...files,
      'src/A.csproj': PROJECT,
      'src/packages.lock.json': LOCK,
    });
    const { registry, registryFrom } = findDependency(declared, 'A');
    expect([registry, registryFrom]).toEqual(expected);
    expect(declared.problems).toEqual([]);
  });

  it('is named for who sets Waybill up', () => {
    expect(nugetMentions.read('nuget.config', config(one)).registries).toEqual([
      { value: 'feed.example.com/v3', place: 'nuget.config:1' },
    ]);
  });
});

describe('D12: the nearest safe version of a package of NuGet', () => {
  async function fix(files: Files, wanted: Readonly<Record<string, string | null>>): Promise<Fix> {
    const declared = await read(files);
    return nugetFixes.plan({
      dependencies: declared.dependencies,
      files: new Map(
        Object.entries(files).map(([file, text]) => [file, { text, bytes: Buffer.from(text) }]),
      ),
      findRemedy: ({ name }) => {
        const safe = wanted[name];
        return safe === undefined ? null : { findings: ['EX-1'], safe };
      },
      findDigest: () => null,
      findVersion: () => null,
      isAsked: ({ name }) => wanted[name] !== undefined,
    });
  }
  const central =
    '<Project>\n<ItemGroup>\n<!-- <PackageVersion Include="X" Version="0" /> -->\n' +
    '<PackageVersion Include="X" Version="[1.0.0]" />\n</ItemGroup>\n</Project>';
  const useX = '<Project><ItemGroup><PackageReference Include="x" /></ItemGroup></Project>';
  it.each([
    [
      'an attribute',
      { 'A.csproj': PROJECT, 'packages.lock.json': LOCK },
      { A: '1.0.5' },
      'A.csproj',
      'Include="a" Version="1.0.5"',
      ['dotnet restore --force-evaluate A.csproj'],
    ],
    [
      'an element',
      { 'A.csproj': PROJECT, 'packages.lock.json': LOCK },
      { D: '4.2.0' },
      'A.csproj',
      '<Version>4.2.0</Version>',
      ['dotnet restore --force-evaluate A.csproj'],
    ],
    [
      'a central version',
      { 'Directory.Packages.props': central, 'a/A.csproj': useX, 'b/B.csproj': useX },
      { x: '1.1.0' },
      'Directory.Packages.props',
      '<PackageVersion Include="X" Version="[1.1.0]" />',
      ['dotnet restore --force-evaluate a/A.csproj', 'dotnet restore --force-evaluate b/B.csproj'],
    ],
  ] as const)(
    'is written into %s, and the lock again by its command',
    async (_, files, wanted, file, text, commands) => {
      const plan = await fix(files, wanted);
      expect([...plan.edits.keys()]).toEqual([file]);
      const after = applyEdits((files as Files)[file] ?? '', plan.edits.get(file) ?? []);
      expect(after).toContain(text);
      expect([plan.commands, plan.open]).toEqual([commands, []]);
      expect(plan.fixed.size).toBe(1);
    },
  );

  it.each([
    [
      'a package that only the lock names',
      { 'A.csproj': PROJECT, 'packages.lock.json': LOCK },
      { B: '2.0.1' },
      ['dotnet add A.csproj package B --version 2.0.1'],
      '',
    ],
    [
      'packages.config',
      { 'packages.config': '<packages><package id="Z" version="1.0.0" /></packages>' },
      { Z: '2.0.0' },
      ['nuget update packages.config -Id Z -Version 2.0.0'],
      '',
    ],
    [
      'no safe version',
      { 'A.csproj': PROJECT, 'packages.lock.json': LOCK },
      { A: null },
      [],
      'no known version is free of it',
    ],
    [
      'a property',
      {
        'A.csproj':
          '<Project><PropertyGroup><V>1.0.0</V></PropertyGroup><ItemGroup><PackageReference Include="A" Version="$(V)" /></ItemGroup></Project>',
      },
      { A: '2.0.0' },
      [],
      'its version is a property',
    ],
    [
      'an interval',
      { 'A.csproj': PROJECT.replace('1.0', '[1.0,2.0)') },
      { a: '2.0.0' },
      [],
      'set it to 2.0.0',
    ],
  ] as const)('%s', async (_, files, wanted, commands, open) => {
    const plan = await fix(files, wanted);
    expect([plan.edits.size, plan.commands]).toEqual([0, commands]);
    expect(plan.open.map(({ what }) => what).join()).toContain(open);
  });
});

describe('D15: ranges of NuGet', () => {
  it.each([
    ['1.0', 'minimum', '1.0', '1.0.0 2.0', '0.9 1.0-beta'],
    ['[1.0]', 'exact', '1.0', '1.0.0', '1.0.1'],
    ['[1.0, )', 'minimum', '1.0', '1.0 9', '0.9'],
    ['(1.0,)', 'interval', null, '1.0.1', '1.0'],
    ['[1.0,2.0)', 'interval', '1.0', '1.9.9', '2.0 0.1'],
    ['(,1.0]', 'interval', null, '0.1 1.0', '1.0.1'],
    ['1.2.*', 'floating', null, '1.2.0 1.2.9', '1.1.9'],
    ['*', 'floating', null, '0.1', ''],
    ['1.0.0-rc.*', 'floating', null, '1.0.0-rc.2', '0.9'],
  ])('%s', (spec, kind, lowest, inside, outside) => {
    expect(parseRange(spec)).toEqual({ kind, lowest });
    const words = (text: string): readonly string[] =>
      text.split(' ').filter((word) => word !== '');
    expect(words(inside).map((one) => allowsVersion(spec, one))).not.toContain(false);
    expect(words(outside).map((one) => allowsVersion(spec, one))).not.toContain(true);
  });

  it.each(['', 'latest', '[1.0', '1.0,2.0', '$(V)', '[a,b]', '[1.0,2.0,3.0]'])(
    '%s is none',
    (spec) => {
      expect(parseRange(spec)).toBeNull();
    },
  );
});
