import type { Extraction, Inventory } from '../../src/capabilities/ecosystems/index.ts';
import { extractLinked } from '../../src/capabilities/ecosystems/npm/linked/linked-extraction.ts';
import { findLinkedFormat } from '../../src/capabilities/ecosystems/npm/linked/lock-table.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';
import { makeTree } from './images.ts';
import type { Files } from './npm-project.ts';

export const SHA512 = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
export const HEX512 = '07'.repeat(64);

/** What one lock says, without its manifests; its name says which package manager wrote it. */
export function extractLock(path: string, text: string): Extraction {
  const format = findLinkedFormat(path);
  if (format === null) throw new Error(`${path} is no lock`);
  return extractLinked(orThrow(format.read(path, Buffer.from(text))));
}

/**
 * Each package as `name@version`, `(dev)` where it is only for development, and what it needs.
 *
 * @example ['a@1.0.0 > b@2.0.0', 'b@2.0.0']
 */
export function describeDrafts({ drafts }: Extraction): readonly string[] {
  const names = new Map(drafts.map(({ key, name, version }) => [key, `${name}@${version}`]));
  return drafts
    .map(({ key, needs, development }) => {
      const needed = needs.map((need) => names.get(need) ?? `?${need}`).sort();
      const arrow = needed.length === 0 ? '' : ` > ${needed.join(' ')}`;
      return `${names.get(key)}${development ? ' (dev)' : ''}${arrow}`;
    })
    .sort();
}

export const listMessages = ({ skips }: Pick<Extraction, 'skips'>): readonly string[] =>
  skips.map(({ cause }) => cause.message);

/** The inventory of a source tree with these files. */
export async function takeInventory(files: Files): Promise<Inventory> {
  const texts = Object.entries(files).map(([path, content]) => [
    path,
    typeof content === 'string' ? content : JSON.stringify(content),
  ]);
  return inventoryTree(makeTree(Object.fromEntries(texts) as Record<string, string>), '.');
}
