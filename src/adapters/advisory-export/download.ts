import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readSmallFile } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import { discardBody, streamBody } from '../../system/http/body.ts';
import { type Answer, networkFailure } from '../../system/http/exchange.ts';
import {
  type ExportSession,
  readValidators,
  requireSuccess,
  type Validators,
} from './export-session.ts';
import { checkStatedDigest } from './stated-digest.ts';

export interface DownloadCall {
  readonly signal: AbortSignal;
  readonly bytesMax: number;
  /** The bytes that are on the disk, and those of the whole file where the server says so. */
  readonly onProgress?: (bytes: number, total: number | null) => void;
}

export interface Download extends Validators {
  readonly bytes: number;
}

/** The note beside a part: which state of the file it is the beginning of. */
const nameNote = (path: string): string => `${path}.note`;

/**
 * Brings a large file onto the disk. Where a part of the same state of it is there, from this call
 * or an earlier one, only the rest is asked for (RFC 9110 §13.1.5, §14). Fails with
 * DIGEST_MISMATCH where size or digest are not those that the server states; then the part is
 * removed, because nobody knows which byte is wrong.
 */
export async function downloadFile(
  session: ExportSession,
  from: string,
  path: string,
  call: DownloadCall,
): Promise<Download> {
  makeFolders(dirname(path), 0o700);
  for (let attempt = 1; ; attempt++) {
    const before = measure(path);
    try {
      return await continueFile(session, from, path, call);
    } catch (thrown) {
      const failure = toDownloadFailure(thrown, session, path, call);
      if (SPOILT.has(failure.code)) await removePart(path);
      // mutant download-without-another-try by download: condition -> true
      if (failure.code !== 'REGISTRY_UNREACHABLE') throw failure;
      // A server that gives a little more each time is asked again.
      if (attempt >= LIMITS.registryAttemptsMax && measure(path) <= before) throw failure;
      if (attempt >= ATTEMPTS_MAX) throw failure;
      await session.surroundings.sleep(
        Math.min(LIMITS.registryRetryWaitMs, 100 * 2 ** attempt),
        call.signal,
      );
    }
  }
}

const NOTE_BYTES_MAX = 16 * 1024;

/** What is wrong with the bytes themselves. */
const SPOILT = new Set(['DIGEST_MISMATCH', 'REGISTRY_MISBEHAVED', 'LIMIT_EXCEEDED']);
const ATTEMPTS_MAX = 100;

function toDownloadFailure(
  thrown: unknown,
  { base }: ExportSession,
  path: string,
  { signal }: DownloadCall,
): Failure {
  if (thrown instanceof Failure) return thrown;
  const isOfDisk = thrown instanceof Error && 'syscall' in thrown && 'path' in thrown;
  return isOfDisk
    ? toFileFailure(path, thrown, 'write')
    : networkFailure(thrown, { url: base, method: 'GET', signal });
}

export async function removePart(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(nameNote(path), { force: true });
}

async function continueFile(
  session: ExportSession,
  from: string,
  path: string,
  call: DownloadCall,
): Promise<Download> {
  const url = new URL(from, session.base);
  const known = readNote(path, url);
  const start = known === null ? 0 : measure(path);
  const condition = known === null ? null : strongest(known);
  const isResumed = start > 0 && condition !== null;
  const range: Record<string, string> = isResumed
    ? { Range: `bytes=${start}-`, 'If-Range': condition }
    : {};
  const answer = await session.open(from, range, call.signal);
  if (answer.status === 416) {
    // The part is the whole file, or more of it than there is now.
    discardBody(answer.incoming);
    await removePart(path);
    if (isResumed) return continueFile(session, from, path, call);
  }
  requireSuccess(answer, url);
  const validators = readValidators(answer);
  const at = answer.status === 206 ? checkRange(answer, url, start) : 0;
  if (at > 0 && validators.etag !== null && validators.etag !== known?.etag)
    throw misbehaved(url, 'it gave a part of another state of the file');
  const total = readTotal(answer, at);
  if (total !== null && total > call.bytesMax) throw tooLarge(url, call.bytesMax);
  const note = { url: url.href, ...validators };
  const file = openAt(path, at);
  try {
    if (at === 0) writeWhole(nameNote(path), Buffer.from(JSON.stringify(note)), 0o600);
    const bytes = await writeBody(answer, session, file, { ...call, at, total, url, path });
    checkSize(url, bytes, total);
    checkStatedDigest(answer.headers, url, readPieces(file));
    return { ...validators, bytes };
  } finally {
    closeSync(file);
    discardBody(answer.incoming);
  }
}

/** Open for writing behind the first `at` bytes. */
function openAt(path: string, at: number): number {
  try {
    const file = openSync(path, at === 0 ? 'w+' : 'r+', 0o600);
    ftruncateSync(file, at);
    return file;
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  }
}

interface Writing extends DownloadCall {
  readonly at: number;
  readonly total: number | null;
  readonly url: URL;
  readonly path: string;
}

async function writeBody(
  { incoming }: Answer,
  { requestMs }: ExportSession,
  file: number,
  { at, total, url, path, bytesMax, onProgress }: Writing,
): Promise<number> {
  let written = at;
  for await (const piece of streamBody(incoming, requestMs)) {
    if (written + piece.length > bytesMax) throw tooLarge(url, bytesMax);
    try {
      for (let done = 0; done < piece.length; )
        done += writeSync(file, piece, done, piece.length - done, written + done);
    } catch (thrown) {
      throw toFileFailure(path, thrown, 'write');
    }
    written += piece.length;
    onProgress?.(written, total);
  }
  return written;
}

function checkSize(url: URL, bytes: number, total: number | null): void {
  // mutant lie-about-a-size by download: condition -> false
  if (total !== null && bytes !== total)
    throw new Failure(
      'DIGEST_MISMATCH',
      `${url.host}${url.pathname} has ${bytes} bytes, and the server states ${total}`,
      'Try again later, or ask the operator of the mirror.',
    );
}

function* readPieces(file: number): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (let at = 0; ; ) {
    const length = readSync(file, buffer, 0, buffer.length, at);
    if (length === 0) return;
    yield buffer.subarray(0, length);
    at += length;
  }
}

function measure(path: string): number {
  try {
    const file = openSync(path, 'r');
    try {
      return fstatSync(file).size;
    } finally {
      closeSync(file);
    }
  } catch {
    return 0;
  }
}

/** Null where no part is there, or nothing says of which state of which file it is. */
function readNote(path: string, url: URL): Validators | null {
  try {
    const note = parseJson(readSmallFile(nameNote(path), NOTE_BYTES_MAX), {
      bytesMax: NOTE_BYTES_MAX,
    });
    if (!note.ok || !isJsonObject(note.value) || note.value['url'] !== url.href) return null;
    const { etag, lastModified } = note.value;
    return {
      etag: typeof etag === 'string' ? etag : null,
      lastModified: typeof lastModified === 'string' ? lastModified : null,
    };
  } catch {
    return null;
  }
}

/** A weak tag stands for several files with different bytes (RFC 9110 §8.8.1). */
function strongest({ etag, lastModified }: Validators): string | null {
  return etag !== null && !etag.startsWith('W/') ? etag : lastModified;
}

/** The place at which the bytes of a part belong. */
function checkRange({ headers }: Answer, url: URL, start: number): number {
  const [, first] = /^bytes (\d{1,15})-\d{1,15}\/(?:\d{1,15}|\*)$/.exec(
    headers['content-range'] ?? '',
  ) ?? [undefined, undefined];
  // mutant part-of-another-place by download: condition -> false
  if (Number(first) !== start) throw misbehaved(url, 'it gave another part than was asked for');
  return start;
}

function readTotal({ status, headers }: Answer, at: number): number | null {
  const range = /\/(\d{1,15})$/.exec(headers['content-range'] ?? '')?.[1];
  if (status === 206 && range !== undefined) return Number(range);
  const length = /^\d{1,15}$/.exec(headers['content-length'] ?? '')?.[0];
  return length === undefined ? null : at + Number(length);
}

function misbehaved(url: URL, why: string): Failure {
  return new Failure(
    'REGISTRY_MISBEHAVED',
    `${url.host}${url.pathname}: ${why}`,
    'Try again; the file is then read from its beginning.',
  );
}

function tooLarge(url: URL, bytesMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `${url.host}${url.pathname} has more than ${bytesMax} bytes`,
    'Check the address of the mirror.',
  );
}
