import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { Failure } from '../../core/failure.ts';

/** What one document of the log holds at most; a longer record has a document of its own. */
const BATCH_RECORDS = 1_000;
const BATCH_CHARACTERS = 8 * 1024 * 1024;
const BUFFER_BYTES = 256 * 1024;
const NEWLINE = 10;

/**
 * Writes the records of an import, as they are to go into the log, into a private file: JSON lines
 * in batches, each behind its length in bytes. Little of it is in memory at any time.
 */
export class BatchWriter {
  readonly #file: number;
  #isOpen = true;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #filled = 0;
  /** Where the batch at hand begins in the file, its length of 4 bytes included. */
  #start = 0;
  #written = 0;
  #lines = 0;
  #characters = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx', 0o600);
  }

  add(record: string): void {
    if (this.#lines === 0) this.#begin();
    const bytesMax = 3 * record.length + 1;
    if (this.#filled + bytesMax > this.#buffer.length) this.#flush();
    if (bytesMax > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(bytesMax);
    this.#filled += this.#buffer.write(record, this.#filled);
    this.#buffer[this.#filled++] = NEWLINE;
    this.#lines++;
    this.#characters += record.length;
    if (this.#lines >= BATCH_RECORDS || this.#characters >= BATCH_CHARACTERS) this.endBatch();
  }

  /** A batch holds records of one feed. */
  endBatch(): void {
    if (this.#lines === 0) return;
    this.#flush();
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(this.#written - this.#start - LENGTH_BYTES);
    writeAll(this.#file, length, this.#start);
    this.#lines = 0;
    this.#characters = 0;
  }

  #begin(): void {
    this.#flush();
    this.#start = this.#written;
    this.#filled = LENGTH_BYTES;
  }

  #flush(): void {
    writeAll(this.#file, this.#buffer.subarray(0, this.#filled), this.#written);
    this.#written += this.#filled;
    this.#filled = 0;
  }

  /** Its bytes reach the disk. `position` is the size of the log before the first batch. */
  finish(position: number): void {
    this.endBatch();
    const end = Buffer.alloc(LENGTH_BYTES + POSITION_BYTES);
    end.writeDoubleLE(position, LENGTH_BYTES);
    writeAll(this.#file, end, this.#written);
    fsyncSync(this.#file);
    this.close();
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}

const LENGTH_BYTES = 4;
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
    for (;;) {
      const length = readAll(file, LENGTH_BYTES).readUInt32LE();
      if (length === 0) return;
      yield readAll(file, length);
    }
  } finally {
    closeSync(file);
  }
}

function readAll(file: number, length: number, position: number | null = null): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; ) {
    const read = readSync(file, bytes, at, length - at, position === null ? null : position + at);
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
