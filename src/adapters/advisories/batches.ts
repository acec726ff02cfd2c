import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import type { FeedImport } from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';

/** What one document of the log holds at most; a longer record has a document of its own. */
const BATCH_RECORDS = 1_000;
const BATCH_BYTES = 8 * 1024 * 1024;
const BUFFER_BYTES = 2 * 1024 * 1024;
const NEWLINE = 10;

/** Collects the records of an import, as they are to go into the log: JSON lines in batches. */
export class BatchCollector {
  readonly #put: (batch: Uint8Array) => void | Promise<void>;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;
  #lines = 0;

  /** `put` takes each batch; its bytes are used again when it has ended. */
  constructor(put: (batch: Uint8Array) => void | Promise<void>) {
    this.#put = put;
  }

  get isFull(): boolean {
    return this.#lines >= BATCH_RECORDS || this.#filled >= BATCH_BYTES;
  }

  /** `record` is one line of JSON. */
  add(record: Uint8Array): void {
    const bytes = this.#filled + record.length + 1;
    if (bytes > this.#buffer.length) this.#grow(bytes);
    this.#buffer.set(record, this.#filled);
    this.#filled += record.length;
    this.#buffer[this.#filled++] = NEWLINE;
    this.#lines++;
  }

  /** A batch holds records of one feed. */
  async endBatch(): Promise<void> {
    if (this.#lines === 0) return;
    await this.#put(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
    this.#lines = 0;
  }

  #grow(bytesMin: number): void {
    const grown = Buffer.allocUnsafe(Math.max(bytesMin, 2 * this.#buffer.length));
    this.#buffer.copy(grown, 0, 0, this.#filled);
    this.#buffer = grown;
  }
}

/** A private file of batches, each behind its length in bytes, and of what they cover. */
export class BatchFile {
  readonly #file: number;
  #isOpen = true;
  #written = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx', 0o600);
  }

  put(batch: Uint8Array): void {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(batch.length);
    this.#write(length);
    this.#write(batch);
  }

  /**
   * Its bytes reach the disk. `position` is the size of the log before the first batch; `imported`
   * is null where the log has it already.
   */
  finish(position: number, imported: FeedImport | null): void {
    if (imported !== null) this.#putImported(Buffer.from(JSON.stringify(imported)));
    const end = Buffer.alloc(LENGTH_BYTES + POSITION_BYTES);
    end.writeDoubleLE(position, LENGTH_BYTES);
    this.#write(end);
    fsyncSync(this.#file);
    this.close();
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #putImported(bytes: Buffer): void {
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(IMPORTED_MARK + bytes.length);
    this.#write(length);
    this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    writeAll(this.#file, bytes, this.#written);
    this.#written += bytes.length;
  }
}

const LENGTH_BYTES = 4;
/** Added to the length of what is no batch. */
const IMPORTED_MARK = 0x8000_0000;
/** A double behind the length 0, which ends the file. */
const POSITION_BYTES = 8;

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; )
    at += writeSync(file, bytes, at, bytes.length - at, position + at);
}

/** The size of the log before the first batch of a finished file. */
export function readPosition(path: string): number {
  const file = openSync(path, 'r');
  try {
    const at = fstatSync(file).size - LENGTH_BYTES - POSITION_BYTES;
    if (at < 0) throw cutShort();
    const end = readAll(file, LENGTH_BYTES + POSITION_BYTES, at);
    const position = end.readDoubleLE(LENGTH_BYTES);
    // mutant batches-cut-short by pending-import: remove
    if (end.readUInt32LE() !== 0 || !Number.isSafeInteger(position)) throw cutShort();
    return position;
  } finally {
    closeSync(file);
  }
}

/** The batches of a finished file, in their order. */
export function* readBatches(path: string): Generator<Buffer> {
  const file = openSync(path, 'r');
  try {
    for (const { at, length, isBatch } of listParts(file))
      if (isBatch) yield readAll(file, length, at);
  } finally {
    closeSync(file);
  }
}

/** What a finished file says that its batches cover; null where it says nothing. */
export function readImported(path: string): FeedImport | null {
  const file = openSync(path, 'r');
  try {
    for (const { at, length, isBatch } of listParts(file))
      if (!isBatch) return JSON.parse(readAll(file, length, at).toString()) as FeedImport;
    return null;
  } finally {
    closeSync(file);
  }
}

function* listParts(file: number) {
  for (let at = 0; ; ) {
    const marked = readAll(file, LENGTH_BYTES, at).readUInt32LE();
    if (marked === 0) return;
    const isBatch = marked < IMPORTED_MARK;
    const length = isBatch ? marked : marked - IMPORTED_MARK;
    yield { at: at + LENGTH_BYTES, length, isBatch };
    at += LENGTH_BYTES + length;
  }
}

function readAll(file: number, length: number, position: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, position + at);
    if (read === 0) throw cutShort();
    at += read;
  }
  return bytes;
}

function cutShort(): Failure {
  return new Failure(
    'STORE_CORRUPT',
    'the records of an interrupted import are cut short',
    'Remove the files that end with .pending and .pending-log, then import again.',
  );
}
