import { describe, expect, it } from 'vitest';
import { packElf } from '../../../../../test/support/elf.ts';
import { makeTree } from '../../../../../test/support/images.ts';
import { packZip } from '../../../../../test/support/pack-zip.ts';
import { inventoryTree } from '../../../inventory/inventory-tree.ts';
import type { Inventory } from '../../component.ts';

const RELEASE =
  'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_RUNTIME_VERSION="21.0.4+7-LTS"\nJAVA_VERSION="21.0.4"\n';
const unnamed = packZip([{ name: 'a/B.class', text: 'class' }]);
const program = packElf({ sections: [{ name: '.text', content: 'x' }], writable: 'data' });
const read = (files: Readonly<Record<string, string | Uint8Array>>): Promise<Inventory> =>
  inventoryTree(makeTree(files), 'root', { target: 'root-file-system' });

describe('B2: Java runtimes', () => {
  const home = 'opt/java/openjdk';
  const whole = {
    [`${home}/release`]: RELEASE,
    [`${home}/bin/java`]: program,
    [`${home}/lib/jrt-fs.jar`]: unnamed,
    [`${home}/lib/modules`]: 'jimage',
  };

  it('are named by their release file, and explain their folder', async () => {
    const found = await read(whole);
    expect(found).toMatchObject({ outcome: 'complete', unexplained: { executables: 0 } });
    expect(found.components.map(({ purl }) => purl)).toEqual([
      'pkg:generic/eclipse/openjdk@21.0.4%2B7-LTS',
    ]);
  });

  it.each([
    ['none but those of Java', 'java.base,jdk.crypto.ec', null],
    ['one of a library', 'java.base org.slf4j', '1 module that is not of Java is linked'],
    ['those of an application', 'java.base com.acme.app a b c d e', '6 modules that are not'],
    ['those of a very large application', `java.base ${'com.acme.x'.repeat(900)}`, '1 module'],
    ['what vendors add, in a build of no such vendor', 'java.base javafx.base', '"javafx.base"'],
  ])('name the modules that jlink put in: %s', async (_, modules, named) => {
    const listed = modules.replaceAll(',', ' ');
    const release = `${RELEASE}MODULES="${listed}"\n`;
    const { outcome, skips } = await read({ ...whole, [`${home}/release`]: release });
    expect(outcome).toBe(named === null ? 'complete' : 'partial');
    expect(skips.map(({ cause }) => cause.message).join()).toContain(named ?? '');
    const vendor = release.replace('Eclipse Adoptium', 'BellSoft');
    const other = await read({ ...whole, [`${home}/release`]: vendor });
    const isOfVendor = named === null || modules.includes('javafx');
    expect(other.outcome).toBe(isOfVendor ? 'complete' : 'partial');
  });

  it.each([
    ['another archive in it', { ...whole, [`${home}/lib/ext/x.jar`]: unnamed }],
    ['a release file without a version', { ...whole, [`${home}/release`]: 'JAVA_VERSION="?"\n' }],
    ['no release file', { ...whole, [`${home}/release`]: 'x' }],
    ['a release file in a folder of others', { 'usr/release': RELEASE, 'usr/bin/x': program }],
  ])('leave the inventory partial with %s', async (_, files) => {
    expect((await read(files)).outcome).toBe('partial');
  });
});
