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
  const source = await openLayoutSource(name, options);
  if (!source.ok) return source;
  const root = await source.value.root(name);
  if (root.ok) return ok({ source: source.value, root: root.value });
  await source.value.close();
  return failed(root.failure);
}

/** Opens all images of a file or folder; close the source at the end. */
export async function openLayoutSource(
  name: Pick<LayoutName, 'kind' | 'path'>,
  options: LayoutOptions = {},
): Promise<Result<LayoutSource>> {
  const container = await openContainer(name, options);
  if (!container.ok) return container;
  const open = name.kind === 'docker-archive' ? openDockerStore : openLayoutStore;
  const store = await attempt(async () => orThrow(await open(container.value)));
  if (store.ok) return ok(createSource(store.value));
  await container.value.close();
  return store;
}

async function openContainer(
  name: Pick<LayoutName, 'kind' | 'path'>,
  options: LayoutOptions,
): Promise<Result<Container>> {
  return name.kind === 'oci'
    ? ok(openFolder(name.path))
    : openArchive(name.path, options.temporary);
}
