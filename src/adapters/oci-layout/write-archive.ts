import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeDurably } from '../../system/files/write-file.ts';

const BLOCK = 512;

/**
 * Writes a layout as one file, an `oci-archive`: the same bytes for the same layout. The whole
 * file appears under its name, or nothing.
 */
export async function writeArchive(folder: string, path: string): Promise<void> {
  const blobs = join('blobs', 'sha256');
  const names = (await readdir(join(folder, blobs))).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const files = ['oci-layout', 'index.json', ...names.sort().map((name) => `blobs/sha256/${name}`)];
  await writeDurably(path, packFiles(folder, files));
}

async function* packFiles(folder: string, names: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const name of names) {
    const { size } = await stat(join(folder, name));
    yield formatHeader(name, size);
    yield* createReadStream(join(folder, name)) as AsyncIterable<Uint8Array>;
    yield Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** A file of nobody, without a time (POSIX.1-1988 ustar); a layout has no longer names. */
function formatHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const put = (at: number, text: string): number => header.write(text, at, 'latin1');
  put(0, name);
  put(100, '0000644\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, ' '.repeat(8));
  put(156, '0');
  put(257, 'ustar\u000000');
  const sum = header.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return header;
}
