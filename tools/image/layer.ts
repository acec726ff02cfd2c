import { gzipSync } from 'node:zlib';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { type Digest, sha256 } from '../../src/core/digest.ts';
import { packTar, type TarItem } from './tar.ts';

/**
 * One file, link or folder of a layer. `path` has no leading `/`, no `.` and no `..`; folders above
 * it need not be named.
 */
export type LayerFile = FileOwner &
  (
    | { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number }
    | { readonly path: string; readonly link: string }
    | { readonly path: string; readonly directory: true; readonly mode?: number }
  );

interface FileOwner {
  /** 0 (root) by default. */
  readonly uid?: number;
  readonly gid?: number;
}

export interface LayerOptions {
  /** The time of every entry, in seconds since 1970 (SOURCE_DATE_EPOCH); 0 by default. */
  readonly epoch?: number;
}

export interface Layer {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  /** The digest of the archive before compression, which does not depend on the compressor. */
  readonly diffId: Digest;
}

export const OCI_LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

/**
 * Makes a layer whose bytes depend only on its files: entries in byte order, one time, the given
 * modes, a fixed gzip header. The order of the files, the user, the place and the time have no
 * effect (D9, B11).
 *
 * @example packLayer([{ path: 'app/main.js', content: 'start();' }])
 */
export function packLayer(files: readonly LayerFile[], { epoch = 0 }: LayerOptions = {}): Layer {
  const tar = packTar(sorted(files).map((file) => toTarItem(file, epoch)));
  const bytes = deterministicGzip(tar);
  return {
    descriptor: { mediaType: OCI_LAYER_GZIP, digest: sha256(bytes), size: bytes.length },
    bytes,
    diffId: sha256(tar),
  };
}

/**
 * Each path once, folders before their content, and every folder named, because unpackers give
 * unnamed folders any mode.
 */
function sorted(files: readonly LayerFile[]): readonly LayerFile[] {
  const all = new Map<string, LayerFile>();
  for (const file of files) {
    if (!isClean(file.path))
      throw new RangeError(`not a path for a layer: ${JSON.stringify(file.path)}`);
    if (all.has(file.path)) throw new RangeError(`${file.path} occurs twice`);
    all.set(file.path, file);
  }
  for (const path of [...all.keys()].flatMap(foldersAbove)) {
    const there = all.get(path);
    if (there === undefined) all.set(path, { path, directory: true });
    else if (!('directory' in there))
      throw new RangeError(`${path} is not a folder, but another path is below it`);
  }
  return [...all.values()].sort((one, other) =>
    Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)),
  );
}

function isClean(path: string): boolean {
  return (
    path.isWellFormed() &&
    !path.includes('\0') &&
    path.split('/').every((part) => !['', '.', '..'].includes(part))
  );
}

/** `a/b/c` → `a`, `a/b`. */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join('/'));
}

function toTarItem(file: LayerFile, epoch: number): TarItem {
  const common = { path: file.path, uid: file.uid ?? 0, gid: file.gid ?? 0, mtime: epoch };
  if ('link' in file) return { ...common, flag: '2', link: file.link, mode: 0o777 };
  if ('directory' in file)
    return { ...common, path: `${file.path}/`, flag: '5', mode: file.mode ?? 0o755 };
  return { ...common, content: file.content, mode: file.mode ?? 0o644 };
}

/**
 * gzip (RFC 1952) without name and time, and with an unknown operating system, because zlib would
 * write the present one. The deflated bytes are those of the zlib in the pinned Node.js. With
 * another zlib the bytes may differ, but the diff ID stays the same.
 */
export function deterministicGzip(bytes: Uint8Array): Uint8Array {
  const packed = gzipSync(bytes, { level: 6 });
  packed.writeUInt32LE(0, 4);
  packed.writeUInt8(0, 8);
  packed.writeUInt8(255, 9);
  return packed;
}
