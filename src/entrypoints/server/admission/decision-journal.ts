import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { attempt } from '../../../core/result.ts';
import { toFileFailure } from '../../../system/files/errno.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { encodeJournalEntry, type JournalEntry } from './journal-entry.ts';

/** A file of the journal. It goes when everything in it is in the log. */
export interface JournalSegment {
  readonly path: string;
  readonly handle: FileHandle;
  bytes: number;
  /** Entries that are not in the log yet. */
  waiting: number;
}

interface Write {
  readonly bytes: Uint8Array;
  readonly done: (segment: JournalSegment) => void;
  readonly failed: (failure: Failure) => void;
}

export interface JournalOptions {
  readonly folder: string;
  /** What the names of its files begin with: `decisions`. */
  readonly name: string;
  /** Of all its files; absent: LIMITS.decisionJournalBytesMax. */
  readonly bytesMax?: number;
}

const SEGMENT_BYTES_MAX = 8 * 1024 * 1024;

/**
 * Keeps decisions on the disk until they are in the log: a process that is killed loses none that
 * was answered. `append` resolves when its entry is synced; entries that arrive meanwhile share the
 * next sync. What a killed process left is in `left`. Entries are only appended, and a file is
 * removed as a whole.
 */
export class DecisionJournal {
  readonly #options: JournalOptions;
  /** Files of processes that have ended, the oldest first. */
  readonly left: readonly string[];
  #segments: JournalSegment[] = [];
  #waiting: Write[] = [];
  #writing: Promise<void> | null = null;
  #bytesWaiting = 0;
  #opened = 0;

  private constructor(options: JournalOptions, left: readonly string[]) {
    this.#options = options;
    this.left = left;
  }

  static async open(options: JournalOptions): Promise<DecisionJournal> {
    makeFolders(options.folder, 0o700);
    const names = await readdir(options.folder);
    const left = names.flatMap((file) => {
      const [, name, pid, number] = FILE.exec(file) ?? [];
      return name === options.name && !isOther(Number(pid)) ? [{ file, at: Number(number) }] : [];
    });
    const paths = left
      .toSorted((one, other) => one.at - other.at)
      .map(({ file }) => join(options.folder, file));
    return new DecisionJournal(options, paths);
  }

  /**
   * Resolves when the entry is synced. Fails with LIMIT_EXCEEDED when more than `share` of the
   * journal is in use, or with what the disk says: then nothing is promised.
   */
  append(entry: JournalEntry, share = 1): Promise<JournalSegment> {
    const bytes = encodeJournalEntry(entry);
    const max = share * (this.#options.bytesMax ?? LIMITS.decisionJournalBytesMax);
    const held = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    // mutant journal-is-bounded: condition -> false
    if (held + this.#bytesWaiting + bytes.length > max)
      return Promise.reject(createFullFailure(max));
    this.#bytesWaiting += bytes.length;
    return new Promise((done, failed) => {
      this.#waiting.push({ bytes, done, failed });
      this.#writing ??= this.#writeAll();
    });
  }

  /** An entry of this segment is in the log, or was given up. */
  settle(segment: JournalSegment, entries = 1): void {
    segment.waiting -= entries;
    const [current] = this.#segments.slice(-1);
    const isOpen = segment === current && segment.bytes < SEGMENT_BYTES_MAX / 8;
    if (segment.waiting <= 0 && !isOpen && this.#writing === null) void this.#remove(segment);
  }

  /** Removes what holds nothing that waits. The rest is there at the next start. */
  async close(): Promise<void> {
    await this.#writing;
    for (const segment of [...this.#segments])
      if (segment.waiting <= 0) await this.#remove(segment);
      else await segment.handle.close();
    this.#segments = [];
  }

  async #writeAll(): Promise<void> {
    await null;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0);
      const written = await attempt(() => this.#write(batch));
      for (const { bytes, done, failed } of batch) {
        this.#bytesWaiting -= bytes.length;
        if (written.ok) done(written.value);
        else failed(written.failure);
      }
    }
    this.#writing = null;
    const [current] = this.#segments.slice(-1);
    for (const segment of [...this.#segments])
      if (segment.waiting <= 0 && segment !== current) await this.#remove(segment);
  }

  async #write(batch: readonly Write[]): Promise<JournalSegment> {
    const segment = await this.#findSegment();
    const bytes = Buffer.concat(batch.map((one) => one.bytes));
    try {
      for (let at = 0; at < bytes.length; ) {
        const place = segment.bytes + at;
        at += (await segment.handle.write(bytes, at, bytes.length - at, place)).bytesWritten;
      }
      await segment.handle.datasync();
    } catch (thrown) {
      // A part of a batch may be on the disk: nothing is written after it.
      segment.bytes = SEGMENT_BYTES_MAX;
      throw toFileFailure(segment.path, thrown, 'write');
    }
    segment.bytes += bytes.length;
    segment.waiting += batch.length;
    return segment;
  }

  async #findSegment(): Promise<JournalSegment> {
    const [current] = this.#segments.slice(-1);
    if (current !== undefined && current.bytes < SEGMENT_BYTES_MAX) return current;
    const { folder, name } = this.#options;
    const number = this.left.length + ++this.#opened;
    const path = join(folder, `${name}-${process.pid}-${String(number).padStart(6, '0')}.journal`);
    try {
      const handle = await open(path, 'wx', 0o600);
      await syncFolder(folder);
      const segment = { path, handle, bytes: 0, waiting: 0 };
      this.#segments.push(segment);
      return segment;
    } catch (thrown) {
      throw toFileFailure(path, thrown, 'write');
    }
  }

  async #remove(segment: JournalSegment): Promise<void> {
    if (!this.#segments.includes(segment)) return;
    this.#segments = this.#segments.filter((one) => one !== segment);
    await attempt(async () => {
      await segment.handle.close();
      await rm(segment.path, { force: true });
    });
  }
}

const FILE = /^([a-z]+)-(\d{1,10})-(\d{1,10})[.]journal$/;

/** Whether this is the number of another process that runs: its files are in use. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function createFullFailure(max: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `over ${max} bytes of decisions wait to be recorded`,
    'Find out what blocks the database.',
  );
}
