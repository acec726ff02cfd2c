import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt, fail, ok, orThrow, type Result } from '../../core/result.ts';
import {
  indexTar,
  normalisePath,
  type TarIndex,
  type TarMember,
} from '../../formats/tar/tar-index.ts';
import { isZstd, unfoldZstd } from '../../formats/tar/zstd-frames.ts';
import { classifyErrno, toFileFailure } from '../../system/files/errno.ts';
import { writeAll } from '../../system/files/write-file.ts';
import type { Container } from './container.ts';

const RATIO_FREE_BYTES = 64 * 1024 * 1024;

/**
 * A tar archive, read in place. A compressed archive cannot be read in place: it is unpacked once
 * into a temporary file that only this user can read, within the limits on image size and
 * compression ratio. Its members are never written as files.
 */
export async function openArchive(
  path: string,
  temporary: string = tmpdir(),
): Promise<Result<Container>> {
  return attempt(async () => {
    const given = await openFile(path);
    try {
      const packing = detectCompression(
        await readExactly(given, 0, 4).catch(() => new Uint8Array()),
      );
      if (packing === null) return await createContainer(path, given, null);
      const spool = await unpack(path, packing, temporary);
      await given.close();
      return await createContainer(path, spool.file, spool.path);
    } catch (thrown) {
      await given.close();
      throw thrown;
    }
  });
}

async function createContainer(
  name: string,
  file: FileHandle,
  spool: string | null,
): Promise<Container> {
  const close = async () => {
    await file.close();
    if (spool !== null) await rm(spool, { force: true });
  };
  try {
    const { size } = await file.stat();
    const index = await indexTar((offset, length) => readExactly(file, offset, length), size);
    return {
      name,
      size: async (path) => {
        const entry = findEntry(index, path);
        return entry.ok ? ok(entry.value?.size ?? null) : entry;
      },
      stream: (path) => readMember(file, name, index, path),
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path, 'r');
    if ((await file.stat()).isFile()) return file;
    await file.close();
    throw new Failure('FILE_UNREADABLE', `${path} is not a regular file`, 'Name a tar archive.');
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
}

/** A regular member. Links are followed inside the archive only, and never in circles (A15). */
function findEntry(
  index: TarIndex,
  path: string,
): Result<(TarMember & { readonly kind: 'file' }) | null> {
  let at: string | null = normalisePath(path);
  for (let links = 0; links <= LIMITS.linksMax; links++) {
    if (at === null)
      return fail('UNSAFE_PATH', `${path} leads out of the archive`, 'Write the archive again.');
    const entry = index.get(at);
    if (entry === undefined) return ok(null);
    if (entry.kind === 'file') return ok(entry);
    if (entry.kind === 'ambiguous') {
      return fail('MALFORMED', `the archive contains ${path} twice`, 'Write the archive again.');
    }
    at = normalisePath(entry.target);
  }
  return fail('UNSAFE_PATH', `the links at ${path} form a loop`, 'Write the archive again.');
}

async function* readMember(
  file: FileHandle,
  name: string,
  index: TarIndex,
  path: string,
): AsyncGenerator<Uint8Array> {
  const entry = orThrow(findEntry(index, path));
  if (entry === null) throw new Failure('NOT_FOUND', `${name} has no ${path}`, 'Check the name.');
  const end = entry.offset + entry.size;
  for (let at = entry.offset; at < end; ) {
    const chunk = await readExactly(file, at, Math.min(256 * 1024, end - at));
    at += chunk.length;
    yield chunk;
  }
}

/** Throws if the file became shorter since it was indexed. */
async function readExactly(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0)
      throw new Failure('MALFORMED', 'the archive ends too early', 'Write the archive again.');
    filled += bytesRead;
  }
  return buffer;
}

type Compression = 'gzip' | 'zstd';

function detectCompression(head: Uint8Array): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return isZstd(Buffer.from(head)) ? 'zstd' : null;
}

async function unpack(
  path: string,
  packing: Compression,
  temporary: string,
): Promise<{ readonly path: string; readonly file: FileHandle }> {
  const spool = join(temporary, `waybill-${randomUUID()}.tar`);
  const file = await open(spool, 'wx+', 0o600);
  try {
    // The file is removed when this process ends, however it ends.
    if (process.platform !== 'win32') await rm(spool, { force: true });
    const source = createReadStream(path);
    let size = 0;
    const consume = (piece: Uint8Array): void => {
      size += piece.length;
      const allowed = Math.max(RATIO_FREE_BYTES, source.bytesRead * LIMITS.compressionRatioMax);
      if (size > Math.min(allowed, LIMITS.imageBytesMax)) throw bomb(path);
      writeAll(file.fd, piece);
    };
    if (packing === 'zstd') await unfoldZstd(readPieces(source), consume);
    else {
      await pipeline(source, createGunzip(), async (plain: AsyncIterable<Uint8Array>) => {
        for await (const piece of plain) consume(piece);
      });
    }
    return { path: spool, file };
  } catch (thrown) {
    await file.close();
    await rm(spool, { force: true });
    if (thrown instanceof Failure) throw thrown;
    const full = classifyErrno(thrown) === 'full';
    const [code, remedy] = full
      ? (['DISK_FULL', 'Free some disk space.'] as const)
      : (['MALFORMED', 'Write the archive again.'] as const);
    throw new Failure(code, `${path} cannot be unpacked`, remedy, { cause: thrown });
  }
}

async function* readPieces(source: AsyncIterable<unknown>): AsyncGenerator<Uint8Array> {
  for await (const piece of source) yield piece as Uint8Array;
}

function bomb(path: string): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `${path} unpacks to more than the limit`,
    'Check where the archive came from.',
  );
}
