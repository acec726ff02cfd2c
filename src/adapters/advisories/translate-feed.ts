import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  FEED_START_CHARACTERS,
  type FeedClaim,
  type FeedFormat,
  type FeedTranslator,
  recogniseFeed,
} from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { decodeUtf8, parseJson } from '../../formats/json/parse.ts';
import { MemberSplitter } from '../../formats/json/split-members.ts';
import { FeedReading, openFeedText } from './read-feed.ts';

/** A file in the form of its publisher, as a file of OSV records. */
export interface TranslatedFeed {
  readonly path: string;
  /** For people. */
  readonly format: string;
  readonly records: number;
  /** Null: it is the feed of nothing by itself. */
  readonly claim: FeedClaim | null;
}

/**
 * Writes what a file says in the form of its publisher into `spool`, as OSV, one record a line;
 * `start` is its unpacked start, where that is known. Null for a file of another form. Fails with
 * MALFORMED for what the form does not allow: a file that is read in part would leave things out,
 * and what it does not list means something. Fails with UNSUPPORTED where it says nothing.
 */
export async function translateFeed(
  path: string,
  start: Buffer,
  spool: string,
  signal?: AbortSignal,
): Promise<TranslatedFeed | null> {
  const format = recogniseStart(start);
  if (format === null) return null;
  const reading = new FeedReading();
  const text = await openFeedText(path, reading);
  if (text === null) return null;
  const translator = format.begin();
  const lines = await TranslatedLines.create(spool);
  try {
    if (format.reads === 'members') await translateMembers(text, translator, lines, signal);
    else lines.add(translator.read('', readValue(format, await readWhole(text, signal))));
    await lines.flush();
    if (lines.count === 0) throw nothingSaid(format.name);
    const stated = translator.finish();
    const exportedAt = stated?.exportedAt ?? reading.exportedAt;
    const claim = stated === null ? null : { ...stated, exportedAt };
    return { path: lines.path, format: format.name, records: lines.count, claim };
  } finally {
    await lines.close();
  }
}

function readValue({ reads }: FeedFormat, bytes: Buffer): JsonValue {
  if (reads === 'text') return orThrow(decodeUtf8(bytes));
  return orThrow(parseJson(bytes, { bytesMax: WHOLE_MAX }));
}

/** Whether a file is in such a form, by its start. */
export async function isTranslated(path: string): Promise<boolean> {
  return (await recogniseFile(path)) !== null;
}

/**
 * The lines of a document in an archive or folder that is in the form of its publisher; null for
 * every other one. Fails with UNSUPPORTED for one that is a feed by itself.
 */
export function translateDocument(name: string, bytes: Buffer): readonly Buffer[] | null {
  const format = recogniseStart(bytes);
  if (format === null) return null;
  // mutant feed-within-an-archive by unfold-feeds: condition -> false
  if (format.reads !== 'document' && format.reads !== 'text')
    throw new Failure(
      'UNSUPPORTED',
      `it has a whole feed in it (${format.name}): ${name.slice(0, 200)}`,
      'Unpack it, and import the folder.',
    );
  const json =
    format.reads === 'text'
      ? decodeUtf8(bytes)
      : parseJson(bytes, { bytesMax: LIMITS.advisoryBytesMax });
  // What cannot be read is reported as every such record is.
  if (!json.ok) return null;
  return format.begin().read('', json.value).map(toLine);
}

async function recogniseFile(path: string): Promise<FeedFormat | null> {
  const text = await openFeedText(path, new FeedReading());
  if (text === null) return null;
  for await (const chunk of text) return recogniseStart(chunk);
  return null;
}

function recogniseStart(start: Buffer): FeedFormat | null {
  return recogniseFeed(start.toString('utf8', 0, FEED_START_CHARACTERS));
}

/** Such documents are as long as one document of evidence at most. */
const WHOLE_MAX = LIMITS.documentBytesMax;

async function readWhole(text: AsyncIterable<Buffer>, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of text) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    // No more is read than what is parsed.
    if (bytes > WHOLE_MAX) throw tooLong(WHOLE_MAX);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function translateMembers(
  text: AsyncIterable<Buffer>,
  translator: FeedTranslator,
  lines: TranslatedLines,
  signal?: AbortSignal,
): Promise<void> {
  const splitter = new MemberSplitter(LIMITS.advisoryBytesMax);
  let bytes = 0;
  for await (const chunk of text) {
    signal?.throwIfAborted();
    bytes += chunk.length;
    if (bytes > LIMITS.advisoryFeedBytesMax) throw tooLong(LIMITS.advisoryFeedBytesMax);
    for (const { key, value } of splitter.push(chunk)) lines.add(translator.read(key, value));
    await lines.flush();
  }
  splitter.finish();
}

function nothingSaid(format: string): Failure {
  return new Failure(
    'UNSUPPORTED',
    `it says nothing of packages that are looked up here (${format})`,
    'Leave it out.',
  );
}

function tooLong(bytesMax: number): Failure {
  const remedy = 'Take the file from its publisher again.';
  return new Failure('LIMIT_EXCEEDED', `it is over ${bytesMax} bytes`, remedy);
}

/** The first line is empty, so that no record is taken for the begin of a longer document. */
class TranslatedLines {
  readonly path: string;
  readonly #file: FileHandle;
  #waiting: Buffer[] = [];
  #bytes = 0;
  count = 0;

  private constructor(path: string, file: FileHandle) {
    this.path = path;
    this.#file = file;
  }

  static #made = 0;

  static async create(spool: string): Promise<TranslatedLines> {
    const path = join(spool, `translated-${TranslatedLines.#made++}.ndjson`);
    const file = await open(path, 'wx', 0o600);
    await file.writeFile('\n');
    return new TranslatedLines(path, file);
  }

  add(records: readonly JsonObject[]): void {
    for (const record of records) {
      const line = toLine(record);
      this.count += 1;
      this.#bytes += line.length + 1;
      if (this.#bytes > LIMITS.advisoryFeedBytesMax) throw tooLong(LIMITS.advisoryFeedBytesMax);
      this.#waiting.push(line, NEWLINE);
    }
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return;
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    await this.#file.writeFile(bytes);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

const NEWLINE = Buffer.from('\n');

function toLine(record: JsonObject): Buffer {
  return Buffer.from(JSON.stringify(record));
}
