import type { Descriptor } from '../../core/descriptor.ts';
import { attempt, failed, ok, orThrow, type Result } from '../../core/result.ts';
import { openArchive } from './archive.ts';
import type { Container } from './container.ts';
import { openDockerStore } from './docker-archive.ts';
import { openFolder } from './folder.ts';
import { createSource, type LayoutSource } from './source.ts';
import { openLayoutStore } from './store.ts';
import type { LayoutName } from './target.ts';

export interface OpenedLayout {
  readonly source: LayoutSource;
  /** The image that the name means, resolved once. */
  readonly root: Descriptor;
}

export interface LayoutOptions {
  /**
   * Folder in which a compressed archive is unpacked. Without it: the system's folder for temporary
   * files.
   */
  readonly temporary?: string;
}

/**
 * Opens an image on disk and finds the image that its name means. Close the source at the end.
 *
 * @example const opened = await openLayout(orThrow(parseLayoutName('oci:build/image:1.4')));
 */
export async function openLayout(
  name: LayoutName,
  options: LayoutOptions = {},
): Promise<Result<OpenedLayout>> {
  const container = await openContainer(name, options);
  if (!container.ok) return container;
  const open = name.kind === 'docker-archive' ? openDockerStore : openLayoutStore;
  const store = await attempt(async () => orThrow(await open(container.value)));
  if (!store.ok) {
    await container.value.close();
    return store;
  }
  const source = createSource(store.value);
  const root = await source.root(name);
  if (root.ok) return ok({ source, root: root.value });
  await source.close();
  return failed(root.failure);
}

async function openContainer(name: LayoutName, options: LayoutOptions): Promise<Result<Container>> {
  return name.kind === 'oci'
    ? ok(openFolder(name.path))
    : openArchive(name.path, options.temporary);
}
