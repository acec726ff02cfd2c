import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';

/** Files of one layer: each with so many bytes that a compressor shortens by about half. */
export interface LayerPlan {
  readonly files: number;
  readonly bytes: number;
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly diffId: string;
}

const BLOCK = 512;
const FILES_IN_FOLDER = 1_000;

/** Writes an OCI layout with such layers as a stream; nothing of it is held. */
export async function writeLargeImage(
  folder: string,
  plans: readonly LayerPlan[],
): Promise<string> {
  const blobs = join(folder, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const layers: Blob[] = [];
  for (const [at, plan] of plans.entries()) layers.push(await writeLayer(blobs, at, plan));
  const type = 'application/vnd.oci.image';
  const config = writeBlob(blobs, {
    architecture: 'amd64',
    os: 'linux',
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  });
  const manifest = writeBlob(blobs, {
    schemaVersion: 2,
    mediaType: `${type}.manifest.v1+json`,
    config: { mediaType: `${type}.config.v1+json`, ...config },
    layers: layers.map(({ digest, size }) => ({
      ...{ mediaType: `${type}.layer.v1.tar+gzip`, digest, size },
    })),
  });
  const named = { 'org.opencontainers.image.ref.name': 'large' };
  const entry = { mediaType: `${type}.manifest.v1+json`, ...manifest, annotations: named };
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(
    join(folder, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
  );
  return `oci:${folder}:large`;
}

function writeBlob(blobs: string, content: object): Omit<Blob, 'diffId'> {
  const bytes = Buffer.from(JSON.stringify(content));
  const hex = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(blobs, hex), bytes);
  return { digest: `sha256:${hex}`, size: bytes.length };
}

async function writeLayer(blobs: string, at: number, plan: LayerPlan): Promise<Blob> {
  const plain = createHash('sha256');
  const packed = createHash('sha256');
  const path = join(blobs, `layer-${at}`);
  let size = 0;
  const hashPlain = async function* hashPlain(): AsyncGenerator<Buffer> {
    for (const piece of makeTar(at, plan)) {
      plain.update(piece);
      yield piece;
    }
  };
  await pipeline(
    Readable.from(hashPlain(), { objectMode: false }),
    createGzip({ level: 6 }),
    createWriteStream(path),
  );
  for await (const piece of createReadStream(path)) {
    packed.update(piece as Buffer);
    size += (piece as Buffer).length;
  }
  const hex = packed.digest('hex');
  renameSync(path, join(blobs, hex));
  return { digest: `sha256:${hex}`, size, diffId: `sha256:${plain.digest('hex')}` };
}

function* makeTar(layer: number, { files, bytes }: LayerPlan): Generator<Buffer> {
  const content = makeContent(layer, bytes);
  const header = Buffer.alloc(BLOCK);
  let pieces: Buffer[] = [];
  for (let at = 0; at < files; at++) {
    const folder = Math.floor(at / FILES_IN_FOLDER);
    pieces.push(writeHeader(header, `srv/layer-${layer}/${folder}/file-${at}.dat`, bytes));
    if (bytes > 0) pieces.push(content);
    if (pieces.length >= (bytes > 0 ? 16 : 512)) {
      yield Buffer.concat(pieces);
      pieces = [];
    }
  }
  yield Buffer.concat([...pieces, Buffer.alloc(2 * BLOCK)]);
}

/** Whole blocks: half of it is noise, as in compiled code. */
function makeContent(seed: number, bytes: number): Buffer {
  const blocks = Math.ceil(bytes / BLOCK);
  const noise = Array.from({ length: blocks }, (_, at) => {
    const hash = createHash('sha512').update(`${seed}-${at}`).digest();
    return Buffer.concat([hash, hash, hash, hash, Buffer.from('waybill '.repeat(32))], BLOCK);
  });
  const content = Buffer.concat(noise);
  content.fill(0, bytes);
  return content;
}

/** POSIX ustar: name, mode, owner, group, size, time, checksum, type. */
function writeHeader(header: Buffer, name: string, size: number): Buffer {
  header.fill(0);
  header.write(name, 0, 100, 'latin1');
  header.write('0000644\x000000000\x000000000\0', 100, 'latin1');
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  header.write('14700000000\0        0', 136, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.from(header);
}
