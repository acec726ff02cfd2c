import { Buffer } from 'node:buffer';
import { crc32, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
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

/** One entry of a test zip, and the false values that it can have. */
export interface ZipItem {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly stored?: boolean;
  readonly flags?: number;
  readonly method?: number;
  readonly size?: number;
  readonly crc?: number;
  /** A different name in the local header. */
  readonly localName?: string;
  /** Shares the bytes of the entry of this number. */
  readonly overlaps?: number;
}

/** A zip archive, after `prefix`. */
export function packZip(items: readonly ZipItem[], prefix: Uint8Array = new Uint8Array(0)): Buffer {
  const parts: Buffer[] = [Buffer.from(prefix)];
  const offsets: number[] = [];
  let at = prefix.length;
  const deflated = new Map<string | Uint8Array, Buffer>(); // a bomb repeats its content
  const packed = items.map((item) => {
    const raw = Buffer.from(item.content);
    if (item.stored === true) return { item, raw, data: raw };
    const data = deflated.get(item.content) ?? deflateRawSync(raw);
    deflated.set(item.content, data);
    return { item, raw, data };
  });
  for (const { item, raw, data } of packed) {
    if (item.overlaps !== undefined) {
      offsets.push(offsets[item.overlaps] ?? 0);
      continue;
    }
    offsets.push(at);
    const name = Buffer.from(item.localName ?? item.name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(0x04034b50, 0);
    header.writeUInt16LE(item.stored === true ? 0 : 8, 8);
    header.writeUInt32LE(crc32(raw), 14);
    header.writeUInt32LE(data.length, 18);
    header.writeUInt32LE(raw.length, 22);
    header.writeUInt16LE(name.length, 26);
    parts.push(header, name, data);
    at += header.length + name.length + data.length;
  }
  const start = at;
  for (const [index, { item, raw, data }] of packed.entries()) {
    const name = Buffer.from(item.name);
    const header = Buffer.alloc(46);
    header.writeUInt32LE(0x02014b50, 0);
    header.writeUInt16LE(item.flags ?? 0, 8);
    header.writeUInt16LE(item.method ?? (item.stored === true ? 0 : 8), 10);
    header.writeUInt32LE(item.crc ?? crc32(raw), 16);
    header.writeUInt32LE(data.length, 20);
    header.writeUInt32LE(item.size ?? raw.length, 24);
    header.writeUInt16LE(name.length, 28);
    header.writeUInt32LE((offsets[index] ?? 0) - prefix.length, 42);
    parts.push(header, name);
    at += header.length + name.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(items.length, 8);
  end.writeUInt16LE(items.length, 10);
  end.writeUInt32LE(at - start, 12);
  end.writeUInt32LE(start - prefix.length, 16);
  return Buffer.concat([...parts, end]);
}
