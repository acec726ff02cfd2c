import { link, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseManifest } from '../../capabilities/registry/index.ts';
import { type Digest, parseDigest } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import { classifyErrno } from '../../system/files/errno.ts';
import { makeFolder } from '../../system/files/write-file.ts';
import { listNames, readSize } from './disk.ts';
import { buildPaths, listRepositories, type StoragePaths } from './storage.ts';

export interface GarbageOptions {
  /** What is younger stays: it may belong to a push that goes on. Milliseconds. */
  readonly ageMinMs: number;
  readonly nowMs: number;
  /** Only counts. */
  readonly dryRun: boolean;
  /** Called while files are away, before it is looked again who names them. */
  readonly moved?: (digests: readonly Digest[]) => Promise<void>;
}

export interface Garbage {
  /** Blobs that no manifest of their repository names, once for each repository. */
  readonly unnamed: number;
  /** Contents that no repository has. */
  readonly contents: number;
  readonly bytes: number;
}

/**
 * Removes what nobody can reach: blobs that no manifest of their repository names, then contents
 * that no repository has. A registry may run and take pushes meanwhile. Files are moved away first;
 * then it is looked once more who names them, and they are moved back if somebody does. A push
 * writes first who has it and then looks whether it is there, so one of both notices the other, and
 * nothing acknowledged is lost. What a run that was killed had moved away comes back first.
 */
export async function collectGarbage(root: string, options: GarbageOptions): Promise<Garbage> {
  const places = buildPaths(root);
  const away = new Away(root);
  await away.restore();
  let unnamed = 0;
  for (const name of await listRepositoriesWithBlobs(places))
    unnamed += await dropBlobs(places, name, away, options);
  return { unnamed, ...(await dropContents(places, away, options)) };
}

/** The folder of what was moved away, with the paths that it had. */
class Away {
  readonly #root: string;
  readonly #folder: string;

  constructor(root: string) {
    this.#root = root;
    this.#folder = join(root, 'removed');
  }

  /** False if it was gone. */
  async take(path: string): Promise<boolean> {
    const to = this.#find(path);
    await makeFolder(dirname(to));
    return rename(path, to).then(
      () => true,
      () => false,
    );
  }

  isOld(path: string, options: GarbageOptions): Promise<boolean> {
    return isOld(this.#find(path), options);
  }

  drop(path: string): Promise<void> {
    return rm(this.#find(path), { force: true });
  }

  /** A push may have written it again: then it stays as it is. */
  async giveBack(path: string): Promise<void> {
    const from = this.#find(path);
    await makeFolder(dirname(path));
    await link(from, path).catch((thrown: unknown) => {
      if (classifyErrno(thrown) !== 'exists') throw thrown;
    });
    await rm(from, { force: true });
  }

  async restore(): Promise<void> {
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true }).catch(
      () => [],
    );
    for (const entry of entries.filter((one) => one.isFile()))
      await this.giveBack(
        join(this.#root, relative(this.#folder, join(entry.parentPath, entry.name))),
      );
  }

  #find(path: string): string {
    return join(this.#folder, relative(this.#root, path));
  }
}

async function dropBlobs(
  places: StoragePaths,
  repository: string,
  away: Away,
  options: GarbageOptions,
): Promise<number> {
  const folder = join(places.repository(repository), '_blobs');
  const named = await listNamed(places, repository);
  const taken: { readonly path: string; readonly digest: Digest }[] = [];
  let dropped = 0;
  for (const file of await listNames(folder)) {
    const path = join(folder, file);
    const digest = readFileDigest(file);
    if (digest === null || named.has(digest) || !(await isOld(path, options))) continue;
    if (options.dryRun) dropped += 1;
    else if (await away.take(path)) taken.push({ path, digest });
  }
  if (taken.length === 0) return dropped;
  await options.moved?.(taken.map(({ digest }) => digest));
  const namedNow = await listNamed(places, repository);
  for (const { path, digest } of taken) {
    // mutant blob-named-meanwhile by registry-gc: condition -> false
    if (namedNow.has(digest) || !(await away.isOld(path, options))) await away.giveBack(path);
    else {
      await away.drop(path);
      dropped += 1;
    }
  }
  return dropped;
}

async function dropContents(
  places: StoragePaths,
  away: Away,
  options: GarbageOptions,
): Promise<Omit<Garbage, 'unnamed'>> {
  const had = await listHad(places, options);
  const taken: { readonly path: string; readonly digest: Digest; readonly size: number }[] = [];
  for (const algorithm of await listNames(places.blobs)) {
    for (const hex of await listNames(join(places.blobs, algorithm))) {
      const path = join(places.blobs, algorithm, hex);
      const digest = readFileDigest(`${algorithm}-${hex}`);
      if (digest === null || had.has(digest) || !(await isOld(path, options))) continue;
      const size = (await readSize(path)) ?? 0;
      if (options.dryRun || (await away.take(path))) taken.push({ path, digest, size });
    }
  }
  if (options.dryRun) return { contents: taken.length, bytes: addSizes(taken) };
  await options.moved?.(taken.map(({ digest }) => digest));
  const hadNow = taken.length === 0 ? had : await listHad(places, options);
  const dropped: typeof taken = [];
  for (const one of taken) {
    // mutant content-had-meanwhile by registry-gc: condition -> false
    if (hadNow.has(one.digest) || !(await away.isOld(one.path, options)))
      await away.giveBack(one.path);
    else {
      await away.drop(one.path);
      dropped.push(one);
    }
  }
  return { contents: dropped.length, bytes: addSizes(dropped) };
}

const addSizes = (all: readonly { readonly size: number }[]): number =>
  all.reduce((sum, { size }) => sum + size, 0);

/** A dry run takes what it would drop of a repository for dropped. */
async function listHad(
  places: StoragePaths,
  options: GarbageOptions,
): Promise<ReadonlySet<Digest>> {
  const had = new Set<Digest>();
  for (const name of await listRepositoriesWithBlobs(places)) {
    const folder = places.repository(name);
    const named = options.dryRun ? await listNamed(places, name) : null;
    for (const file of await listNames(join(folder, '_manifests'))) addDigest(had, file);
    for (const file of await listNames(join(folder, '_blobs'))) {
      const digest = readFileDigest(file);
      const stays =
        named === null ||
        (digest !== null && named.has(digest)) ||
        !(await isOld(join(folder, '_blobs', file), options));
      if (stays) addDigest(had, file);
    }
  }
  return had;
}

/** Whatever the manifests of a repository name. One that cannot be read names all: a Failure. */
async function listNamed(places: StoragePaths, repository: string): Promise<ReadonlySet<Digest>> {
  const named = new Set<Digest>();
  for (const file of await listNames(join(places.repository(repository), '_manifests'))) {
    const digest = readFileDigest(file);
    if (digest === null) continue;
    const bytes = await readFile(places.content(digest)).catch(() => null);
    if (bytes === null || bytes.length > LIMITS.manifestBytesMax) continue;
    const manifest = parseManifest(bytes, null);
    if (!manifest.ok) throw manifest.failure;
    const { value } = manifest;
    const blobs = value.kind === 'image' ? [value.config, ...value.layers] : value.manifests;
    for (const blob of blobs) named.add(blob.digest);
  }
  return named;
}

/** Also those that have blobs and no manifest: an upload that nobody finished. */
async function listRepositoriesWithBlobs(places: StoragePaths): Promise<readonly string[]> {
  return listRepositories(places.repositories, '', ['_manifests', '_blobs']);
}

function addDigest(to: Set<Digest>, file: string): void {
  const digest = readFileDigest(file);
  if (digest !== null) to.add(digest);
}

function readFileDigest(file: string): Digest | null {
  const digest = parseDigest(file.replace('-', ':'));
  return digest.ok ? digest.value : null;
}

async function isOld(path: string, { ageMinMs, nowMs }: GarbageOptions): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  return found !== null && nowMs - found.mtimeMs >= ageMinMs;
}
