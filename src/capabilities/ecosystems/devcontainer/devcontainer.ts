import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import { blankComments } from '../../../formats/json/comments.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { createLineCounter } from '../../../formats/json/places.ts';
import {
  findNode,
  listEntries,
  parseYamlTrees,
  readScalar,
  type YamlNode,
} from '../../../formats/yaml/trees.ts';
import { CollectedManifest, findTemplate } from '../collected-manifest.ts';
import type { DeclarationReader } from '../declarations.ts';
import { isDockerfile } from '../dockerfile/dockerfile-format.ts';
import { takeBaseName } from '../extractor.ts';
import { type ManifestReading, mergeReadings } from '../manifest.ts';
import { wantFiles } from '../wanted-files.ts';

export const isDevcontainer = wantFiles({
  names: ['devcontainer.json', '.devcontainer.json'],
});

/** The digest of each feature, by its name in devcontainer.json. */
type FeatureLock = ReadonlyMap<string, string>;

export const devcontainerDeclarations: DeclarationReader = {
  wants: wantFiles(...isDevcontainer.names, {
    names: ['devcontainer-lock.json', '.devcontainer-lock.json'],
  }),
  read: async (paths, files) => {
    const readings = new Map<string, ManifestReading>();
    for (const file of paths.filter(isDevcontainer)) {
      files.signal?.throwIfAborted();
      const lockPath = file.replace(/\.json$/, '-lock.json');
      const hasLock = paths.includes(lockPath);
      const lock = hasLock
        ? await files.parse(lockPath, LIMITS.dependencyFileBytesMax, readFeatureLock)
        : null;
      const reading = await files.parse(file, LIMITS.dependencyFileBytesMax, (name, bytes) =>
        readDevcontainer(name, bytes, lock ?? undefined),
      );
      if (reading !== null) readings.set(file, reading);
    }
    return mergeReadings(readings, paths.length > 0);
  },
};

/** `devcontainer-lock.json` (containers.dev, lockfile): `resolved` has the digest. */
export function readFeatureLock(_: string, bytes: Uint8Array): Result<FeatureLock> {
  const read = readCommentedJson(bytes);
  if (!read.ok) return read;
  const locked = listEntries(findNode(read.value.root, 'features')).flatMap(([name, entry]) => {
    const resolved = readScalar(findNode(entry, 'resolved'));
    return resolved === null ? [] : [[name, resolved] as const];
  });
  return ok(new Map(locked));
}

/** Its image, its features and the images that it takes from a build (D11, D12). */
export function readDevcontainer(
  file: string,
  bytes: Uint8Array,
  lock: FeatureLock = new Map(),
): Result<ManifestReading> {
  const read = readCommentedJson(bytes);
  if (!read.ok) return read;
  const { text, root } = read.value;
  const countLine = createLineCounter(text);
  const collected = new CollectedManifest({
    file,
    text,
    trees: [],
    toLine: ({ start }) => countLine(start),
  });
  const image = findNode(root, 'image');
  if (image !== null) addImage(image, collected);
  for (const [name, node] of listEntries(findNode(root, 'features')))
    addFeature(name, node, lock.get(name), collected);
  const dockerfile = findNode(root, 'build', 'dockerfile') ?? findNode(root, 'dockerFile');
  const path = readScalar(dockerfile);
  // One of another name is not known to be a Dockerfile.
  if (dockerfile !== null && path !== null && !isDockerfile(takeBaseName(path)))
    collected.addUnread(dockerfile, 'dockerfile');
  else if (dockerfile !== null && path !== null) collected.addPath(dockerfile, path, 'dockerfile');
  const compose = findNode(root, 'dockerComposeFile');
  for (const other of compose?.kind === 'list' ? compose.items : [compose]) {
    if (other === null) continue;
    const named = readScalar(other) ?? '';
    if (!/\.ya?ml$/.test(named)) collected.addUnread(other, 'compose');
    else collected.addPath(other, named, 'compose');
  }
  return ok(collected);
}

function addImage(node: YamlNode, collected: CollectedManifest): void {
  collected.addImage(node, { open: findTemplate(readScalar(node) ?? '') });
}

/** A feature is an artifact of a registry, an archive at an address, or a folder of this tree. */
function addFeature(
  name: string,
  node: YamlNode,
  resolved: string | undefined,
  collected: CollectedManifest,
): void {
  if (/^\.{1,2}\//.test(name)) return;
  if (/^https?:\/\//.test(name)) collected.addAddress(node, name);
  else if (resolved !== undefined)
    collected.addImage(node, { text: resolved, written: name, notes: ['by the lock'] });
  else if (name.includes('/')) collected.addImage(node, { text: name, written: name });
  else collected.addImage(node, { text: name, written: name, open: 'it is a name of an old form' });
}

interface CommentedJson {
  /** Without a byte order mark. */
  readonly text: string;
  readonly root: YamlNode | null;
}

/** JSON with comments and trailing commas, which is YAML once they are blanks. */
function readCommentedJson(bytes: Uint8Array): Result<CommentedJson> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value.replace(/^\ufeff/, '');
  const trees = parseYamlTrees(blankComments(text), { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!trees.ok) return trees;
  const [root = null] = trees.value;
  return ok({ text, root });
}
