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
import { readZip } from './read-zip.ts';
import { storeFailure } from './schema.ts';

/** One JSON value of a feed, or why it could not be read; `where` tells people its place. */
export interface FeedValue {
  readonly where: string;
  readonly json: Result<JsonValue>;
  /** What JSON.stringify writes of the value, where the feed has that. */
  readonly compact?: string | null;
}

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

/**
 * The values of a file of advisories, whichever form it has, told by its
 * first bytes: zip of JSON files, gzip of the others, JSON lines, one JSON document or a list. A
 * value that cannot be read is told and passed over; a file that cannot be read to its end throws.
 */
export async function* readFeed(path: string, reading?: FeedReading): AsyncGenerator<FeedValue> {
  const kind = await detectKind(path);
  if (kind === 'zip') {
    yield* readZipValues(path, reading);
    // Members are read where they lie, not in the order of the file.
    if (reading !== undefined)
      for await (const chunk of readChunks(path)) reading.hash.update(chunk);
  } else {
    if (kind === 'gzip' && reading !== undefined) reading.exportedAt = await readGzipTime(path);
    const chunks = hashChunks(readChunks(path), reading);
    yield* readTextValues(kind === 'gzip' ? unzip(chunks, path) : chunks);
  }
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

async function detectKind(path: string): Promise<'zip' | 'gzip' | 'text'> {
  const start = await readStart(path);
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const magic = start.readUInt32LE(0);
  return magic === 0x04034b50 || magic === 0x06054b50 ? 'zip' : 'text';
}

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

async function* readZipValues(path: string, reading?: FeedReading): AsyncGenerator<FeedValue> {
  try {
    for (const { name, bytes, writtenAt } of readZip(path)) {
      if (reading !== undefined && writtenAt !== null && writtenAt > (reading.exportedAt ?? 0))
        reading.exportedAt = writtenAt;
      yield {
        where: name.slice(0, 200),
        ...(bytes.ok ? parseRecord(bytes.value) : { json: bytes }),
      };
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
  return code.startsWith('Z_') ? damaged(path, thrown) : storeFailure(thrown, path);
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

async function* readTextValues(chunks: AsyncIterable<Buffer>): AsyncGenerator<FeedValue> {
  let number = 0;
  const lines = splitLines(chunks);
  const head = await lines.next();
  const first = head.done === true ? undefined : head.value;
  if (first?.ok === true && opensDocument(first.value)) {
    yield* parseDocument(await collectLines(first.value, lines));
    return;
  }
  for (let line = first; line !== undefined; line = await takeNext(lines)) {
    number++;
    if (line.ok && isBlank(line.value)) continue;
    yield { where: `line ${number}`, ...(line.ok ? parseRecord(line.value) : { json: line }) };
  }
}

async function takeNext(
  lines: AsyncGenerator<Result<Buffer>>,
): Promise<Result<Buffer> | undefined> {
  const next = await lines.next();
  return next.done === true ? undefined : next.value;
}

/**
 * A line that is a list, or an object that goes on behind it, begins one document over several
 * lines.
 */
function opensDocument(line: Buffer): boolean {
  const text = line.toString('utf8').trim();
  return text.startsWith('[') || (text.startsWith('{') && /[{[,]$/.test(text));
}

async function collectLines(
  first: Buffer,
  lines: AsyncIterable<Result<Buffer>>,
): Promise<Uint8Array> {
  const parts = [first];
  let bytes = first.length;
  for await (const line of lines) {
    if (!line.ok) throw line.failure;
    parts.push(Buffer.from('\n'), line.value);
    bytes += line.value.length + 1;
    if (bytes > LIMITS.documentBytesMax) {
      throw new Failure(
        'LIMIT_EXCEEDED',
        `the document is over ${LIMITS.documentBytesMax} bytes`,
        'Use JSON lines.',
      );
    }
  }
  return Buffer.concat(parts);
}

/** A record, a list of records, or the answer of the OSV API: `{vulns: […]}`. */
function* parseDocument(bytes: Uint8Array): Generator<FeedValue> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) throw json.failure;
  const vulns = isJsonObject(json.value) ? json.value['vulns'] : json.value;
  if (!Array.isArray(vulns)) yield { where: 'the document', json };
  else
    for (const [at, value] of vulns.entries()) yield { where: `record ${at + 1}`, json: ok(value) };
}

const NEWLINE = 10;

/** Lines of at most `advisoryBytesMax` bytes; of a longer one nothing is kept. */
async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Result<Buffer>> {
  let parts: Buffer[] = [];
  let length = 0;
  let total = 0;
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > LIMITS.advisoryFeedBytesMax) throw tooLong('feed', LIMITS.advisoryFeedBytesMax);
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield joinLine(parts, length, chunk.subarray(start, end));
      parts = [];
      length = 0;
      start = end + 1;
    }
    length += chunk.length - start;
    parts = length > LIMITS.advisoryBytesMax ? [] : [...parts, chunk.subarray(start)];
  }
  if (length > 0) yield joinLine(parts, length, Buffer.alloc(0));
}

function joinLine(parts: readonly Buffer[], length: number, rest: Buffer): Result<Buffer> {
  if (length + rest.length > LIMITS.advisoryBytesMax)
    return failed(tooLong('line', LIMITS.advisoryBytesMax));
  return ok(parts.length === 0 ? rest : Buffer.concat([...parts, rest]));
}

function isBlank(line: Buffer): boolean {
  return line.length < 8 && line.toString('latin1').trim() === '';
}

function parseRecord(bytes: Uint8Array): Pick<FeedValue, 'json' | 'compact'> {
  const parsed = parseJsonText(bytes, { bytesMax: LIMITS.advisoryBytesMax });
  if (!parsed.ok) return { json: parsed };
  return { json: ok(parsed.value.value), compact: parsed.value.compact };
}

function tooLong(what: string, bytesMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `a ${what} is longer than ${bytesMax} bytes`,
    'Take the feed from its source again.',
  );
}
