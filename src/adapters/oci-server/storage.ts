import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Manifest, toReferrer } from '../../capabilities/registry/index.ts';
import { type Descriptor, parseDescriptor } from '../../core/descriptor.ts';
import { type Digest, parseDigest, readAlgorithm, takeHex } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { isAbsent } from '../../system/files/errno.ts';
import { makeFolder, renameInto, writeDurably } from '../../system/files/write-file.ts';
import { listNames, readSize, remove, removeStale } from './disk.ts';

/**
 * The folder of an embedded registry. Each content is stored once, as in an image layout
 * (`blobs/sha256/<hex>`). Small files beside it record which repository has the content, and its
 * tags and referrers. Each file appears whole and synced, and each referrer is a file of its own,
 * so pushes need no lock: the order of the pushes does not change the result. Repository names are
 * checked before they reach this code; their parts cannot begin with `_`, `.` or `/`.
 */
export interface RegistryStorage {
  readonly scratch: string;
  blobSize(repository: string, digest: Digest): Promise<number | null>;
  blobPath(digest: Digest): string;
  /** Takes over a synced file as the content of `digest`. */
  keepBlob(repository: string, digest: Digest, file: string): Promise<void>;
  /**
   * Gives the content of one repository to another repository too. False if the content is missing.
   */
  mountBlob(from: string, to: string, digest: Digest): Promise<boolean>;
  deleteBlob(repository: string, digest: Digest): Promise<boolean>;
  keepManifest(
    repository: string,
    descriptor: Descriptor,
    bytes: Uint8Array,
    manifest: Manifest,
  ): Promise<void>;
  manifest(repository: string, digest: Digest): Promise<StoredManifest | null>;
  deleteManifest(repository: string, digest: Digest, manifest: Manifest | null): Promise<boolean>;
  setTag(repository: string, tag: string, digest: Digest): Promise<void>;
  tag(repository: string, tag: string): Promise<Digest | null>;
  deleteTag(repository: string, tag: string): Promise<boolean>;
  /** All tags, sorted. Null if the repository does not exist. */
  tags(repository: string): Promise<readonly string[] | null>;
  referrers(repository: string, subject: Digest): Promise<readonly Descriptor[]>;
  /** The names of all repositories that have content, sorted. */
  repositories(): Promise<readonly string[]>;
  /** How many bytes the content of a repository has, blobs and manifests. */
  countBytes(repository: string): Promise<number>;
}

export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

export async function openStorage(root: string, nowMs: number): Promise<RegistryStorage> {
  const scratch = join(root, 'uploads');
  const writeFile: WriteFile = (path, bytes) =>
    writeDurably(path, [bytes], { scratch, mode: 0o600 });
  await makeFolder(scratch);
  await makeFolder(join(root, 'blobs', 'sha256'));
  await writeFile(join(root, 'oci-layout'), encode('{"imageLayoutVersion":"1.0.0"}'));
  await removeStale(scratch, nowMs);
  const places = buildPaths(root);
  return {
    scratch,
    ...createBlobStore(places, writeFile),
    ...createManifestStore(places, writeFile),
    ...tags(places, writeFile),
    countBytes: (repository) => countBytes(places, repository),
    repositories: async () => (await listRepositories(places.repositories, '')).sort(),
  };
}

export type StoragePaths = ReturnType<typeof buildPaths>;

export function buildPaths(root: string) {
  const repositories = join(root, 'repositories');
  const repository = (name: string) => join(repositories, ...name.split('/'));
  const file = (digest: Digest) => `${readAlgorithm(digest)}-${takeHex(digest)}`;
  return {
    repositories,
    repository,
    blobs: join(root, 'blobs'),
    content: (digest: Digest) => join(root, 'blobs', readAlgorithm(digest), takeHex(digest)),
    blob: (name: string, digest: Digest) => join(repository(name), '_blobs', file(digest)),
    manifest: (name: string, digest: Digest) => join(repository(name), '_manifests', file(digest)),
    tags: (name: string) => join(repository(name), '_tags'),
    tag: (name: string, tag: string) => join(repository(name), '_tags', toTagFile(tag)),
    referrers: (name: string, subject: Digest) =>
      join(repository(name), '_referrers', file(subject)),
    referrer: (name: string, subject: Digest, digest: Digest) =>
      join(repository(name), '_referrers', file(subject), file(digest)),
  };
}

/**
 * Tags differ by case, but some file systems ignore case: an upper-case letter is written as `=`
 * and the lower-case letter.
 */
function toTagFile(tag: string): string {
  return tag.replace(/[A-Z]/g, (letter) => `=${letter.toLowerCase()}`);
}

function parseTagFile(file: string): string {
  return file.replace(/=([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

type WriteFile = (path: string, bytes: Uint8Array) => Promise<void>;

function createBlobStore(places: StoragePaths, writeFile: WriteFile) {
  const blobSize = async (repository: string, digest: Digest) => {
    const member = await readSize(places.blob(repository, digest));
    return member === null ? null : readSize(places.content(digest));
  };
  return {
    blobSize,
    blobPath: places.content,
    keepBlob: async (repository: string, digest: Digest, file: string) => {
      await renameInto(file, places.content(digest));
      await writeFile(places.blob(repository, digest), encode(''));
      // gc removes content first and then looks who has it: what is here now stays.
      if ((await blobSize(repository, digest)) === null) throw new Error('the content is gone');
    },
    mountBlob: async (from: string, to: string, digest: Digest) => {
      if ((await blobSize(from, digest)) === null) return false;
      await writeFile(places.blob(to, digest), encode(''));
      return (await blobSize(to, digest)) !== null;
    },
    deleteBlob: (repository: string, digest: Digest) => remove(places.blob(repository, digest)),
  };
}

function createManifestStore(places: StoragePaths, writeFile: WriteFile) {
  return {
    keepManifest: async (
      repository: string,
      descriptor: Descriptor,
      bytes: Uint8Array,
      manifest: Manifest,
    ) => {
      const { digest } = descriptor;
      await writeFile(places.content(digest), bytes);
      await writeFile(places.manifest(repository, digest), encode(JSON.stringify(descriptor)));
      if (manifest.subject === null) return;
      const entry = encode(JSON.stringify(toReferrer(descriptor, manifest)));
      await writeFile(places.referrer(repository, manifest.subject.digest, digest), entry);
    },
    manifest: async (repository: string, digest: Digest) => {
      const descriptor = await readDescriptor(places.manifest(repository, digest));
      if (descriptor === null) return null;
      const bytes = await readBounded(places.content(digest), LIMITS.manifestBytesMax);
      return bytes === null ? null : { descriptor, bytes };
    },
    deleteManifest: async (repository: string, digest: Digest, manifest: Manifest | null) => {
      const there = await remove(places.manifest(repository, digest));
      if (manifest?.subject)
        await remove(places.referrer(repository, manifest.subject.digest, digest));
      for (const file of await listNames(places.tags(repository))) {
        const tag = await readDigest(join(places.tags(repository), file));
        if (tag === digest) await remove(join(places.tags(repository), file));
      }
      return there;
    },
    referrers: async (repository: string, subject: Digest) => {
      const folder = places.referrers(repository, subject);
      const entries: Descriptor[] = [];
      for (const file of await listNames(folder)) {
        const entry = await readDescriptor(join(folder, file));
        if (entry !== null) entries.push(entry);
      }
      return entries;
    },
  };
}

function tags(places: StoragePaths, writeFile: WriteFile) {
  return {
    setTag: (repository: string, tag: string, digest: Digest) =>
      writeFile(places.tag(repository, tag), encode(digest)),
    tag: (repository: string, tag: string) => readDigest(places.tag(repository, tag)),
    deleteTag: (repository: string, tag: string) => remove(places.tag(repository, tag)),
    tags: async (repository: string) => {
      const files = await listNames(places.tags(repository));
      if (files.length > 0) return files.map(parseTagFile).sort();
      const folders = await listNames(places.repository(repository));
      return folders.some((name) => name.startsWith('_')) ? [] : null;
    },
  };
}

async function countBytes(places: StoragePaths, repository: string): Promise<number> {
  const folder = places.repository(repository);
  let bytes = 0;
  for (const kind of ['_blobs', '_manifests'])
    for (const file of await listNames(join(folder, kind))) {
      const digest = parseDigest(file.replace('-', ':'));
      if (digest.ok) bytes += (await readSize(places.content(digest.value))) ?? 0;
    }
  return bytes;
}

/** A repository may have others below it: `shop` and `shop/app`. One has something of a kind. */
export async function listRepositories(
  folder: string,
  name: string,
  kinds: readonly string[] = ['_manifests'],
): Promise<string[]> {
  const entries = await listNames(folder);
  const found: string[] = [];
  for (const kind of kinds.filter((one) => entries.includes(one)))
    if (found.length === 0 && (await listNames(join(folder, kind))).length > 0) found.push(name);
  for (const entry of entries.filter((one) => !one.startsWith('_')))
    found.push(
      ...(await listRepositories(
        join(folder, entry),
        name === '' ? entry : `${name}/${entry}`,
        kinds,
      )),
    );
  return found;
}

async function readDigest(path: string): Promise<Digest | null> {
  const bytes = await readBounded(path, 256);
  const digest = bytes === null ? null : parseDigest(new TextDecoder().decode(bytes));
  return digest?.ok ? digest.value : null;
}

async function readDescriptor(path: string): Promise<Descriptor | null> {
  const bytes = await readBounded(path, LIMITS.manifestBytesMax);
  if (bytes === null) return null;
  const json = parseJson(bytes, { bytesMax: LIMITS.manifestBytesMax });
  const descriptor = json.ok ? parseDescriptor(json.value) : json;
  return descriptor.ok ? descriptor.value : null;
}

async function readBounded(path: string, bytesMax: number): Promise<Uint8Array | null> {
  try {
    const size = await readSize(path);
    return size === null || size > bytesMax ? null : await readFile(path);
  } catch (thrown) {
    if (isAbsent(thrown)) return null;
    throw thrown;
  }
}

/** Opens content for reading, so that a stream still works if the content is deleted meanwhile. */
export async function openContent(path: string) {
  const file = await open(path, 'r');
  return { file, size: (await file.stat()).size };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
