import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { Failure } from '../../../../core/failure.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';
import { nuget } from '../index.ts';

const HASH = Buffer.alloc(64, 7).toString('base64');

/** A lock of one framework, from `Name: 'Type requested resolved need need'`. */
function lock(entries: Readonly<Record<string, string>>, version = 1): string {
  const listed = Object.entries(entries).map(([name, text]) => {
    const [type, requested, resolved, ...needs] = text.split(' ');
    const dependencies = Object.fromEntries(needs.map((need) => [need, '1.0.0']));
    const asked = requested === '-' ? {} : { requested: `[${requested}, )` };
    const found = resolved === undefined ? {} : { resolved, contentHash: HASH };
    return [name, { type, ...asked, ...found, ...(needs.length > 0 ? { dependencies } : {}) }];
  });
  const target = Object.fromEntries(listed);
  if (version < 3) return JSON.stringify({ version, dependencies: { 'net8.0': target } });
  return JSON.stringify({ version, app: { framework: 'net8.0', dependencies: target } });
}

/** A project, from `'Name version'` of each reference, and more elements. */
function project(references: readonly string[], more = ''): string {
  const items = references.map((text) => {
    const [name, version] = text.split(' ');
    const attribute = version === undefined ? '' : ` Version="${version}"`;
    return `<PackageReference Include="${name}"${attribute} />`;
  });
  return `<Project Sdk="Microsoft.NET.Sdk">${more}<ItemGroup>${items.join('\n')}</ItemGroup></Project>`;
}

type Files = Readonly<Record<string, string>>;

const read = (files: Files): Promise<Inventory> => inventoryTree(makeTree(files), '.');
const shown = ({ components }: Inventory): readonly string[] =>
  components.map(({ purl, development }) => purl.slice(10) + (development ? ' dev' : ''));
const reasons = ({ skips }: Inventory): string =>
  skips.map(({ cause }) => cause.message).join('; ');

describe('D10 D11 B2: a lock of NuGet', () => {
  const entries = {
    'Serilog.AspNetCore': 'Direct 8.0.0 8.0.0 Serilog',
    Serilog: 'CentralTransitive 4.0.0 4.0.0',
    'shop.core': 'Project - ',
  };
  it.each([1, 2, 3])('of version %d gives every package, with hash and edges', async (version) => {
    const files = {
      'src/Shop.csproj': project(['serilog.aspnetcore 8.0.0']),
      'src/packages.lock.json': lock(entries, version),
    };
    const inventory = await read(files);
    expect([inventory.outcome, shown(inventory)]).toEqual([
      'complete',
      ['Serilog.AspNetCore@8.0.0', 'Serilog@4.0.0'],
    ]);
    expect(inventory.components[0]).toMatchObject({
      hashes: { sha512: Buffer.alloc(64, 7).toString('hex') },
      dependsOn: ['pkg:nuget/Serilog@4.0.0'],
    });
    expect(inventory.direct).toEqual(['pkg:nuget/Serilog.AspNetCore@8.0.0']);
  });

  it('has other versions for other frameworks; the needs of a project are direct', async () => {
    const direct = { type: 'Direct', requested: '[1.0.0, )', resolved: '1.0.0', contentHash: HASH };
    const other = { type: 'Transitive', resolved: '2.0.0.0', contentHash: HASH };
    const of = { dependencies: { B: '2.0.0' } };
    const inventory = await read({
      'Shop.csproj': project(['A 1.0']),
      'packages.lock.json': JSON.stringify({
        version: 1,
        dependencies: {
          'net8.0': { A: { ...direct, ...of }, B: other, 'shop.lib': { type: 'Project', ...of } },
          'net8.0/linux-x64': { C: { ...other, ...of } },
          'net9.0': { A: { ...direct, resolved: '1.0.1' } },
        },
      }),
    });
    expect([inventory.outcome, shown(inventory)]).toEqual([
      'complete',
      ['A@1.0.0', 'A@1.0.1', 'B@2.0.0', 'C@2.0.0'],
    ]);
    expect(inventory.direct).toEqual(
      ['A@1.0.0', 'A@1.0.1', 'B@2.0.0'].map((one) => `pkg:nuget/${one}`),
    );
  });

  it.each([
    ['another range', project(['A 1.1.0']), lock({ A: 'Direct 1.0.0 1.0.0' }), 'does not lock so'],
    [
      'another version',
      project(['A 1.0.0']),
      lock({ A: 'Direct 1.0.0 0.9.0' }),
      'does not lock so',
    ],
    ['another package', project(['A 1.0', 'B 1']), lock({ A: 'Direct 1.0.0 1.0.0' }), '"B"'],
    [
      'a need that is cut out',
      project(['A 1.0.0']),
      lock({ A: 'Direct 1.0.0 1.0.0 B' }),
      'not in the lock',
    ],
    ['an entry without a version', project([]), lock({ A: 'Direct 1.0.0' }), 'no usable name'],
    ['an unknown version', project([]), '{"version":9,"dependencies":{}}', 'not 1, 2 or 3'],
  ])('that has %s makes the inventory partial', async (_, csproj, text, why) => {
    const inventory = await read({ 'Shop.csproj': csproj, 'packages.lock.json': text });
    expect(inventory.outcome).toBe('partial');
    expect(reasons(inventory)).toContain(why);
  });

  it('is for one project where its name says so', async () => {
    const inventory = await read({
      'A.csproj': project(['X 1.0.0']),
      'B.csproj': project(['Y 1.0.0']),
      'packages.A.lock.json': lock({ X: 'Direct 1.0.0 1.0.0' }),
    });
    expect(inventory.skips.map(({ location }) => location)).toEqual(['B.csproj']);
  });

  it.each([
    ['a/packages.linux.lock.json', 'packages.$(Platform).lock.json', 'complete'],
    [
      'a/packages.linux.lock.json',
      '$(MSBuildProjectDirectory)\\packages.linux.lock.json',
      'complete',
    ],
    ['packages.a.lock.json', '../packages.a.lock.json', 'complete'],
    ['packages.a.lock.json', '../packages.b.lock.json', 'partial'],
    ['a/packages.lock.json', 'packages.other.lock.json', 'partial'],
  ])('%s is found by the setting %s: %s', async (path, setting, outcome) => {
    const inventory = await read({
      'Directory.Build.props': `<Project><PropertyGroup><NuGetLockFilePath>${setting}</NuGetLockFilePath></PropertyGroup></Project>`,
      'a/A.csproj': project(['X 1.0.0']),
      [path]: lock({ X: 'Direct 1.0.0 1.0.0' }),
    });
    expect(inventory.outcome).toBe(outcome);
  });
});

describe('D10 B2: projects without a lock', () => {
  it('have what they ask for in one version, and are partial for what that needs', async () => {
    const inventory = await read({
      'Directory.Build.props':
        '<Project><PropertyGroup><Log>4.0.0</Log>' +
        '<Some Condition="$(X)">1.0.0</Some></PropertyGroup></Project>',
      'Shop.csproj': project([
        'Serilog $(Log)',
        'Dapper [2.1.0]',
        'Any 1.*',
        'Odd $(Nobody)',
        'Maybe $(Some)',
      ]),
    });
    expect(shown(inventory)).toEqual(['Dapper@2.1.0', 'Serilog@4.0.0']);
    expect(reasons(inventory)).toMatch(
      /no lock names what these need; Shop\.csproj: "Any" 1\.\* in Shop\.csproj \(and 2 more\)/,
    );
  });

  it('take central versions, global packages and imports from the nearest files', async () => {
    const inventory = await read({
      'Directory.Packages.props':
        '<Project><Import Project="more.props" /><ItemGroup><PackageVersion Include="A" Version="1.2" />' +
        '<GlobalPackageReference Include="Lint" Version="3.0.0" /></ItemGroup></Project>',
      'more.props':
        '<Project><ItemGroup><PackageVersion Include="B"><Version>2.0.0</Version></PackageVersion>' +
        '<PackageVersion Include="C" Version="5.0.0" Condition="$(X)" /></ItemGroup></Project>',
      'src/Shop/Shop.csproj': project(['a', 'B', 'C']),
      'old/Directory.Packages.props':
        '<Project><Import Project="$([MSBuild]::GetPathOfFileAbove(Directory.Packages.props, ' +
        '$(MSBuildThisFileDirectory)..))" /></Project>',
      'old/Old.fsproj': project(['B']),
    });
    expect(shown(inventory)).toEqual(['B@2.0.0', 'Lint@3.0.0 dev', 'a@1.2.0']);
    expect(reasons(inventory)).toContain('its version depends on the build');
  });

  it.each([
    ['nothing asked for', { 'A.csproj': project([]) }, 'complete'],
    [
      'only central versions',
      { 'A.csproj': project([]), 'Directory.Packages.props': project([]) },
      'complete',
    ],
    [
      'packages that a common file adds',
      { 'A.csproj': project([]), 'Directory.Build.props': project(['B 1.0.0']) },
      'partial',
    ],
    ['packages that nobody is seen to take', { 'x/loose.props': project(['B 1.0.0']) }, 'partial'],
    ['other props', { 'gradle.props': 'a=b' }, 'complete'],
    [
      'packages that nobody is seen to take, where all is locked',
      {
        'x/loose.props': project(['B 1.0.0']),
        'A.csproj': '<Project><Import Project="$(Root)x/loose.props" /></Project>',
        'packages.lock.json': lock({ B: 'Direct 1.0.0 1.0.0' }),
      },
      'complete',
    ],
    ['no XML', { 'A.csproj': 'not\nxml' }, 'partial'],
  ] as const)('%s', async (_, files, outcome) => {
    expect((await read(files)).outcome).toBe(outcome);
  });
});

describe('D10 B2: what else names packages of NuGet in a tree', () => {
  const config =
    '<packages><package id="A" version="1.0" developmentDependency="true" /></packages>';
  const libraries = { 'A/1.0.0': { sha512: HASH, type: 'package' } };
  const assets = (range: string, more: object = {}, library: object = {}): string =>
    JSON.stringify({
      version: 3,
      targets: {
        'net8.0': {
          ...library,
          'A/1.0.0': {
            type: 'package',
            dependencies: { B: '2.0.0' },
            runtime: { 'lib/A.dll': {} },
          },
          'B/2.0.0': { type: 'package' },
          'Tool/3.0.0': { type: 'package', build: { 'build/Tool.props': {} } },
        },
      },
      libraries,
      project: {
        restore: { projectPath: 'C:\\src\\Shop.csproj' },
        frameworks: {
          'net8.0': {
            dependencies: {
              A: { target: 'Package', version: range },
              Tool: { suppressParent: 'All', target: 'Package', version: '[3.0.0, )' },
            },
          },
        },
      },
      ...more,
    });
  const RESTORED = ['A@1.0.0', 'B@2.0.0', 'Tool@3.0.0 dev'];
  it.each([
    ['packages.config', { 'packages.config': config }, ['A@1.0.0 dev'], ''],
    [
      'a flaw in it',
      { 'packages.config': '<packages><package id="A" /></packages>' },
      [],
      'no usable id',
    ],
    [
      'tools',
      { '.config/dotnet-tools.json': '{"tools":{"dotnet-ef":{"version":"8.0.1"}}}' },
      ['dotnet-ef@8.0.1 dev'],
      '',
    ],
    [
      'SDKs',
      { 'global.json': '{"sdk":{"version":"8.0.100"}, // x\n"msbuild-sdks":{"A.Sdk":"1.2.3"}}' },
      ['A.Sdk@1.2.3 dev'],
      '',
    ],
    [
      'an SDK of a project',
      { 'A.csproj': '<Project Sdk="Acme.Sdk/1.0.0" />' },
      ['Acme.Sdk@1.0.0 dev'],
      '',
    ],
    [
      'a restore',
      { 'Shop.csproj': project(['A 1.0.0']), 'obj/project.assets.json': assets('[1.0.0, )') },
      RESTORED,
      '',
    ],
    [
      'a restore that is too old',
      { 'Shop.csproj': project(['A 1.1']), 'obj/project.assets.json': assets('[1.0.0, )') },
      RESTORED,
      'was not restored with',
    ],
    [
      'a restore with a library without a version',
      {
        'Shop.csproj': project([]),
        'obj/project.assets.json': assets('', {}, { Odd: { type: 'package' } }),
      },
      RESTORED,
      'no name and version',
    ],
    [
      'a restore that failed',
      {
        'Shop.csproj': project([]),
        'obj/project.assets.json': assets('[1.0.0, )', {
          logs: [{ level: 'Error', code: 'NU1101' }],
        }),
      },
      RESTORED,
      'NU1101',
    ],
    [
      'a restore beside a lock',
      {
        'Shop.csproj': project(['A 2']),
        'packages.lock.json': lock({ A: 'Direct 2.0.0 2.0.0' }),
        'obj/project.assets.json': assets('[1.0.0, )'),
        'bin/Shop.deps.json': JSON.stringify({ libraries }),
      },
      ['A@2.0.0'],
      '',
    ],
    [
      'Paket',
      {
        'paket.dependencies': 'nuget A >= 1',
        'paket.lock':
          'NUGET\n  remote: https://u:p@feed.example.com/v3\n    A (1.0)\n      B (>= 2.0)\n    B (2.1)\n\nGROUP Build\nNUGET\n    C (3.0)\n',
      },
      ['A@1.0.0', 'B@2.1.0', 'C@3.0.0'],
      '',
    ],
    [
      'Paket with sources',
      { 'paket.lock': 'GITHUB\n  remote: a/b\n    x.fs (abc)\n' },
      [],
      'not read',
    ],
    ['Paket that is cut', { 'paket.lock': 'NUGET\n    A (1.0\n' }, [], 'not understood'],
    ['Paket cut behind a head', { 'paket.lock': 'NUGET' }, [], 'behind the head in line 1'],
    ['Paket without a lock', { 'paket.dependencies': 'source x\nnuget A' }, [], 'no paket.lock'],
    [
      'a project of Paket',
      {
        'A.csproj': '<Project><Import Project=".paket\\Paket.Restore.targets" /></Project>',
        '.paket/Paket.Restore.targets': project(['%(Line.Name)']),
        'paket.lock': 'NUGET\n    A (1.0)\n',
      },
      ['A@1.0.0'],
      '',
    ],
    ['an empty lock of Paket', { 'paket.lock': 'STORAGE: NONE\n' }, [], ''],
    [
      'a project outside of the tree',
      {
        'app/A.csproj':
          '<Project><ItemGroup><ProjectReference Include="..\\..\\D\\D.csproj" /></ItemGroup></Project>',
      },
      [],
      'outside this tree',
    ],
    [
      'a project of the tree',
      {
        'app/A.csproj':
          '<Project><ItemGroup><ProjectReference Include="..\\D\\D.csproj" /></ItemGroup></Project>',
        'D/D.csproj': '<Project />',
      },
      [],
      '',
    ],
    ['what is not read', { 'A.nuspec': '<package/>' }, [], 'kind dotnet'],
  ] as const)('%s', async (_, files, expected, why) => {
    const inventory = await read(files);
    expect([shown(inventory), inventory.outcome]).toEqual([
      expected,
      why === '' ? 'complete' : 'partial',
    ]);
    expect(reasons(inventory)).toContain(why);
    expect(JSON.stringify(inventory)).not.toContain('u:p@');
  });
});

describe('B2: every reader of NuGet', () => {
  const SAMPLES: Readonly<Record<string, string>> = {
    'packages.lock.json': lock({ A: 'Direct 1.0.0 1.0.0 B', B: 'Transitive - 1.0.0' }),
    'A.csproj': project(['A 1.0.0']),
    'packages.config': '<packages><package id="A" version="1.0" /></packages>',
    'dotnet-tools.json': '{"tools":{"dotnet-ef":{"version":"8.0.1"}}}',
    'paket.lock': 'NUGET\n    A (1.0)\n      B (>= 2.0)\n',
  };
  const extract = (path: string, bytes: Uint8Array): void => {
    for (const extractor of nuget.extractors ?? []) {
      if (!extractor.wants(path)) continue;
      try {
        extractor.extract({ path, bytes });
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Failure);
      }
    }
  };
  it.each(Object.entries(SAMPLES))(
    'gives a result or a Failure for %s, cut at every byte',
    (path, text) => {
      const bytes = Buffer.from(text);
      for (let end = 0; end < bytes.length; end++) extract(path, bytes.subarray(0, end));
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (any) => extract(path, any)),
        { numRuns: 50 },
      );
    },
  );
});
