import { createReadStream, type Dirent } from 'node:fs';
import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { FEED_START_CHARACTERS, recogniseFeed } from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { readTar, type TarEntry, type TarSink } from '../../formats/tar/tar.ts';
import { isZstd, readZstd } from '../../formats/tar/zstd-frames.ts';
import { takeLines } from './lines-in-archive.ts';
import { storeFailure } from './schema.ts';
import {
  isTranslated,
  type TranslatedFeed,
  translateDocument,
  translateFeed,
} from './translate-feed.ts';

/** A feed that can be imported as a file. */
export interface UnfoldedFeed {
  readonly path: string;
  /** The file or folder that people know it by. */
  readonly from: string;
  /** The names of its records, line by line; null for a file that is imported as it is. */
  readonly names: readonly string[] | null;
  /** Why it is none; a damaged archive in a folder does not end the others. */
  readonly failure?: Failure;
  /** A file in the form of its publisher, which was read into records of OSV. */
  readonly translated?: TranslatedFeed;
}

/**
 * The feeds of a file or folder. A folder has its archives and files of JSON lines, each a feed by
 * itself with an age of its own, and one feed of all its other JSON files. A tar archive, packed or
 * not, is one feed. What is no feed by itself is written to `spool`, a record a line. Links are not
 * followed, and names in an archive lead nowhere. Fails with LIMIT_EXCEEDED, MALFORMED or
 * UNSUPPORTED for an archive that unpacks to too much, is damaged, or has archives in it.
 */
export async function unfoldFeeds(
  path: string,
  spool: string,
  signal?: AbortSignal,
): Promise<readonly UnfoldedFeed[]> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    if (isFolder) return await unfoldFolder(path, spool, signal);
    return [await unfoldFile(path, spool, signal)];
  } catch (thrown) {
    throw toFeedFailure(thrown, path);
  }
}

async function unfoldFile(
  path: string,
  spool: string,
  signal: AbortSignal | undefined,
): Promise<UnfoldedFeed> {
  const { form, start } = await readForm(path);
  if (form === null) {
    const translated = await translateFeed(path, start, spool, signal);
    if (translated === null) return { path, from: path, names: null };
    return { path: translated.path, from: path, names: null, translated };
  }
  const records = await SpooledRecords.create(spool);
  try {
    await readTarRecords(path, form, records, signal);
    return await records.finish(path);
  } finally {
    await records.close();
  }
}

async function unfoldFolder(
  folder: string,
  spool: string,
  signal: AbortSignal | undefined,
): Promise<readonly UnfoldedFeed[]> {
  const files = await listFiles(folder);
  const feeds: UnfoldedFeed[] = [];
  const records = await SpooledRecords.create(spool);
  try {
    for (const file of files) {
      signal?.throwIfAborted();
      if (isRecordFile(file)) {
        const { size } = await stat(file);
        if (size > LIMITS.advisoryBytesMax && (await isTranslated(file))) {
          feeds.push(await unfoldMember(file, spool, signal));
          continue;
        }
        requireRecordSize(size, file);
        const bytes = await readFile(file);
        const format = recogniseFeed(bytes.toString('utf8', 0, FEED_START_CHARACTERS));
        if (format !== null && format.reads !== 'document' && format.reads !== 'text')
          feeds.push(await unfoldMember(file, spool, signal));
        else if (isList(bytes)) feeds.push({ path: file, from: file, names: null });
        else records.add(relative(folder, file), bytes);
        await records.flush();
      } else if (FEED.test(file)) feeds.push(await unfoldMember(file, spool, signal));
    }
    if (records.count > 0) feeds.push(await records.finish(folder));
  } finally {
    await records.close();
  }
  if (feeds.length === 0) throw createEmptyFailure(folder);
  return feeds;
}

async function unfoldMember(
  path: string,
  spool: string,
  signal: AbortSignal | undefined,
): Promise<UnfoldedFeed> {
  try {
    return await unfoldFile(path, spool, signal);
  } catch (thrown) {
    // mutant damaged-archive-ends-a-folder by advisories-import: condition -> true
    if (signal?.aborted === true) throw thrown;
    return { path, from: path, names: null, failure: toFeedFailure(thrown, path) };
  }
}

/** Documents of one vulnerability each: those of Ubuntu's tracker have its name and no other. */
function isRecordFile(name: string): boolean {
  return name.endsWith('.json') || /(?:^|[/\\])CVE-\d{4}-\d{4,10}$/.test(name);
}

/** Files that are a feed by themselves. */
const FEED = /[.](?:zip|gz|tgz|tar|zst|ndjson|jsonl)$/;
const LINES = /[.](?:ndjson|jsonl)$/;
const FOLDER_DEPTH_MAX = 32;

/** The files of a folder by name; those of hidden folders, such as `.git`, are left out. */
async function listFiles(folder: string, depth = 0, files: string[] = []): Promise<string[]> {
  if (depth > FOLDER_DEPTH_MAX)
    throw createLimitFailure(`${folder} is nested more than ${FOLDER_DEPTH_MAX} folders deep`);
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted(compareNames)) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await listFiles(path, depth + 1, files);
    else if (entry.isFile()) files.push(path);
    if (files.length > LIMITS.advisoryArchiveEntriesMax)
      throw createLimitFailure(`it has more than ${LIMITS.advisoryArchiveEntriesMax} files`);
  }
  return files;
}

function compareNames(one: Dirent, other: Dirent): number {
  return one.name < other.name ? -1 : 1;
}

const TAR_MAGIC_AT = 257;
const HEAD_BYTES = 4_096;

/**
 * How a tar archive is packed, by its first block (POSIX ustar, GNU); null for every other file.
 * `start` is the unpacked start of it.
 */
async function readForm(
  path: string,
): Promise<{ readonly form: TarForm | null; readonly start: Buffer }> {
  const head = Buffer.alloc(64 * 1024);
  const file = await open(path, 'r');
  try {
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const start = head.subarray(0, bytesRead);
    if (isTar(start)) return { form: 'plain', start };
    const isGzip = start[0] === 0x1f && start[1] === 0x8b;
    const packing = isGzip ? 'gzip' : isZstd(start) ? 'zstd' : null;
    if (packing === null) return { form: null, start };
    const unpacked = await unpackHead(start, packing);
    return { form: isTar(unpacked) ? packing : null, start: unpacked };
  } finally {
    await file.close();
  }
}

function isTar(head: Buffer): boolean {
  return head.toString('latin1', TAR_MAGIC_AT, TAR_MAGIC_AT + 5) === 'ustar';
}

/** The first bytes of what was packed; whatever is wrong behind them is found when it is read. */
async function unpackHead(start: Buffer, packing: 'gzip' | 'zstd'): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of packing === 'gzip' ? unzipHead(start) : readZstd(giveOnce(start))) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length >= HEAD_BYTES) break;
    }
  } catch {
    // The part of the file ends within its stream.
  }
  return Buffer.concat(parts);
}

function unzipHead(start: Buffer): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ chunkSize: 4 * 1024 });
  gunzip.end(start);
  return gunzip;
}

async function* listPieces(bytes: AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const piece of bytes) yield piece as Buffer;
}

async function* giveOnce(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}

type TarForm = 'gzip' | 'zstd' | 'plain';

async function readTarRecords(
  path: string,
  form: TarForm,
  records: SpooledRecords,
  signal: AbortSignal | undefined,
): Promise<void> {
  let entries = 0;
  const reader = readTar((entry) => {
    entries += 1;
    if (entries > LIMITS.advisoryArchiveEntriesMax)
      throw createLimitFailure(`it has more than ${LIMITS.advisoryArchiveEntriesMax} members`);
    return takeMember(entry, records);
  });
  const { size } = await stat(path);
  let unpacked = 0;
  const take = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      unpacked += chunk.length;
      checkExpansion(unpacked, size);
      reader.push(chunk);
      await records.flush();
    }
  };
  const bytes = createReadStream(path, { highWaterMark: 1024 * 1024 });
  if (form === 'gzip') await pipeline(bytes, createGunzip({ chunkSize: 256 * 1024 }), take);
  else if (form === 'zstd') await take(readZstd(listPieces(bytes)));
  else await pipeline(bytes, take);
  reader.finish();
  // Nothing else says how many records there should be: no digest, no list.
  // mutant feed-archive-without-its-end by unfold-feeds: condition -> false
  if (reader.passOver() !== null)
    throw new Failure('MALFORMED', 'its end is missing: it was cut short', 'Copy it again.');
}

/**
 * Files named `.json` or as a vulnerability are records, and those of JSON lines have one in each
 * line. An archive within the archive would be lost in silence.
 */
function takeMember({ name, kind, size }: TarEntry, records: SpooledRecords): TarSink | null {
  if (kind === 'directory') return null;
  if (kind === 'file' && LINES.test(name))
    return takeLines(name, (one, line) => records.addLine(one, line));
  // mutant archive-within-an-archive by unfold-feeds: condition -> false
  if (FEED.test(name))
    throw new Failure(
      'UNSUPPORTED',
      `it has another archive in it: ${toOneLine(name, 200)}`,
      'Unpack it, and import the folder.',
    );
  if (kind !== 'file' || !isRecordFile(name)) return null;
  requireRecordSize(size, name);
  const pieces: Buffer[] = [];
  return {
    write: (piece) => void pieces.push(Buffer.from(piece)),
    end: () => records.add(name, Buffer.concat(pieces)),
  };
}

function requireRecordSize(size: number, name: string): void {
  // mutant record-of-any-size by unfold-feeds: condition -> false
  if (size > LIMITS.advisoryBytesMax)
    throw createLimitFailure(`${toOneLine(name, 200)} is over ${LIMITS.advisoryBytesMax} bytes`);
}

function checkExpansion(unpacked: number, packed: number): void {
  const isFree = unpacked <= 64 * 1024 * 1024 || unpacked / packed <= LIMITS.compressionRatioMax;
  if (unpacked <= LIMITS.advisoryFeedBytesMax && isFree) return;
  throw createLimitFailure('it unpacks to more than a feed may have');
}

const NAMES_KEPT = 200_000;

/**
 * Records in a file of JSON lines. The first line is empty, so that no record is taken for the
 * begin of a document of several lines.
 */
class SpooledRecords {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #names: string[] = [];
  #waiting: Buffer[] = [];
  #bytes = 0;
  count = 0;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static #made = 0;

  static async create(spool: string): Promise<SpooledRecords> {
    const path = join(spool, `records-${SpooledRecords.#made++}.ndjson`);
    const file = await open(path, 'wx', 0o600);
    await file.writeFile('\n');
    return new SpooledRecords(path, file);
  }

  /** A file of one record, or of several, each in a line. */
  add(name: string, file: Buffer): void {
    const translated = translateDocument(name, file);
    if (translated !== null) {
      for (const line of translated) this.addLine(name, line);
      return;
    }
    if (!SEVERAL.some((between) => file.includes(between))) {
      this.addLine(name, file);
      return;
    }
    for (const [at, line] of file.toString('latin1').split('\n').entries())
      if (line.trim() !== '') this.addLine(`${name} line ${at + 1}`, Buffer.from(line, 'latin1'));
  }

  addLine(name: string, record: Buffer): void {
    this.count += 1;
    this.#bytes += record.length + 1;
    if (this.#bytes > LIMITS.advisoryFeedBytesMax)
      throw createLimitFailure('it has more than a feed may have');
    if (this.#names.length < NAMES_KEPT) this.#names.push(toOneLine(name, 200));
    this.#waiting.push(foldLines(record), Buffer.from('\n'));
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    await this.#file.writeFile(bytes);
  }

  async finish(from: string): Promise<UnfoldedFeed> {
    if (this.count === 0) throw createEmptyFailure(from);
    await this.flush();
    return { path: this.#path, from, names: this.#names };
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** An object ends and another begins without a comma: JSON lines. */
const SEVERAL = ['}\n{', '}\r\n{'];
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/**
 * A record as one line: outside of a text a carriage return is white space as well, and within one
 * it is refused as well (RFC 8259 §2, §7). An empty file stays a record that cannot be read.
 */
function foldLines(record: Buffer): Buffer {
  const line = Buffer.from(record);
  for (let at = line.indexOf(LINE_FEED); at !== -1; at = line.indexOf(LINE_FEED, at + 1))
    line[at] = CARRIAGE_RETURN;
  return line.length > 8 || line.toString('latin1').trim() !== '' ? line : Buffer.from('"empty"');
}

function isList(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 100).trimStart().startsWith('[');
}

function createEmptyFailure(from: string): Failure {
  return new Failure(
    'MALFORMED',
    `${from} has no advisory: no file in it is named .json, .ndjson, .zip or .tar.gz`,
    'Name a folder or an archive of OSV records.',
  );
}

function createLimitFailure(what: string): Failure {
  return new Failure('LIMIT_EXCEEDED', what, 'Take the feed from its source again.');
}

function toFeedFailure(thrown: unknown, path: string): Failure {
  const code = String((thrown as { readonly code?: unknown }).code ?? '');
  if (thrown instanceof Failure) {
    const { message, remedy, cause } = thrown;
    return message.includes(path)
      ? thrown
      : new Failure(thrown.code, `${path}: ${message}`, remedy, { cause });
  }
  if (!code.startsWith('Z_')) return storeFailure(thrown, path);
  const remedy = 'Take the feed from its source again.';
  return new Failure('MALFORMED', `${path} is damaged or cut short`, remedy, { cause: thrown });
}
