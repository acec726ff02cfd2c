import type { Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { inventoryImage } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import type { TarItem } from '../../tools/image/tar.ts';
import { file, makeImage } from './images.ts';

/** Layers with the package files of Debian and npm, as small as an extractor needs them. */
export const OS = file('etc/os-release', 'ID=debian\nVERSION_ID="12"\n');

/** One package in the database of dpkg. */
export const stanza = (name: string, version = '1'): string =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n\n`;

export const dpkg = (...names: readonly string[]): TarItem =>
  file('var/lib/dpkg/status', names.map((name) => stanza(name)).join(''));

export const npm = (name: string): TarItem =>
  file(`app/node_modules/${name}/package.json`, `{"name":"${name}","version":"1.0.0"}`);

export async function inventoryLayers(layers: readonly (readonly TarItem[])[]): Promise<Inventory> {
  return orThrow(await inventoryImage(makeImage(layers)));
}

export const names = (inventory: Inventory): readonly string[] =>
  inventory.components.map(({ name }) => name);
