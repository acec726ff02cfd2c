import { describe, expect, it } from 'vitest';
import { packElf } from '../../../test/support/elf.ts';
import { packGoProgram } from '../../../test/support/go-program.ts';
import {
  type Files,
  file,
  hardLink,
  makeImage,
  makeTree,
  whiteout,
} from '../../../test/support/images.ts';
import { packZip } from '../../../test/support/pack-zip.ts';
import { orThrow } from '../../core/result.ts';
import type { Inventory } from '../ecosystems/index.ts';
import { inventoryImage } from './inventory-image.ts';
import { inventoryTree } from './inventory-tree.ts';

const MODULES = 'path\texample.com/s\nmod\texample.com/s\tv1.0.0\t\ndep\ta.com/b\tv1.2.0\th1:x=\n';
const go = packGoProgram({ modules: MODULES });
const old = packGoProgram({ modules: MODULES, form: 'pointers', format: 'pe' });

const list = ({ components, outcome, skips }: Inventory) => ({
  components: components.map(({ name, version }) => `${name} ${version}`),
  outcome,
  why: skips.map(({ cause }) => cause.message),
});
async function read(files: Readonly<Record<string, Buffer>>) {
  const paths = Object.keys(files);
  const tree = await inventoryTree(makeTree(files satisfies Files, paths), '.', {
    target: 'root-file-system',
  });
  const layer = paths.map((path) => file(path, files[path], 0o755));
  const image = orThrow(await inventoryImage(makeImage([layer])));
  return { tree: list(tree), image: list(image) };
}

describe('B1, B2: a program of Go is read in images and in root file systems alike', () => {
  const built = ['a.com/b v1.2.0', 'example.com/s v1.0.0', 'stdlib 1.22.3'];

  it.each([
    ['of today', { 'srv/app': go }],
    ['before Go 1.18, of Windows', { 'srv/app.exe': old }],
    ['with the name of an archive', { 'srv/app.zip': go }],
    ['with bytes behind it', { 'srv/app': Buffer.concat([go, Buffer.alloc(999)]) }],
  ])('%s', async (_, files) => {
    const { tree, image } = await read(files);
    expect(image).toEqual({ components: built, outcome: 'complete', why: [] });
    expect(tree).toEqual(image);
  });

  it('an archive behind a program does not explain it', async () => {
    const plain = packElf({ sections: [], writable: 'data' });
    const jar = packZip([
      { name: 'META-INF/maven/g/a/pom.properties', text: 'groupId=g\nartifactId=a\nversion=1\n' },
    ]);
    const { tree, image } = await read({ 'srv/a.jar': Buffer.concat([plain, jar]) });
    expect(image.outcome).toBe('partial');
    expect(tree.outcome).toBe('partial');
  });

  it('what it does not say makes it partial, and so does what cannot be read', async () => {
    const { tree, image } = await read({
      'srv/a': packGoProgram(),
      'srv/b': packGoProgram({ modules: 'dep\tx\n' }),
    });
    expect(image.why).toEqual([
      expect.stringContaining('does not say from which modules'),
      expect.stringContaining('belongs to no known component'),
      expect.stringContaining('not of it'),
    ]);
    expect(tree.why.slice(0, 2)).toEqual(image.why.slice(0, 2));
  });

  it('it is of the layer that brought it, also by the name of a hard link', async () => {
    const layers = [[file('srv/a', go, 0o755)], [hardLink('srv/b', 'srv/a'), whiteout('srv/a')]];
    const { components, outcome } = orThrow(await inventoryImage(makeImage(layers)));
    expect([components.map(({ locations }) => locations), outcome]).toEqual([
      [['srv/a'], ['srv/a'], ['srv/a']],
      'complete',
    ]);
  });

  it('it is read by parts in a folder, never whole', async () => {
    const large = packGoProgram({ modules: MODULES, section: '.go.buildinfo' });
    const padded = Buffer.concat([large, Buffer.alloc(4_000_000)]);
    const tree = makeTree({ 'srv/app': padded }, ['srv/app']);
    let bytes = 0;
    const counted = {
      ...tree,
      readPart: (...of: Parameters<typeof tree.readPart>) => {
        bytes += Math.min(of[1].length, padded.length);
        return tree.readPart(...of);
      },
    };
    await inventoryTree(counted, '.', { target: 'root-file-system' });
    expect(bytes).toBeLessThan(200_000);
  });
});
