import { describe, expect, it } from 'vitest';
import { file, link, makeImage, type TarItem } from '../../../test/support/images.ts';
import { dpkg, OS } from '../../../test/support/package-layers.ts';
import { orThrow } from '../../core/result.ts';
import { inventoryImage } from './inventory-image.ts';
import { Snapshot } from './layers/snapshot.ts';

/** How often the layer of an image was read, and what was found in it. */
async function countPasses(items: readonly TarItem[]) {
  const image = makeImage([items]);
  let passes = 0;
  const layers = image.layers.map((layer) => ({
    ...layer,
    open: () => {
      passes += 1;
      return layer.open();
    },
  }));
  const { components } = orThrow(await inventoryImage({ ...image, layers }));
  return { passes, names: components.map(({ name }) => name) };
}

const LIB = link('lib', 'usr/lib');
const APK = 'P:musl\nV:1.2.5-r0\nA:x86_64\n\n';

describe('an image is read again where links lead to what was not asked for', () => {
  it('but not for the folder of another package manager that is not there', async () => {
    const debian = [LIB, OS, dpkg('a'), file('usr/lib/x', 'x')];
    expect(await countPasses(debian)).toEqual({ passes: 1, names: ['a'] });
    const both = [...debian, file('usr/lib/apk/db/other', 'x')];
    expect(await countPasses(both)).toEqual({ passes: 2, names: ['a'] });
  });

  it('and a package database behind a link to its folder is found', async () => {
    const moved = [OS, link('lib', 'other'), file('other/apk/db/installed', APK)];
    expect((await countPasses(moved)).names).toEqual(['musl']);
  });

  it('nothing is said of a folder of which not all files are remembered', () => {
    const snapshot = new Snapshot<string>({ clamp: true, plainMax: 1 });
    snapshot.putPlain('a/x', { size: 1, layer: 0 });
    expect(['a', 'b'].map((path) => snapshot.mayHoldFiles(path))).toEqual([true, false]);
    snapshot.putPlain('b/x', { size: 1, layer: 0 });
    expect(snapshot.mayHoldFiles('b')).toBe(true);
  });
});
