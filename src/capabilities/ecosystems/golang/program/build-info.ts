import { viewBuffer } from '../../../../formats/program/fields.ts';
import type { LoadedPart, ProgramLayout } from '../../../../formats/program/loaded-part.ts';
import type { PartReading } from '../../../../formats/program/part-reading.ts';

/** What the linker of Go wrote into a program (cmd/link/internal/ld, buildinfo). */
export interface GoBuildInfo {
  /** `go1.22.3`, with what a distribution or an experiment adds to it. */
  readonly goVersion: string;
  /** Lines of `path`, `mod`, `dep`, `=>` and `build`; empty without modules. */
  readonly modules: string;
}

const SIGN = Buffer.from('\xff Go buildinf:', 'latin1');
/** Addresses of the sign are multiples of this (debug/buildinfo, buildInfoAlign). */
const ALIGN = 16;
const HEADER_BYTES = 32;
const PIECE_BYTES = 1024 * 1024;
/** More than ten thousand modules. */
const TEXT_BYTES_MAX = 4 * 1024 * 1024;
/** A program has one; text that quotes it may be aligned too. */
const SIGNS_MAX = 100;
const FLAGS = { isBig: 1, isInline: 2 } as const;
const NAMES: ReadonlySet<string> = new Set(['.go.buildinfo', '__go_buildinfo']);
/** Sections that only the linker of Go makes. */
const GO_SECTION =
  /^(?:\.|__)?go(?:[._]|pclntab|symtab)|^\.note\.go\.buildid$|^(?:\.|__)(?:typelink|itablink)$/;

/**
 * The build information of one program; null where it has none, and `malformed` where there is some
 * that cannot be read. It is in a part with its name, else in data that the program may change; in
 * a program that the linker of Go made, also in other data.
 */
export function* readGoBuildInfo(
  layout: ProgramLayout,
  size: number,
): PartReading<GoBuildInfo | 'malformed' | null> {
  const parts = listPlaces(layout);
  // Parts that overlap would be read many times; the file as a whole then tells its kind.
  // mutant go-program-of-overlapping-parts by go-program: condition -> false
  if (parts.reduce((sum, { length }) => sum + length, 0) > 2 * size) return null;
  let broken = 0;
  for (const part of parts) {
    const search = new SignSearch(part);
    for (let at = yield* search.findNext(); at !== null; at = yield* search.findNext()) {
      const found = yield* decode(layout, at);
      if (found !== null) return found;
      // mutant go-signs-without-end by go-program: condition -> false
      if (++broken >= SIGNS_MAX) return 'malformed';
    }
  }
  return broken > 0 ? 'malformed' : null;
}

function listPlaces({ loaded, named }: ProgramLayout): readonly LoadedPart[] {
  const own = named.filter(({ name }) => NAMES.has(name));
  const data = loaded.filter(({ kind }) => kind === 'writable');
  const isOfGo = named.some(({ name }) => GO_SECTION.test(name));
  // mutant go-data-that-is-not-writable by go-program: condition -> true
  return [...own, ...data, ...(isOfGo ? loaded.filter(({ kind }) => kind === 'read-only') : [])];
}

/** Each place of the sign in one part; bytes are read in pieces. */
class SignSearch {
  readonly #part: LoadedPart;
  #at: number;
  #piece: Buffer = Buffer.alloc(0);
  #pieceAt = 0;

  constructor(part: LoadedPart) {
    this.#part = part;
    this.#at = Math.ceil(part.address / ALIGN) * ALIGN;
  }

  /** The address of the next one, or null. */
  *findNext(): PartReading<number | null> {
    const { address, offset, length } = this.#part;
    const end = address + length;
    while (this.#at + HEADER_BYTES <= end) {
      if (this.#at >= this.#pieceAt + this.#piece.length) {
        const wanted = Math.min(PIECE_BYTES, end - this.#at);
        this.#pieceAt = this.#at;
        this.#piece = viewBuffer(yield { offset: offset + this.#at - address, length: wanted });
        if (this.#piece.length === 0) return null;
      }
      const found = this.#piece.indexOf(SIGN, this.#at - this.#pieceAt);
      if (found === -1) {
        // The sign is aligned, and so is the end of each whole piece: it is in one of them.
        this.#at = this.#pieceAt + Math.ceil(this.#piece.length / ALIGN) * ALIGN;
        continue;
      }
      const place = this.#pieceAt + found;
      const isAligned = place % ALIGN === 0;
      this.#at = (Math.floor(place / ALIGN) + 1) * ALIGN;
      // mutant go-sign-that-is-not-aligned by go-program: condition -> true
      if (isAligned) return place;
    }
    return null;
  }
}

/** Since Go 1.18 two texts follow the header; before that, it has pointers to two. */
function* decode(layout: ProgramLayout, address: number): PartReading<GoBuildInfo | null> {
  const header = yield* readAt(layout, address, HEADER_BYTES);
  if (header.length < HEADER_BYTES) return null;
  const [pointerBytes = 0, flags = 0] = [header[14], header[15]];
  if ((flags & FLAGS.isInline) !== 0) {
    const version = yield* readInline(layout, address + HEADER_BYTES);
    const modules = version === null ? null : yield* readInline(layout, version.end);
    return version === null || modules === null ? null : finish(version.text, modules.text);
  }
  if (pointerBytes !== 4 && pointerBytes !== 8) return null;
  const form: GoPointers = { bytes: pointerBytes, isBig: (flags & FLAGS.isBig) !== 0 };
  const version = yield* readText(layout, form, readPointer(header, 16, form));
  const modules = yield* readText(layout, form, readPointer(header, 16 + pointerBytes, form));
  return version === null ? null : finish(version, modules ?? Buffer.alloc(0));
}

/** Sixteen bytes before and after the lines mark them (cmd/go/internal/modload, infoStart). */
function finish(version: Buffer, framed: Buffer): GoBuildInfo | null {
  if (version.length === 0) return null;
  const isFramed = framed.length >= 33 && framed[framed.length - 17] === 0x0a;
  const modules = isFramed ? framed.toString('utf8', 16, framed.length - 16) : '';
  return { goVersion: version.toString('utf8'), modules };
}

/** A text with its length before it, as a varint of base 128. */
function* readInline(
  layout: ProgramLayout,
  address: number,
): PartReading<{ readonly text: Buffer; readonly end: number } | null> {
  const head = yield* readAt(layout, address, 10);
  let length = 0;
  for (let at = 0; at < head.length; at++) {
    const byte = head[at] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte >= 0x80) continue;
    // mutant go-text-without-a-limit by go-program: condition -> false
    if (length > TEXT_BYTES_MAX) return null;
    const from = address + at + 1;
    const text = yield* readAt(layout, from, length);
    return text.length === length ? { text, end: from + length } : null;
  }
  return null;
}

/** A text of Go: the address and the length of its bytes. */
function* readText(
  layout: ProgramLayout,
  form: GoPointers,
  address: number,
): PartReading<Buffer | null> {
  const header = yield* readAt(layout, address, 2 * form.bytes);
  if (header.length < 2 * form.bytes) return null;
  const [at, length] = [readPointer(header, 0, form), readPointer(header, form.bytes, form)];
  if (length > TEXT_BYTES_MAX) return null;
  const text = yield* readAt(layout, at, length);
  return text.length === length ? text : null;
}

/** The form of addresses in a program. */
interface GoPointers {
  readonly bytes: 4 | 8;
  readonly isBig: boolean;
}

/** Not exact from 2^53 on: no program is there. */
function readPointer(bytes: Buffer, at: number, { bytes: width, isBig }: GoPointers): number {
  if (width === 4) return isBig ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at);
  return Number(isBig ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
}

/** Fewer bytes at the end of the part that holds the address, none outside of all parts. */
function* readAt({ loaded }: ProgramLayout, address: number, length: number): PartReading<Buffer> {
  const part = loaded.find((one) => one.address <= address && address < one.address + one.length);
  if (part === undefined || length === 0) return Buffer.alloc(0);
  const wanted = Math.min(length, part.address + part.length - address);
  const bytes = viewBuffer(yield { offset: part.offset + address - part.address, length: wanted });
  // The next part may be asked for before these bytes are used.
  return Buffer.from(bytes);
}
