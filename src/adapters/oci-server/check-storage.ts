import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseManifest } from '../../capabilities/registry/index.ts';
import { type Digest, parseDigest, readAlgorithm, takeHex } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { hashFile } from '../../system/files/hash-file.ts';
import { listNames, readSize } from './disk.ts';
import { buildPaths, listRepositories, type StoragePaths } from './storage.ts';

/** Something that a client would not get as it was pushed. */
export interface StorageFlaw {
  readonly repository: string | null;
  readonly digest: string;
  readonly what: 'other bytes' | 'missing' | 'unreadable manifest' | 'tag of nothing';
}

export interface StorageCheck {
  readonly repositories: number;
  readonly contents: number;
  readonly flaws: readonly StorageFlaw[];
  /** More flaws than are listed. */
  readonly isCut: boolean;
}

/**
 * Reads every content of a registry's folder again, and looks for everything that manifests and
 * tags name. Nothing is written; a registry may run meanwhile.
 */
export async function checkStorage(root: string, signal: AbortSignal): Promise<StorageCheck> {
  const places = buildPaths(root);
  const flaws: StorageFlaw[] = [];
  const contents = await checkContents(places, flaws, signal);
  const names = await listRepositories(places.repositories, '', ['_manifests', '_tags']);
  for (const name of names) {
    signal.throwIfAborted();
    await checkRepositoryFiles(places, name, flaws);
  }
  const listed = flaws.slice(0, LIMITS.pageRowsMax);
  return {
    ...{ repositories: names.length, contents, flaws: listed },
    isCut: listed.length < flaws.length,
  };
}

async function checkContents(
  places: StoragePaths,
  flaws: StorageFlaw[],
  signal: AbortSignal,
): Promise<number> {
  let contents = 0;
  for (const algorithm of await listNames(places.blobs))
    for (const hex of await listNames(join(places.blobs, algorithm))) {
      signal.throwIfAborted();
      const digest = parseDigest(`${algorithm}:${hex}`);
      if (!digest.ok) continue;
      contents += 1;
      const found = await hashFile(places.content(digest.value), readAlgorithm(digest.value));
      // mutant damaged-content-is-right by registry-gc: condition -> false
      if (found.hex !== takeHex(digest.value))
        flaws.push({ repository: null, digest: digest.value, what: 'other bytes' });
    }
  return contents;
}

async function checkRepositoryFiles(
  places: StoragePaths,
  repository: string,
  flaws: StorageFlaw[],
): Promise<void> {
  const add = (digest: string, what: StorageFlaw['what']): void =>
    void flaws.push({ repository, digest, what });
  const folder = places.repository(repository);
  const manifests = new Set<string>();
  for (const file of await listNames(join(folder, '_manifests'))) {
    const digest = parseDigest(file.replace('-', ':'));
    if (!digest.ok) continue;
    manifests.add(digest.value);
    const bytes = await readFile(places.content(digest.value)).catch(() => null);
    if (bytes === null) {
      add(digest.value, 'missing');
      continue;
    }
    const manifest = parseManifest(bytes, null);
    if (!manifest.ok) add(digest.value, 'unreadable manifest');
    else await checkNamed(places, repository, manifest.value, add);
  }
  for (const file of await listNames(join(folder, '_tags'))) {
    const text = await readFile(join(folder, '_tags', file), 'utf8').catch(() => '');
    if (!manifests.has(text)) add(text.slice(0, 200), 'tag of nothing');
  }
}

async function checkNamed(
  places: StoragePaths,
  repository: string,
  manifest: (ReturnType<typeof parseManifest> & { readonly ok: true })['value'],
  add: (digest: Digest, what: StorageFlaw['what']) => void,
): Promise<void> {
  if (manifest.kind === 'index') {
    for (const { digest } of manifest.manifests)
      if ((await readSize(places.manifest(repository, digest))) === null) add(digest, 'missing');
    return;
  }
  for (const { digest, mediaType } of [manifest.config, ...manifest.layers]) {
    if (/\.(?:nondistributable|foreign)\./.test(mediaType)) continue;
    const isHad = (await readSize(places.blob(repository, digest))) !== null;
    if (!isHad || (await readSize(places.content(digest))) === null) add(digest, 'missing');
  }
}
