import { Failure } from '../../../core/failure.ts';

/** Tags of a header (rpmtag.h) that are read here. */
export const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  licence: 1014,
  arch: 1022,
  fileStates: 1029,
  fileModes: 1030,
  fileDigests: 1035,
  fileFlags: 1037,
  sourceRpm: 1044,
  provides: 1047,
  requires: 1049,
  folderIndexes: 1116,
  baseNames: 1117,
  folders: 1118,
  fileDigestAlgorithm: 5011,
  modularityLabel: 5096,
  packageMd5: 261,
  oldFileNames: 1027,
} as const;

export type RpmTag = (typeof TAGS)[keyof typeof TAGS];

const ENTRY_BYTES = 16;
/** rpm itself accepts no more (headerutil, `hdrchkTags`). */
const ENTRIES_MAX = 65_535;
const TYPES = { char: 1, int8: 2, int16: 3, int32: 4, text: 6, bytes: 7, texts: 8, i18n: 9 };

interface HeaderEntry {
  readonly type: number;
  readonly offset: number;
  readonly count: number;
}

/**
 * A header as the database of rpm keeps it (rpm-headerformat): two lengths, an index of entries and
 * their data. Every value lies within the data; what does not throws a Failure.
 */
export class RpmHeader {
  readonly #data: Buffer;
  readonly #entries = new Map<number, HeaderEntry>();

  constructor(given: Uint8Array) {
    const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    if (bytes.length < 8) throw malformed('it is too short');
    const count = bytes.readUInt32BE(0);
    const length = bytes.readUInt32BE(4);
    const start = 8 + count * ENTRY_BYTES;
    if (count > ENTRIES_MAX) throw malformed('it has too many entries');
    // mutant rpm-header-cut-short by rpmdb: condition -> false
    if (start + length > bytes.length) throw malformed('it is cut short');
    this.#data = bytes.subarray(start, start + length);
    for (let at = 8; at < start; at += ENTRY_BYTES) {
      const entry = {
        type: bytes.readUInt32BE(at + 4),
        offset: bytes.readUInt32BE(at + 8),
        count: bytes.readUInt32BE(at + 12),
      };
      // What rpm added after the package was built comes later and counts.
      this.#entries.set(bytes.readUInt32BE(at), entry);
    }
  }

  /** Null where the tag is missing. */
  readText(tag: RpmTag): string | null {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return null;
    if (![TYPES.text, TYPES.texts, TYPES.i18n].includes(entry.type))
      throw malformed(`tag ${tag} is no text`);
    return this.#readTexts(entry, 1)[0] ?? null;
  }

  /** Empty where the tag is missing. */
  readTexts(tag: RpmTag): readonly string[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    if (![TYPES.text, TYPES.texts].includes(entry.type))
      throw malformed(`tag ${tag} is no list of texts`);
    return this.#readTexts(entry, entry.count);
  }

  #readTexts({ offset }: HeaderEntry, count: number): readonly string[] {
    const texts: string[] = [];
    let from = offset;
    for (let read = 0; read < count; read++) {
      const end = from < this.#data.length ? this.#data.indexOf(0, from) : -1;
      // mutant rpm-text-without-an-end by rpmdb: condition -> false
      if (end === -1) throw malformed('a text has no end');
      texts.push(this.#data.toString('utf8', from, end));
      from = end + 1;
    }
    return texts;
  }

  /** Empty where the tag is missing. */
  readNumbers(tag: RpmTag): readonly number[] {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return [];
    const { type, offset, count } = entry;
    const size = type === TYPES.int32 ? 4 : type === TYPES.int16 ? 2 : 1;
    if (![TYPES.char, TYPES.int8, TYPES.int16, TYPES.int32].includes(type))
      throw malformed(`tag ${tag} is no list of numbers`);
    const part = this.#take(offset, count * size);
    const numbers: number[] = [];
    for (let at = 0; at < part.length; at += size) numbers.push(part.readUIntBE(at, size));
    return numbers;
  }

  readBytes(tag: RpmTag): Uint8Array | null {
    const entry = this.#entries.get(tag);
    if (entry === undefined) return null;
    if (entry.type !== TYPES.bytes) throw malformed(`tag ${tag} is no bytes`);
    return this.#take(entry.offset, entry.count);
  }

  #take(offset: number, length: number): Buffer {
    // mutant rpm-value-beyond-the-data by rpmdb: condition -> false
    if (offset + length > this.#data.length) throw malformed('a value ends behind the header');
    return this.#data.subarray(offset, offset + length);
  }
}

function malformed(why: string): Failure {
  return new Failure(
    'MALFORMED',
    `the header of a package cannot be read: ${why}`,
    'Repair the database: rpm --rebuilddb.',
  );
}
