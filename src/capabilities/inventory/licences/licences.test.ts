import { describe, expect, it } from 'vitest';
import { type Files, makeTree } from '../../../../test/support/images.ts';
import { writeLicence } from '../../../../test/support/licence-texts.ts';
import { toInstant } from '../../../core/instant.ts';
import { orThrow } from '../../../core/result.ts';
import type { Component, Inventory } from '../../ecosystems/index.ts';
import { readSbom } from '../sbom/read-sbom.ts';
import { writeCycloneDx } from '../sbom/write-cyclonedx.ts';
import { writeSpdx } from '../sbom/write-spdx.ts';
import { completeLicences, createSbomLicences } from './complete-licences.ts';
import { createFolderLicences } from './folder-licences.ts';

const MIT = writeLicence('MIT');

function createInventory(purls: readonly string[], licenses: readonly string[] = []): Inventory {
  const components = purls.map((purl): Component => {
    const [, path = '', version = ''] = /^pkg:[a-z]+\/(.+)@(.+)$/.exec(purl) ?? [];
    return {
      ...{ purl: purl as Component['purl'], name: path, version, licenses, source: null },
      ...{
        locations: [],
        layer: null,
        hashes: {},
        origin: null,
        dependsOn: [],
        development: false,
      },
    };
  });
  const subject = { name: 'app', digest: null };
  return { subject, os: null, components, outcome: 'complete', skips: [], found: [] };
}

async function complete(purl: string, files: Files) {
  const source = createFolderLicences('mod', makeTree(files));
  const { components } = await completeLicences(createInventory([purl]), [source]);
  return [components[0]?.licenses, components[0]?.licensesFrom];
}

const TOML = 'pkg:golang/github.com/BurntSushi/toml@v1.2.0';
const SHOP = 'pkg:golang/example.com/shop@v1.4.0';
const NUSPEC = (version: string, id = 'Dapper') =>
  `<package><metadata><id>${id}</id><version>${version}</version>` +
  '<license type="expression">Apache-2.0</license></metadata></package>';
const CRATE = (version: string) =>
  `[package]\nname = "memchr"\nversion = "${version}"\nlicense = "Unlicense/MIT"\n`;

describe('B15 B24: a component takes the licence that its package states in a folder', () => {
  const cached = 'github.com/!burnt!sushi/toml@v1.2.0';
  const list = (version: string) => `# github.com/BurntSushi/toml ${version}\n## explicit\n`;
  const vendored = { 'vendor/github.com/BurntSushi/toml/COPYING': MIT };
  it.each([
    ['a module cache', TOML, { [`${cached}/LICENSE`]: MIT }, ['MIT'], `mod/${cached}/LICENSE`],
    [
      'a vendor folder',
      TOML,
      { ...vendored, 'vendor/modules.txt': list('v1.2.0') },
      ['MIT'],
      'mod/vendor/github.com/BurntSushi/toml/COPYING',
    ],
    [
      'the tree of the module',
      SHOP,
      { 'go.mod': 'module example.com/shop\n', LICENSE: MIT },
      ['MIT'],
      'mod/LICENSE',
    ],
    [
      'the packages of NuGet',
      'pkg:nuget/Dapper@2.1.66',
      { 'dapper/2.1.66/dapper.nuspec': NUSPEC('2.1.66') },
      ['Apache-2.0'],
      'mod/dapper/2.1.66/dapper.nuspec',
    ],
    [
      'the sources of cargo',
      'pkg:cargo/memchr@2.7.4',
      { 'memchr-2.7.4/Cargo.toml': CRATE('2.7.4') },
      ['Unlicense OR MIT'],
      'mod/memchr-2.7.4/Cargo.toml',
    ],
  ])('%s', async (_, purl, files, licenses, place) => {
    expect(await complete(purl, files as Files)).toEqual([licenses, place]);
  });

  it.each([
    ['another version', TOML, { 'github.com/!burnt!sushi/toml@v1.3.0/LICENSE': MIT }],
    ['a text that is not known', TOML, { [`${cached}/LICENSE`]: `${MIT} Not for sale.` }],
    ['one more text', TOML, { [`${cached}/LICENSE`]: MIT, [`${cached}/LICENSE-EXTRA`]: 'Pay.' }],
    [
      'more texts than a package has',
      TOML,
      Object.fromEntries([...Array(101).keys()].map((at) => [`${cached}/LICENSE-${at}`, MIT])),
    ],
    ['a vendor folder without a list', TOML, vendored],
    ['one of another version', TOML, { ...vendored, 'vendor/modules.txt': list('v1.1.0') }],
    ['the tree of another module', SHOP, { 'go.mod': 'module example.com/x\n', LICENSE: MIT }],
    [
      'a manifest that names another package',
      'pkg:nuget/Dapper@2.1.66',
      { 'dapper/2.1.66/dapper.nuspec': NUSPEC('2.1.66', 'Other') },
    ],
    [
      'one that names another version',
      'pkg:cargo/memchr@2.7.4',
      { 'vendor/memchr/Cargo.toml': CRATE('2.7.5') },
    ],
    ['a name that leads out', 'pkg:golang/../x@v1.0.0', { 'x@v1.0.0/LICENSE': MIT }],
    ['no folder of that ecosystem', 'pkg:npm/left-pad@1.3.0', { LICENSE: MIT }],
  ])('but not from %s', async (_, purl, files) => {
    expect(await complete(purl, files as Files)).toEqual([[], undefined]);
  });

  it('from an SBOM of the exact package, and what it declares itself stays', async () => {
    const stated = createSbomLicences('tree.spdx.json', createInventory([SHOP, TOML], ['MIT']));
    const open = await completeLicences(createInventory([SHOP]), [stated]);
    expect(open.components).toMatchObject([{ licenses: ['MIT'], licensesFrom: 'tree.spdx.json' }]);
    expect(open.notes).toEqual([
      'the licences of 1 component are those that tree.spdx.json states',
    ]);
    const own = await completeLicences(createInventory([SHOP], ['ISC']), [stated]);
    expect(own.components).toMatchObject([{ licenses: ['ISC'] }]);
    const silent = createSbomLicences('x', createInventory([SHOP]));
    const other = createSbomLicences('y', createInventory([`${SHOP}-rc1`], ['MIT']));
    const none = await completeLicences(createInventory([SHOP]), [silent, other]);
    expect(none.components[0]).not.toHaveProperty('licensesFrom');
    const both = await completeLicences(createInventory([SHOP]), [silent, stated]);
    expect(both.components).toMatchObject([{ licenses: ['MIT'] }]);
  });

  it.each([
    ['SPDX', writeSpdx],
    ['CycloneDX', writeCycloneDx],
  ] as const)('%s shows from where', async (_, write) => {
    const source = createFolderLicences('mod', makeTree({ [`${cached}/LICENSE`]: MIT }));
    const made = await completeLicences(createInventory([TOML]), [source]);
    const tool = { name: 'waybill', version: '1' };
    const { inventory } = orThrow(readSbom(write(made, { at: toInstant(0), tool })));
    expect(inventory.components[0]?.licensesFrom).toBe(`mod/${cached}/LICENSE`);
    expect(inventory.components[0]?.licenses).toEqual(['MIT']);
  });
});
