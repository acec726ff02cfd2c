import { Failure } from '../../core/failure.ts';
import { getOwn } from '../../core/own.ts';
import {
  BLOCK_BYTES,
  malformedTar,
  type RawHeader,
  readHeader,
  readPaxRecords,
} from './tar-header.ts';
import { readMetadata, type TarMetadata } from './tar-metadata.ts';

export interface TarEntry {
  /** As written in the archive; it is not trusted. */
  readonly name: string;
  readonly linkName: string;
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other' | 'sparse';
  readonly size: number;
  readonly executable: boolean;
}

/** Takes the bytes of one entry. */
export interface TarSink {
  write(piece: Buffer): void;
  end(): void;
}

/**
 * Receives each entry in order, and the rest of its header if that is read at once. It returns a
 * sink for an entry whose bytes are needed.
 */
export type TarVisitor = (entry: TarEntry, metadata: () => TarMetadata) => TarSink | null;

export interface TarReader {
  push(piece: Uint8Array): void;
  /**
   * How many of the next bytes are not needed, for readers that can skip them; skipped bytes count
   * as read. First the content of an entry, then its padding. Null when the archive has ended.
   */
  passOver(): number | null;
  /** Ends the input: throws a Failure when the archive is cut short. */
  finish(): void;
}

const METADATA_BYTES_MAX = 1024 * 1024;
const KINDS: Readonly<Record<string, TarEntry['kind']>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'other',
  '4': 'other',
  '5': 'directory',
  '6': 'other',
  S: 'sparse',
};
const METADATA = new Set(['x', 'g', 'L', 'K']);

/**
 * Reads a tar archive from pieces and holds only one block of it. It understands what Go's
 * archive/tar understands, which container runtimes unpack with: ustar, pax, GNU long names,
 * base-256 numbers. It ends at two blocks of zeros, or after the content of an entry.
 */
export function readTar(visit: TarVisitor): TarReader {
  return new Reader(visit);
}

class Reader implements TarReader {
  readonly #visit: TarVisitor;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #filled = 0;
  #zeroBlocks = 0;
  #dataLeft = 0;
  #padding = 0;
  #sink: TarSink | null = null;
  #moreHeaders = false;
  #pax: ReadonlyMap<string, string> = NO_RECORDS;
  #longName = '';
  #longLink = '';
  #pending: { readonly header: RawHeader; readonly block: Buffer } | null = null;

  constructor(visit: TarVisitor) {
    this.#visit = visit;
  }

  push(piece: Uint8Array): void {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    let at = 0;
    while (at < bytes.length && this.#zeroBlocks < 2) {
      if (this.#dataLeft > 0) at += this.#takeData(bytes, at);
      else if (this.#padding > 0) at += this.#skipPadding(bytes.length - at);
      else at += this.#takeBlock(bytes, at);
    }
  }

  passOver(): number | null {
    if (this.#zeroBlocks >= 2) return null;
    if (this.#dataLeft > 0 && this.#sink !== null) return 0;
    if (this.#dataLeft === 0) {
      const padding = this.#padding;
      this.#padding = 0;
      return padding;
    }
    const content = this.#dataLeft;
    this.#endData();
    this.#dataLeft = 0;
    return content;
  }

  finish(): void {
    if (this.#zeroBlocks >= 2) return;
    // The last padding may be absent, as in layers of `umoci insert`: Go takes that for the end.
    const between = this.#dataLeft === 0 && this.#filled === 0 && !this.#moreHeaders;
    const isNamed = this.#pax !== NO_RECORDS || this.#longName !== '' || this.#longLink !== '';
    // mutant tar-cut-short: remove
    if (!between || isNamed || this.#pending !== null) throw malformedTar('it is cut short');
  }

  #takeData(bytes: Buffer, at: number): number {
    const length = Math.min(this.#dataLeft, bytes.length - at);
    this.#sink?.write(bytes.subarray(at, at + length));
    this.#dataLeft -= length;
    if (this.#dataLeft === 0) this.#endData();
    return length;
  }

  #endData(): void {
    const sink = this.#sink;
    this.#sink = null;
    sink?.end();
  }

  #skipPadding(available: number): number {
    const length = Math.min(this.#padding, available);
    this.#padding -= length;
    return length;
  }

  #takeBlock(bytes: Buffer, at: number): number {
    if (this.#filled === 0 && bytes.length - at >= BLOCK_BYTES) {
      this.#handle(bytes.subarray(at, at + BLOCK_BYTES));
      return BLOCK_BYTES;
    }
    const length = Math.min(BLOCK_BYTES - this.#filled, bytes.length - at);
    bytes.copy(this.#block, this.#filled, at, at + length);
    this.#filled += length;
    if (this.#filled === BLOCK_BYTES) {
      this.#filled = 0;
      this.#handle(this.#block);
    }
    return length;
  }

  #handle(block: Buffer): void {
    if (this.#moreHeaders) {
      this.#moreHeaders = block[504] !== 0;
      if (!this.#moreHeaders && this.#pending !== null)
        this.#begin(this.#pending.header, this.#pending.block);
      return;
    }
    const header = readHeader(block);
    if (header === null) this.#zeroBlocks++;
    else if (this.#zeroBlocks > 0) throw malformedTar('a block of zeros is between entries');
    else if (METADATA.has(header.flag)) this.#beginMetadata(header);
    else if (header.extended) {
      this.#pending = { header, block: Buffer.from(block) };
      this.#moreHeaders = true;
    } else this.#begin(header, block);
  }

  #beginMetadata({ flag, size }: RawHeader): void {
    // mutant tar-metadata-limit: remove
    if (size > METADATA_BYTES_MAX) {
      throw new Failure(
        'LIMIT_EXCEEDED',
        `a tar header is over ${METADATA_BYTES_MAX} bytes`,
        'Use shorter paths.',
      );
    }
    const pieces: Buffer[] = [];
    const end = (): void => this.#apply(flag, Buffer.concat(pieces));
    this.#expect(size, { write: (piece) => void pieces.push(Buffer.from(piece)), end });
    if (size === 0) this.#endData();
  }

  /**
   * As Go does (archive/tar, reader.go): a header replaces one of its kind before it; a global one
   * names nothing, and drops the headers before it.
   */
  #apply(flag: string, bytes: Buffer): void {
    const end = bytes.indexOf(0);
    const text = (): string => bytes.toString('utf8', 0, end === -1 ? bytes.length : end);
    if (flag === 'L') this.#longName = text();
    else if (flag === 'K') this.#longLink = text();
    else {
      const records = readPaxRecords(bytes);
      if (flag === 'g') this.#forget();
      else this.#pax = records;
    }
  }

  #forget(): void {
    this.#pax = NO_RECORDS;
    this.#longName = '';
    this.#longLink = '';
  }

  #begin(header: RawHeader, block: Buffer): void {
    this.#pending = null;
    const records = this.#pax;
    // An empty record leaves the header's own value. GNU's long names have precedence over it, and
    // the name of a sparse file has precedence over all.
    const readRecord = (key: string): string | null => records.get(key) || null;
    const isSparse = header.flag !== 'S' && isSparsePax(readRecord);
    const sparseName = isSparse ? readRecord('GNU.sparse.name') : null;
    const name = sparseName ?? (this.#longName || readRecord('path') || header.name);
    const linkName = this.#longLink || readRecord('linkpath') || header.linkName;
    // mutant tar-size-that-pax-states: remove operand
    const size = parsePaxSize(readRecord('size')) ?? header.size;
    this.#forget();
    // mutant tar-zero-byte-in-path: remove
    if (name.includes('\0') || linkName.includes('\0'))
      throw malformedTar('a path contains a zero byte');
    const kind = isSparse ? 'sparse' : classifyEntry(header.flag, name);
    const data = kind === 'file' || kind === 'sparse' ? size : measureData(header.flag, size);
    const entry: TarEntry = {
      name,
      linkName,
      kind,
      size: data,
      executable: (header.mode & 0o111) !== 0,
    };
    this.#expect(
      data,
      this.#visit(entry, () => readMetadata(block, records)),
    );
    if (data === 0) this.#endData();
  }

  #expect(size: number, sink: TarSink | null): void {
    this.#sink = sink;
    this.#dataLeft = size;
    this.#padding = (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES;
  }
}

const NO_RECORDS: ReadonlyMap<string, string> = new Map();

/** The tar of Unix version 7 wrote directories as files whose names end with a slash. */
function classifyEntry(flag: string, name: string): TarEntry['kind'] {
  if (flag === '\0' && name.endsWith('/')) return 'directory';
  return getOwn(KINDS, flag) ?? 'other';
}

/**
 * Links, devices and directories have no data, even if their header states a size; the data of
 * unknown kinds is skipped.
 */
function measureData(flag: string, size: number): number {
  // mutant tar-link-has-no-data: condition -> true
  return getOwn(KINDS, flag) === undefined ? size : 0;
}

/** GNU's sparse forms 0.0, 0.1 and 1.0; records of any other form are remarks. */
function isSparsePax(record: (key: string) => string | null): boolean {
  const [major, minor] = [record('GNU.sparse.major'), record('GNU.sparse.minor')];
  if (major === null && minor === null) return record('GNU.sparse.map') !== null;
  return (major === '0' && (minor === '0' || minor === '1')) || (major === '1' && minor === '0');
}

function parsePaxSize(text: string | null): number | null {
  if (text === null) return null;
  const size = Number(text);
  if (!/^[0-9]{1,16}$/.test(text) || !Number.isSafeInteger(size))
    throw malformedTar('an extended header has a malformed size');
  return size;
}
