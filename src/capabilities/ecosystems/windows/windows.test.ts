import { describe, expect, it } from 'vitest';
import { makeTree } from '../../../../test/support/images.ts';
import { packHive } from '../../../../test/support/pack-hive.ts';
import { inventoryTree } from '../../inventory/inventory-tree.ts';

const CURRENT = {
  values: {
    ProductName: 'Windows Server 2022 Datacenter',
    CurrentBuild: '20348',
    CurrentMajorVersionNumber: 10,
    UBR: 2113,
  },
};
const git = { values: { DisplayName: 'Git', DisplayVersion: '2.50.1' } };
const HIVE = packHive({
  keys: {
    Microsoft: {
      keys: {
        'Windows NT': { keys: { CurrentVersion: CURRENT } },
        Windows: {
          keys: { CurrentVersion: { keys: { Uninstall: { keys: { Git_is1: git, Part: {} } } } } },
        },
      },
    },
  },
});

describe('D10 B2: an image of Windows', () => {
  it('says which Windows it is and what is in it, and is partial for its updates', async () => {
    const files = { 'Files/Windows/System32/config/SOFTWARE': HIVE };
    const inventory = await inventoryTree(makeTree(files), '.', { target: 'root-file-system' });
    expect(inventory.os).toEqual({
      id: 'windows',
      versionId: '10.0.20348.2113',
      prettyName: 'Windows Server 2022 Datacenter',
    });
    expect(inventory.components.map(({ purl }) => purl)).toEqual([
      'pkg:generic/Git@2.50.1',
      'pkg:generic/microsoft/windows-server@10.0.20348.2113',
    ]);
    expect(inventory.skips.map(({ cause }) => cause.message).join()).toContain('windows-image');
  });
});
