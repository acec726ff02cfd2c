import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { Failure } from '../../core/failure.ts';

/** What one document of the log holds at most; a longer record has a document of its own. */
const BATCH_RECORDS = 1_000;
const BATCH_CHARACTERS = 8 * 1024 * 1024;

/**
 * Writes the records of an import, as they are to go into the log, into a private file: JSON lines
 * in batches, each behind its length in bytes. Nothing but the batch at hand is in memory.
 */
export class BatchWriter {
  readonly #file: number;
  #isOpen = true;
  #lines: string[] = [];
  #characters = 0;

  constructor(path: string) {
    this.#file = openSync(path, 'wx', 0o600);
  }

  add(record: string): void {
    this.#lines.push(record);
    this.#characters += record.length;
    if (this.#lines.length >= BATCH_RECORDS || this.#characters >= BATCH_CHARACTERS)
      this.endBatch();
  }

  /** A batch holds records of one feed. */
  endBatch(): void {
    if (this.#lines.length === 0) return;
    const body = Buffer.from(`${this.#lines.join('\n')}\n`);
    const size = Buffer.alloc(LENGTH_BYTES);
    size.writeUInt32LE(body.length);
    writeAll(this.#file, size);
    writeAll(this.#file, body);
    this.#lines = [];
    this.#characters = 0;
  }

  /** Its bytes reach the disk. `position` is the size of the log before the first batch. */
  finish(position: number): void {
    this.endBatch();
    const end = Buffer.alloc(LENGTH_BYTES + POSITION_BYTES);
    end.writeDoubleLE(position, LENGTH_BYTES);
    writeAll(this.#file, end);
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

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** The size of the log before the first batch of a finished file. */
export function readPosition(path: string): number {
  const file = openSync(path, 'r');
  try {
    const end = fstatSync(file).size - POSITION_BYTES;
    return readAll(file, POSITION_BYTES, end).readDoubleLE();
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
