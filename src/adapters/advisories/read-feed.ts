import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Failure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { parseJson, parseJsonText } from '../../formats/json/parse.ts';
import { isZstd, readZstd } from '../../formats/tar/zstd-frames.ts';
import { readZip } from './read-zip.ts';
import { storeFailure } from './schema.ts';

/** One JSON value of a feed, or why it could not be read; `where` tells people its place. */
export interface FeedValue {
  readonly where: string;
  readonly json: Result<JsonValue>;
  /** The bytes that JSON.stringify writes of the value, where the feed has those. */
  readonly compact?: Uint8Array | null;
}

/** A line or member of a feed as it stands there, or a value of a document that is a list. */
export type FeedPart =
  | { readonly where: string; readonly bytes: Result<Uint8Array> }
  | { readonly where: string; readonly bytes: null; readonly json: Result<JsonValue> };

/** What is learnt of a file beside its values, when all of them were read. */
export class FeedReading {
  /** Of its bytes. */
  readonly hash = createHash('sha256');
  /**
   * When the file was made, as it says itself: the newest member of a zip archive (APPNOTE.TXT
   * 4.4.6, read as UTC), the modification time of gzip (RFC 1952 section 2.3.1).
   */
  exportedAt: Instant | null = null;
}

/** The values of a file of advisories, as `readFeedParts` finds them. */
export async function* readFeed(
  path: string,
  reading?: FeedReading,
): AsyncGenerator<Iterable<FeedValue>> {
  for await (const parts of readFeedParts(path, reading)) yield parseParts(parts);
}

function* parseParts(parts: Iterable<FeedPart>): Generator<FeedValue> {
  for (const part of parts) yield parsePart(part);
}

export function parsePart(part: FeedPart): FeedValue {
  const { where, bytes } = part;
  if (bytes === null) return { where, json: part.json };
  return bytes.ok ? { where, ...parseRecord(bytes.value) } : { where, json: bytes };
}

/**
 * The values of a file of advisories, whichever form it has, known by its first bytes: zip of JSON
 * files, gzip or zstd of the others, JSON lines, one JSON document or a list. A value that cannot
 * be read is reported and passed over; a file that cannot be read to its end throws. Values come
 * as they are at hand, so that there is no promise for each of them; those of one part are read to
 * their end before the next part.
 */
export async function* readFeedParts(
  path: string,
  reading?: FeedReading,
): AsyncGenerator<Iterable<FeedPart>> {
  const kind = await detectKind(path);
  if (kind === 'zip') {
    yield readZipParts(path, reading);
    // Members are read where they lie, not in the order of the file.
    if (reading !== undefined)
      for await (const chunk of readChunks(path)) reading.hash.update(chunk);
  } else {
    if (kind === 'gzip' && reading !== undefined) reading.exportedAt = await readGzipTime(path);
    const chunks = hashChunks(readChunks(path), reading);
    yield* readTextParts(kind === 'text' ? chunks : unpack(chunks, kind, path));
  }
}

/**
 * The text of a file that is no archive, unpacked; null for a zip archive. `reading` learns what
 * gzip says of its time.
 */
export async function openFeedText(
  path: string,
  reading: FeedReading,
): Promise<AsyncIterable<Buffer> | null> {
  const kind = await detectKind(path);
  if (kind === 'zip') return null;
  if (kind === 'gzip') reading.exportedAt = await readGzipTime(path);
  const chunks = readChunks(path);
  return kind === 'text' ? chunks : unpack(chunks, kind, path);
}

async function* hashChunks(
  chunks: AsyncIterable<Buffer>,
  reading?: FeedReading,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    reading?.hash.update(chunk);
    yield chunk;
  }
}

async function detectKind(path: string): Promise<'zip' | Packing | 'text'> {
  const start = await readStart(path);
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  if (isZstd(start)) return 'zstd';
  const magic = start.readUInt32LE(0);
  return magic === 0x04034b50 || magic === 0x06054b50 ? 'zip' : 'text';
}

type Packing = 'gzip' | 'zstd';

const START_BYTES = 8;

/** The first bytes, with zeros behind a shorter file. */
async function readStart(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const start = Buffer.alloc(START_BYTES);
      const { bytesRead } = await file.read(start, 0, START_BYTES, 0);
      if (bytesRead === 0)
        throw new Failure('MALFORMED', `${path} is empty`, 'Take the feed from its source again.');
      return start;
    } finally {
      await file.close();
    }
  } catch (thrown) {
    throw feedFailure(thrown, path);
  }
}

/** Zero means that the file does not say (RFC 1952 section 2.3.1). */
async function readGzipTime(path: string): Promise<Instant | null> {
  const seconds = (await readStart(path)).readUInt32LE(4);
  return seconds === 0 ? null : toInstant(seconds * 1000);
}

function* readZipParts(path: string, reading?: FeedReading): Generator<FeedPart> {
  try {
    for (const { name, bytes, writtenAt } of readZip(path)) {
      if (reading !== undefined && writtenAt !== null && writtenAt > (reading.exportedAt ?? 0))
        reading.exportedAt = writtenAt;
      yield { where: name.slice(0, 200), bytes };
    }
  } catch (thrown) {
    throw feedFailure(thrown, path);
  }
}

async function* readChunks(path: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 }))
      yield chunk as Buffer;
  } catch (thrown) {
    throw feedFailure(thrown, path);
  }
}

function unpack(
  packed: AsyncGenerator<Buffer>,
  packing: Packing,
  path: string,
): AsyncGenerator<Buffer> {
  return packing === 'gzip' ? unzip(packed, path) : unpackZstd(packed, path);
}

async function* unpackZstd(packed: AsyncGenerator<Buffer>, path: string): AsyncGenerator<Buffer> {
  let read = 0;
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of packed) {
      read += chunk.length;
      yield chunk;
    }
  }
  let unpacked = 0;
  try {
    for await (const chunk of readZstd(counted())) {
      unpacked += chunk.length;
      checkExpansion(unpacked, read);
      yield chunk;
    }
  } catch (thrown) {
    const isDamaged = thrown instanceof Failure && thrown.code === 'MALFORMED';
    throw isDamaged ? damaged(path, thrown) : feedFailure(thrown, path);
  }
}

async function* unzip(packed: AsyncIterable<Buffer>, path: string): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: 256 * 1024 });
  const file = Readable.from(packed, { objectMode: true });
  file.on('error', (cause) => gunzip.destroy(cause));
  let read = 0;
  file.on('data', (chunk: Buffer) => {
    read += chunk.length;
  });
  file.pipe(gunzip);
  let unpacked = 0;
  try {
    for await (const chunk of gunzip) {
      unpacked += (chunk as Buffer).length;
      checkExpansion(unpacked, read);
      yield chunk as Buffer;
    }
    // zlib passes over what is no gzip member; a damaged second member would be lost in silence.
    if (gunzip.bytesWritten !== read) throw damaged(path);
  } catch (thrown) {
    throw feedFailure(thrown, path);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

function checkExpansion(unpacked: number, packed: number): void {
  const free = 64 * 1024 * 1024;
  if (unpacked <= free || unpacked / packed <= LIMITS.compressionRatioMax) return;
  throw new Failure(
    'LIMIT_EXCEEDED',
    'the feed unpacks to more than it may',
    'Take the feed from its source again.',
  );
}

function feedFailure(thrown: unknown, path: string): Failure {
  const code = String((thrown as { readonly code?: unknown }).code ?? '');
  return /^Z(?:STD|_)/.test(code) ? damaged(path, thrown) : storeFailure(thrown, path);
}

function damaged(path: string, cause?: unknown): Failure {
  const options = cause === undefined ? {} : { cause };
  return new Failure(
    'MALFORMED',
    `${path} is damaged or cut short`,
    'Take the feed from its source again.',
    options,
  );
}

async function* readTextParts(chunks: AsyncIterable<Buffer>): AsyncGenerator<Iterable<FeedPart>> {
  const count = { lines: 0 };
  let document: DocumentLines | null = null;
  let isFirst = true;
  for await (const some of splitLines(chunks)) {
    let lines: Iterable<Result<Buffer>> = some;
    if (isFirst) {
      const all = [...some];
      const [first] = all;
      if (first === undefined) continue;
      isFirst = false;
      if (first.ok && opensDocument(first.value)) document = new DocumentLines();
      lines = all;
    }
    if (document === null) yield nameLines(lines, count);
    else document.add(lines);
  }
  if (document !== null) yield parseDocument(document.join());
}

function* nameLines(
  lines: Iterable<Result<Buffer>>,
  count: { lines: number },
): Generator<FeedPart> {
  for (const line of lines) {
    count.lines++;
    if (line.ok && isBlank(line.value)) continue;
    yield { where: `line ${count.lines}`, bytes: line };
  }
}

/**
 * A line that is a list, or an object that goes on behind it, begins one document over several
 * lines.
 */
function opensDocument(line: Buffer): boolean {
  const text = line.toString('utf8').trim();
  return text.startsWith('[') || (text.startsWith('{') && /[{[,]$/.test(text));
}

/** The lines of one document. */
class DocumentLines {
  readonly #parts: Buffer[] = [];
  #bytes = 0;

  add(lines: Iterable<Result<Buffer>>): void {
    for (const line of lines) {
      if (!line.ok) throw line.failure;
      this.#parts.push(line.value, Buffer.from('\n'));
      this.#bytes += line.value.length + 1;
      if (this.#bytes > LIMITS.documentBytesMax) throw documentTooLong();
    }
  }

  join(): Uint8Array {
    return Buffer.concat(this.#parts);
  }
}

function documentTooLong(): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `the document is over ${LIMITS.documentBytesMax} bytes`,
    'Use JSON lines.',
  );
}

/** A record, a list of records, or the answer of the OSV API: `{vulns: […]}`. */
function* parseDocument(document: Uint8Array): Generator<FeedPart> {
  const bytes = null;
  const json = parseJson(document, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) throw json.failure;
  const vulns = isJsonObject(json.value) ? json.value['vulns'] : json.value;
  if (!Array.isArray(vulns)) yield { where: 'the document', bytes, json };
  else
    for (const [at, value] of vulns.entries())
      yield { where: `record ${at + 1}`, bytes, json: ok(value) };
}

const NEWLINE = 10;

/**
 * Lines of at most `advisoryBytesMax` bytes, those of a chunk together; of a longer one nothing is
 * kept.
 */
async function* splitLines(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<Iterable<Result<Buffer>>> {
  const rest: LineRest = { parts: [], length: 0 };
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > LIMITS.advisoryFeedBytesMax) throw tooLong('feed', LIMITS.advisoryFeedBytesMax);
    yield splitChunk(chunk, rest);
  }
  if (rest.length > 0) yield [joinLine(rest, Buffer.alloc(0))];
}

/** The start of a line whose end is still to come. */
interface LineRest {
  parts: Buffer[];
  length: number;
}

function* splitChunk(chunk: Buffer, rest: LineRest): Generator<Result<Buffer>> {
  let start = 0;
  for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
    yield joinLine(rest, chunk.subarray(start, end));
    rest.parts = [];
    rest.length = 0;
    start = end + 1;
  }
  rest.length += chunk.length - start;
  if (rest.length > LIMITS.advisoryBytesMax) rest.parts = [];
  else rest.parts.push(chunk.subarray(start));
}

function joinLine({ parts, length }: LineRest, end: Buffer): Result<Buffer> {
  if (length + end.length > LIMITS.advisoryBytesMax)
    return failed(tooLong('line', LIMITS.advisoryBytesMax));
  return ok(parts.length === 0 ? end : Buffer.concat([...parts, end]));
}

function isBlank(line: Buffer): boolean {
  return line.length < 8 && line.toString('latin1').trim() === '';
}

function parseRecord(bytes: Uint8Array): Pick<FeedValue, 'json' | 'compact'> {
  const parsed = parseJsonText(bytes, { bytesMax: LIMITS.advisoryBytesMax });
  if (!parsed.ok) return { json: parsed };
  return { json: ok(parsed.value.value), compact: parsed.value.isCompact ? bytes : null };
}

function tooLong(what: string, bytesMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `a ${what} is longer than ${bytesMax} bytes`,
    'Take the feed from its source again.',
  );
}
