import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { packWingetDatabase } from '../../../../test/support/winget-database.ts';
import { readDeclaredDependencies } from '../../inventory/declared-dependencies.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';
import { winget } from './index.ts';

const SOURCE = {
  Argument: 'https://cdn.example.com/cache',
  Identifier: 'x',
  Name: 'winget',
  Type: 'Microsoft.PreIndexed.Package',
};
const exported = (...packages: readonly object[]): string =>
  JSON.stringify({
    WinGetVersion: '1.9.25200',
    Sources: [{ Packages: packages, SourceDetails: SOURCE }],
  });
const GIT = { PackageIdentifier: 'Git.Git', Version: '2.50.1' };
const dsc = (settings: string): string =>
  '# yaml-language-server: $schema=x\nproperties:\n  configurationVersion: 0.2.0\n  resources:\n' +
  '    - resource: Microsoft.Windows.Settings/WindowsSettings\n      settings: {}\n' +
  `    - resource: Microsoft.WinGet.DSC/WinGetPackage\n      settings:\n        id: Git.Git\n${settings}`;
const manifest = (type: string, more: string): string =>
  `PackageIdentifier: Git.Git\nPackageVersion: 2.50 # x\nManifestType: ${type}\nManifestVersion: 1.6.0\n${more}`;
const installers = `Installers:\n- Architecture: x64\n  InstallerUrl: https://a.example.com/g.exe\n  InstallerSha256: ${'AB'.repeat(32)}\n`;

describe('D11 B2: winget', () => {
  it.each([
    ['an export', { 'packages.json': exported(GIT) }, ['Git.Git@2.50.1'], ''],
    [
      'an export without versions',
      { 'winget.json': exported(GIT, { PackageIdentifier: 'A.B' }) },
      ['Git.Git@2.50.1'],
      'A.B is asked for in its newest version',
    ],
    [
      'a package without an id',
      { 'winget.json': exported({ Version: '1' }) },
      [],
      'PackageIdentifier',
    ],
    ['a list of another tool', { 'packages.json': '{"packages":{}}' }, [], 'unknown tool'],
    [
      'a configuration',
      { '.config/configuration.winget': dsc('        version: 2.50.1\n') },
      ['Git.Git@2.50.1'],
      '',
    ],
    [
      'a configuration of DSC 3',
      {
        'dev.dsc.yaml':
          'resources:\n  - name: g\n    type: Microsoft.WinGet/Package\n    properties:\n      Id: Git.Git\n      Version: "2.50"\n',
      },
      ['Git.Git@2.50'],
      '',
    ],
    ['a configuration without versions', { 'dev.winget': dsc('') }, [], 'newest version'],
    [
      'a version that YAML makes a number',
      { 'dev.winget': dsc('        version: 2.50\n') },
      [],
      'not in quotes',
    ],
    [
      'a package without an id in it',
      { 'dev.winget': dsc('').replace('Git.Git', '1 2') },
      [],
      'no usable id',
    ],
    ['what is to be removed', { 'dev.winget': dsc('        Ensure: Absent\n') }, [], ''],
    [
      'a manifest',
      {
        'manifests/g/Git/Git/2.50/Git.Git.yaml': manifest('version', 'DefaultLocale: en-US\n'),
        'manifests/g/Git/Git/2.50/Git.Git.installer.yaml': manifest('installer', installers),
        'manifests/g/Git/Git/2.50/Git.Git.locale.en-US.yaml': manifest(
          'defaultLocale',
          'License: MIT\n',
        ),
      },
      ['Git.Git@2.50'],
      '',
    ],
    ['a singleton', { 'winget.yaml': manifest('singleton', installers) }, ['Git.Git@2.50'], ''],
    [
      'a manifest of another version',
      { 'winget.yaml': manifest('singleton', '').replace('1.6.0', '2.0.0') },
      [],
      'not 1.x',
    ],
    ['another file', { 'manifests/a/b/c/d/e.yaml': 'kind: x\n' }, [], ''],
  ] as const)('%s', async (_, files, expected, why) => {
    const inventory = await inventoryTree(makeTree(files), '.');
    expect(inventory.components.map(({ purl }) => purl.slice(11))).toEqual(expected);
    expect(inventory.outcome).toBe(why === '' ? 'complete' : 'partial');
    expect(inventory.skips.map(({ cause }) => cause.message).join()).toContain(why);
  });

  it('a manifest has the licence, the hash and the address of its archive', async () => {
    const files = {
      'manifests/g/Git/Git/2.50/Git.Git.installer.yaml': manifest('installer', installers),
      'manifests/g/Git/Git/2.50/Git.Git.locale.en-US.yaml': manifest(
        'defaultLocale',
        'License: mit\n',
      ),
    };
    expect((await inventoryTree(makeTree(files), '.')).components).toMatchObject([
      {
        licenses: ['MIT'],
        hashes: { sha256: 'ab'.repeat(32) },
        origin: 'https://a.example.com/g.exe',
      },
    ]);
  });

  it('D20: a package is pinned by its version, and a fix says what helps', async () => {
    const files = { 'winget.json': exported(GIT, { PackageIdentifier: 'A.B' }) };
    const declared = await readDeclaredDependencies(makeTree(files));
    expect(declared.dependencies).toMatchObject([
      { name: 'A.B', version: null, pinned: 'no', registry: 'cdn.example.com/cache' },
      {
        name: 'Git.Git',
        version: '2.50.1',
        pinned: 'yes',
        registryFrom: 'written',
        kind: 'system-package',
      },
    ]);
    const plan = winget.fixes?.plan({
      dependencies: declared.dependencies,
      files: new Map(),
      findRemedy: () => null,
      findDigest: () => null,
      findVersion: () => null,
      isAsked: () => true,
    });
    expect(plan?.open).toMatchObject([{ what: expect.stringContaining('winget show --versions') }]);
    const other = await readDeclaredDependencies(makeTree({ 'packages.json': '{}' }));
    expect(other).toMatchObject({ outcome: 'partial', notLookedAt: [{ kind: 'package-list' }] });
  });
});

describe('B2: what winget installed', () => {
  const folder =
    'Files/Users/a/AppData/Local/Packages/Microsoft.DesktopAppInstaller_8wekyb3d8bbwe/LocalState';
  const place = `${folder}/Microsoft.Winget.Source_8wekyb3d8bbwe/installed.db`;
  const store = `${folder}/StoreEdgeFD/installed.db`;
  const database = packWingetDatabase([
    ['Git.Git', '2.43.0'],
    ['Microsoft.VCRedist.2015+.x64', '14.38.33130.0'],
  ]);
  const read = async (files: Parameters<typeof makeTree>[0]) => {
    const found = await inventoryTree(makeTree(files), '.', { target: 'root-file-system' });
    const reasons = found.skips.map(({ cause }) => cause.message).join();
    return [found.components.map(({ purl }) => purl), reasons] as const;
  };

  it('is listed for each user and source', async () => {
    const other = packWingetDatabase([['9NBLGGH4NNS1', '1.22']]);
    expect(await read({ [place]: database, [`${place}-wal`]: '', [store]: other })).toEqual([
      [
        'pkg:winget/9NBLGGH4NNS1@1.22',
        'pkg:winget/Git.Git@2.43.0',
        'pkg:winget/Microsoft.VCRedist.2015%2B.x64@14.38.33130.0',
      ],
      '',
    ]);
  });

  it.each([
    ['cut short', database.subarray(0, 4096), 'cut short'],
    ['of another kind', Buffer.from('x'), 'does not begin as such a file does'],
    ['with an id that is none', packWingetDatabase([['a\\b', '1']]), 'names no package'],
  ])('is partial where its list is %s', async (_, bytes, why) => {
    const [purls, reasons] = await read({ [place]: bytes });
    expect([purls, reasons.includes(why)]).toEqual([[], true]);
  });

  it('is partial where changes are not written back', async () => {
    const [purls, reasons] = await read({ [place]: database, [`${place}-wal`]: 'x' });
    expect([purls.length, reasons.includes('changes of the list')]).toEqual([2, true]);
  });

  it('throws nothing at any cut', () => {
    const extractor = winget.extractors?.find(({ name }) => name === 'winget-installed');
    for (let end = 0; end < database.length; end += 7)
      expect(extractor?.extract({ path: place, bytes: database.subarray(0, end) })).toBeDefined();
  });
});
