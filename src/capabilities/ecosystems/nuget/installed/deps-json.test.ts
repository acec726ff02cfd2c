import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../../test/support/images.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';

type Files = Readonly<Record<string, string | { readonly link: string }>>;

const readRoot = (files: Files): Promise<Inventory> =>
  inventoryTree(makeTree(files), '.', { target: 'root-file-system' });
const shown = ({ components }: Inventory): readonly string[] =>
  components.map(({ purl }) => purl.slice(10));

const PE = `MZ${'\0'.repeat(100)}`;
const ELF = `\x7fELF${'\0'.repeat(100)}`;

/** An application with a package, with one that the runtime replaces, and with a loose file. */
const APP = JSON.stringify({
  runtimeTarget: { name: '.NETCoreApp,Version=v8.0/linux-x64' },
  targets: {
    '.NETCoreApp,Version=v8.0': {},
    '.NETCoreApp,Version=v8.0/linux-x64': {
      'Shop/1.0.0': {
        dependencies: { Dapper: '2.1.66', Meta: '1.0.0' },
        runtime: { 'Shop.dll': {} },
      },
      'Dapper/2.1.66': {
        runtime: { 'lib/net8.0/Dapper.dll': {} },
        resources: { 'lib/net8.0/de/Dapper.resources.dll': { locale: 'de' } },
        native: { 'runtimes/linux-x64/native/libdapper.so': {} },
      },
      'Meta/1.0.0': { dependencies: { Dapper: '2.1.66' } },
      'System.Text.Json/8.0.0': {},
      'Empty/1.0.0': { runtime: { 'lib/net8.0/_._': {} } },
      'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': {
        native: { 'libcoreclr.so': {} },
      },
      'Loose/1.0.0': { runtime: { 'Loose.dll': {} } },
    },
  },
  libraries: {
    'Shop/1.0.0': { type: 'project' },
    'Dapper/2.1.66': {
      type: 'package',
      sha512: `sha512-${Buffer.alloc(64, 7).toString('base64')}`,
    },
    'Meta/1.0.0': { type: 'package' },
    'System.Text.Json/8.0.0': { type: 'package' },
    'Empty/1.0.0': { type: 'package' },
    'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { type: 'runtimepack' },
    'Loose/1.0.0': { type: 'reference' },
  },
});

const FILES = {
  'app/Shop.deps.json': APP,
  ...{ 'app/Shop': ELF, 'app/Shop.dll': PE, 'app/Dapper.dll': PE, 'app/libdapper.so': ELF },
  ...{ 'app/de/Dapper.resources.dll': PE, 'app/libcoreclr.so': ELF, 'app/libhostfxr.so': ELF },
};

describe('D10 B2: an application as dotnet published it', () => {
  it('has the packages whose files are there, and those explain its files', async () => {
    const inventory = await readRoot(FILES);
    expect([inventory.outcome, inventory.skips, shown(inventory)]).toEqual([
      'complete',
      [],
      ['Dapper@2.1.66', 'Meta@1.0.0', 'Microsoft.NETCore.App.Runtime.linux-x64@8.0.1'],
    ]);
    expect(inventory.notes?.join()).toContain('System.Text.Json 8.0.0 and 1 more');
    expect(inventory.components[0]?.hashes).toHaveProperty('sha512');
    expect(inventory.direct).toEqual(['pkg:nuget/Dapper@2.1.66', 'pkg:nuget/Meta@1.0.0']);
  });

  it.each([
    ['an assembly that no package brought', { 'app/Loose.dll': PE }, 'app/Loose.dll'],
    ['another program beside it', { 'app/miner': ELF }, 'app/miner'],
    ['its files in another folder', { 'opt/Dapper.dll': PE }, 'opt/Dapper.dll'],
    ['no libraries', { 'app/Shop.deps.json': '{}', 'app/Shop.dll': '' }, 'app/Shop.deps.json'],
    [
      'a name without a version',
      { 'b/B.deps.json': '{"libraries":{"B":{"type":"package"}}}' },
      'b/B.deps.json',
    ],
  ])('with %s is partial', async (_, more, place) => {
    const inventory = await readRoot({ ...FILES, ...more });
    expect(inventory.outcome).toBe('partial');
    expect(inventory.skips.map(({ location }) => location)).toContain(place);
  });
});

describe('D10 B2: a runtime of .NET in an image', () => {
  const home = 'usr/share/dotnet';
  const shared = `${home}/shared/Microsoft.NETCore.App/8.0.1`;
  const name = 'Microsoft.NETCore.App.Runtime.linux-x64/8.0.1';
  const files = {
    [`${shared}/Microsoft.NETCore.App.deps.json`]: JSON.stringify({
      runtimeTarget: { name: 'x' },
      targets: { x: { [name]: { native: { 'libcoreclr.so': {} } } } },
      libraries: { [name]: { type: 'package' } },
    }),
    ...{ [`${shared}/.version`]: 'x', [`${shared}/libcoreclr.so`]: ELF, [`${shared}/a.dll`]: PE },
    ...{ [`${home}/host/fxr/8.0.1/libhostfxr.so`]: ELF, [`${home}/dotnet`]: ELF },
    'usr/bin/dotnet': { link: '/usr/share/dotnet/dotnet' },
  };
  it('is the package of its runtime, in the version of its own file', async () => {
    const inventory = await readRoot(files);
    expect([inventory.outcome, inventory.skips, shown(inventory)]).toEqual([
      'complete',
      [],
      ['Microsoft.NETCore.App.Runtime.linux-x64@8.0.1'],
    ]);
  });

  it.each([
    ['its file is gone', { [`${shared}/Microsoft.NETCore.App.deps.json`]: undefined }],
    ['a host of another version is beside it', { [`${home}/host/fxr/9.0.0/libhostfxr.so`]: ELF }],
  ])('is named where %s', async (_, change) => {
    const changed = Object.entries({ ...files, ...change }).filter(
      ([, content]) => content !== undefined,
    );
    expect((await readRoot(Object.fromEntries(changed) as Files)).outcome).toBe('partial');
  });

  it('has the packages that were restored on the machine, with their licences', async () => {
    const text = (version: string): string =>
      `<package><metadata><id>Dapper</id><version>${version}</version>` +
      '<license type="expression">apache-2.0</license></metadata></package>';
    const cache = 'srv/.nuget/packages/dapper/2.1.66';
    const inventory = await readRoot({
      ...{ [`${cache}/dapper.nuspec`]: text('2.1.66'), [`${cache}/lib/Dapper.dll`]: PE },
    });
    expect(inventory.outcome).toBe('complete');
    expect(inventory.components).toMatchObject([{ name: 'Dapper', licenses: ['Apache-2.0'] }]);
    expect((await readRoot({ [`${cache}/dapper.nuspec`]: text('3.0.0') })).outcome).toBe('partial');
  });
});
