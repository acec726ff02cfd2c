import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { inventoryImage, inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { packTar, type TarItem } from '../../tools/image/tar.ts';
import { file, link, makeImage, whiteout } from '../support/images.ts';
import { peer } from '../support/peer.ts';

const umoci = process.getuid?.() === 0 ? peer('umoci') : null;
if (umoci === null) console.warn('skipped: layers are compared with umoci, as root');

const IMAGES = 60;
const status = 'Status: install ok installed\nVersion: 1\n';
const folders = [
  'var/lib',
  'var/lib/dpkg',
  'opt',
  'opt/dpkg',
  'y',
  'app',
  'app/node_modules',
  'app/node_modules/x',
];
const ends = ['/opt', '../opt', '../../y', '/y', '/app', 'opt/status', '/opt/dpkg'];
const item: fc.Arbitrary<TarItem> = fc.oneof(
  fc
    .tuple(fc.constantFrom('var/lib/dpkg/status', 'opt/status', 'opt/dpkg/status'), fc.nat(9))
    .map(([path, n]) => file(path, `Package: d${n}\n${status}`)),
  fc
    .tuple(fc.constantFrom('app/node_modules/x/package.json', 'y/package.json'), fc.nat(9))
    .map(([path, n]) => file(path, `{"name":"p${n}","version":"1.0.0"}`)),
  fc
    .tuple(fc.constantFrom(...folders, 'var/lib/dpkg/status'), fc.constantFrom(...ends))
    .map(([path, end]) => link(path, end)),
  fc.constantFrom(...folders, 'opt/status').map(whiteout),
  fc
    .constantFrom(...folders)
    .map((path): TarItem => ({ path: `${path}/`, flag: '5', mode: 0o755 })),
);
const image = fc.array(fc.array(item, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 3,
});

/** The root file system that umoci makes of layers; null for layers that it refuses. */
function unpack(layers: readonly (readonly TarItem[])[], folder: string): string | null {
  const run = (...args: readonly string[]): void =>
    void execFileSync(umoci ?? '', args, { stdio: 'ignore', cwd: folder });
  try {
    run('init', '--layout', 'oci');
    run('new', '--image', 'oci:t');
    for (const [index, items] of layers.entries()) {
      writeFileSync(join(folder, `${index}.tar`), packTar(items));
      run('raw', 'add-layer', '--image', 'oci:t', `${index}.tar`);
    }
    run('unpack', '--image', 'oci:t', 'bundle');
    return join(folder, 'bundle/rootfs');
  } catch {
    return null;
  }
}

const names = ({ components }: Inventory): readonly string[] => components.map(({ name }) => name);

describe.skipIf(umoci === null)('random layers with links, whiteouts and replaced folders', () => {
  it('have the same packages as when umoci unpacks them to disk', async () => {
    let compared = 0;
    for (const layers of fc.sample(image, { numRuns: IMAGES, seed: 20_261_122 })) {
      const scratch = mkdtempSync(join(tmpdir(), 'waybill-layers-'));
      const root = unpack(layers, scratch);
      if (root !== null) {
        const unpacked = await inventoryTree(orThrow(openFileTree(root)), 'rootfs', {
          target: 'root-file-system',
        });
        const streamed = orThrow(await inventoryImage(makeImage(layers)));
        expect([JSON.stringify(layers), names(streamed)]).toEqual([
          JSON.stringify(layers),
          names(unpacked),
        ]);
        compared++;
      }
      rmSync(scratch, { recursive: true, force: true });
    }
    expect(compared).toBeGreaterThan(IMAGES / 3);
  });
});
