import { Buffer } from 'node:buffer';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type {
  FileTree,
  ImageContent,
  LayerContent,
  TreeEntry,
} from '../../src/capabilities/inventory/index.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { fail, ok } from '../../src/core/result.ts';
import { packTar, type TarItem } from '../../tools/image/tar.ts';

export { packTar, paxRecord, type TarItem, tarHeader } from '../../tools/image/tar.ts';

export function file(path: string, content: string | Uint8Array = '', mode = 0o644): TarItem {
  return { path, content, mode };
}

export function link(path: string, target: string): TarItem {
  return { path, flag: '2', link: target };
}

export function hardLink(path: string, target: string): TarItem {
  return { path, flag: '1', link: target };
}

export function folder(path: string): TarItem {
  return { path: `${path}/`, flag: '5' };
}

export function whiteout(path: string): TarItem {
  const slash = path.lastIndexOf('/') + 1;
  return file(`${path.slice(0, slash)}.wh.${path.slice(slash)}`);
}

export type Compression = 'none' | 'gzip' | 'zstd';

/** A layer in the form of a registry. */
export function makeLayer(
  tar: Uint8Array,
  compression: Compression = 'gzip',
): { content: LayerContent; diffId: Digest } {
  const packed =
    compression === 'gzip'
      ? gzipSync(tar)
      : compression === 'zstd'
        ? zstdCompressSync(tar)
        : Buffer.from(tar);
  return { content: toLayerContent(packed), diffId: sha256(tar) };
}

/** Bytes under their own digest, in uneven pieces. */
export function toLayerContent(bytes: Uint8Array): LayerContent {
  const mediaType = 'application/vnd.oci.image.layer.v1.tar';
  return {
    descriptor: { mediaType, digest: sha256(bytes), size: bytes.length },
    open: () => pieces(bytes),
  };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0, step = 1; at < bytes.length; at += step, step = (step * 7 + 3) % 70_001)
    yield bytes.subarray(at, at + step);
}

export function makeImage(
  layers: readonly (readonly TarItem[])[],
  compression: Compression = 'gzip',
): ImageContent {
  return makeImageFromLayers(layers.map((items) => makeLayer(packTar(items), compression)));
}

export function makeImageFromLayers(
  layers: readonly { content: LayerContent; diffId: Digest }[],
): ImageContent {
  const diffIds = layers.map(({ diffId }) => diffId);
  const config = Buffer.from(
    JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: diffIds },
    }),
  );
  return {
    digest: sha256(config),
    platform: { os: 'linux', architecture: 'amd64' },
    config,
    layers: layers.map(({ content }) => content),
  };
}

/** A tree in memory: texts and bytes are files, `{ link }` is a symlink. */
export type Files = Readonly<Record<string, string | Uint8Array | { readonly link: string }>>;

export function makeTree(files: Files, executables: readonly string[] = []): FileTree {
  const bytesAt = (path: string): Buffer | null => {
    const content = Object.hasOwn(files, path) ? files[path] : undefined;
    return typeof content === 'string' || content instanceof Uint8Array
      ? Buffer.from(content)
      : null;
  };
  return {
    async *entries(options) {
      for (const path of shallowFirst(Object.keys(files))) {
        const parents = path.split('/').map((_, at, parts) => parts.slice(0, at).join('/'));
        if (parents.slice(1).some((parent) => options?.descend?.(parent) === false)) continue;
        yield toTreeEntry(path, files[path], executables.includes(path));
      }
    },
    read: async (path, bytesMax) => {
      const bytes = bytesAt(path);
      if (bytes === null) return fail('FILE_NOT_FOUND', `${path} is not there`, 'Check the path.');
      return bytes.length > bytesMax
        ? fail('LIMIT_EXCEEDED', `${path} is too long`, 'Shorten it.')
        : ok(bytes);
    },
    readPart: async (path, { offset, length }) => {
      const bytes = bytesAt(path);
      if (bytes === null) return fail('FILE_NOT_FOUND', `${path} is not there`, 'Check the path.');
      return ok(bytes.subarray(offset, offset + length));
    },
    open: (path) => pieces(bytesAt(path) ?? Buffer.alloc(0)),
  };
}

function toTreeEntry(
  path: string,
  content: Files[string] | undefined,
  executable: boolean,
): TreeEntry {
  if (typeof content === 'object' && !(content instanceof Uint8Array))
    return { path, kind: 'symlink', size: 0, target: content.link };
  return { path, kind: 'file', size: Buffer.from(content ?? '').length, executable };
}

function shallowFirst(paths: readonly string[]): readonly string[] {
  const depth = (path: string): number => path.split('/').length;
  return [...paths].sort((one, other) => depth(one) - depth(other) || (one < other ? -1 : 1));
}
