import { JSON_MEMORY } from '../../core/json-memory.ts';
import { LIMITS } from '../../core/limits.ts';

/** Thrown for what this cursor leaves to parseJson, which says what is wrong, if anything is. */
export const NOT_COMPACT = Symbol('not compact');

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58];
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93];
const [FIRST_PLAIN, LAST_PLAIN, ZERO, NINE, MINUS] = [32, 126, 48, 57, 45];
/** What JSON.stringify writes behind a backslash, but for characters by their number. */
const ESCAPES = new Set([...'"\\bfnrt'].map((char) => char.charCodeAt(0)));
/** Objects that are deeper, or have more members, are left to parseJson. */
const DEPTH_MAX = 24;
const MEMBERS_MAX = 16;

/**
 * Walks one JSON document in the form that JSON.stringify writes, in ASCII, from left to right, so
 * that who needs a few of its values makes only these. It takes nothing that parseJson refuses: all
 * of the grammar is checked, also of what is passed over, and depth, memory and repeated keys are
 * bounded as there. Whatever it does not take throws NOT_COMPACT.
 *
 * @example
 * cursor.start(bytes);
 * cursor.openObject();
 * while (cursor.nextMember()) if (cursor.isKey('id')) id = cursor.readText(); else cursor.skip();
 * cursor.end();
 */
export class CompactCursor {
  readonly #memoryBytesMax: number;
  #text = '';
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  #memory = 0;
  #depth = 0;
  #keyStart = 0;
  #keyEnd = 0;
  /** Of what readPlain read last. */
  #plainStart = 0;
  #plainEnd = 0;
  /** Of each open object or list: how many members were read, and where their keys are. */
  readonly #counts = new Int32Array(DEPTH_MAX + 1);
  readonly #keys = new Int32Array((DEPTH_MAX + 1) * MEMBERS_MAX * 2);

  constructor(memoryBytesMax: number = LIMITS.jsonMemoryBytesMax) {
    this.#memoryBytesMax = memoryBytesMax;
  }

  /** Begins another document. */
  start(document: Uint8Array): void {
    const bytes = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
    this.#bytes = bytes;
    this.#text = bytes.toString('latin1');
    this.#at = 0;
    this.#memory = 0;
    this.#depth = 0;
  }

  openObject(): void {
    this.#open(OPEN, JSON_MEMORY.object);
  }

  openList(): void {
    this.#open(OPEN_LIST, JSON_MEMORY.list);
  }

  /** Whether the open object has another member; its value is what comes next. */
  nextMember(): boolean {
    const count = this.#counts[this.#depth] ?? 0;
    if (!this.#next(count, CLOSE, JSON_MEMORY.member)) return false;
    if (count >= MEMBERS_MAX) throw NOT_COMPACT;
    this.#keyStart = this.#at + 1;
    if (this.#passString()) throw NOT_COMPACT;
    this.#keyEnd = this.#at - 1;
    // A key that is a number comes first in an object, wherever the text has it.
    if (isDigit(this.#bytes[this.#keyStart])) throw NOT_COMPACT;
    this.#rememberKey(count);
    this.#take(COLON);
    return true;
  }

  /** Whether the open list has another item, which is what comes next. */
  nextItem(): boolean {
    return this.#next(this.#counts[this.#depth] ?? 0, CLOSE_LIST, JSON_MEMORY.item);
  }

  isKey(name: string): boolean {
    return (
      this.#keyEnd - this.#keyStart === name.length && this.#text.startsWith(name, this.#keyStart)
    );
  }

  /** The key of the member that was read last, if it is one of these. */
  findKey<T extends string>(names: readonly T[]): T | null {
    for (let at = 0; at < names.length; at++) {
      const name = names[at] as T;
      if (this.isKey(name)) return name;
    }
    return null;
  }

  /** The key of the member that was read last; ask before its value is read. */
  get key(): string {
    return this.#text.slice(this.#keyStart, this.#keyEnd);
  }

  /** What readPlain or readFramed read last, as a text that keeps no document in memory. */
  copyPlain(): string {
    return this.#bytes.toString('latin1', this.#plainStart, this.#plainEnd);
  }

  /** The next value, which is a text without an escape. It keeps the document in memory. */
  readPlain(): string {
    this.#plainStart = this.#at + 1;
    if (this.#passString()) throw NOT_COMPACT;
    this.#plainEnd = this.#at - 1;
    return this.#text.slice(this.#plainStart, this.#plainEnd);
  }

  /** `known` if the next value is that text, else as readPlain. */
  readPlainOr(known: string): string {
    const start = this.#at + 1;
    const end = start + known.length;
    if (
      this.#bytes[end] !== QUOTE ||
      this.#bytes[this.#at] !== QUOTE ||
      !this.#text.startsWith(known, start)
    )
      return this.readPlain();
    this.#at = end + 1;
    return known;
  }

  /** The next value, which is a text. */
  readText(): string {
    const start = this.#at;
    const hasEscapes = this.#passString();
    if (!hasEscapes) return this.#text.slice(start + 1, this.#at - 1);
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  /** Passes over the next value if it is the same as one before. */
  skipIf({ text, memory }: PassedValue): boolean {
    if (text === '' || !this.#text.startsWith(text, this.#at)) return false;
    this.#addMemory(memory);
    this.#at += text.length;
    return true;
  }

  /**
   * Reads the next value, and keeps its text for skipIf. Only of an object or a list does the text
   * show where it ends.
   */
  passValue(read: () => void): PassedValue {
    const start = this.#at;
    const memory = this.#memory;
    const isDelimited = this.#bytes[start] === OPEN || this.#bytes[start] === OPEN_LIST;
    read();
    if (!isDelimited) return NOTHING_PASSED;
    return { text: this.#text.slice(start, this.#at), memory: this.#memory - memory };
  }

  /** A place in the document, for keepFrame. */
  mark(): CursorMark {
    return { at: this.#at, memory: this.#memory };
  }

  /**
   * The text from a mark to here, without the one that readPlain reads `name` from: what readFramed
   * finds around another name. The value at the mark is an object or a list.
   */
  keepFrame({ at, memory }: CursorMark, name: NamePlace): Frame {
    return {
      before: this.#text.slice(at, name.start),
      after: this.#text.slice(name.end, this.#at),
      memory: this.#memory - memory,
    };
  }

  /** Where the text is that was read last by readPlain. */
  get namePlace(): NamePlace {
    return { start: this.#plainStart, end: this.#plainEnd };
  }

  /** The one text in which the next value differs from a value before; null for another value. */
  readFramed({ before, after, memory }: Frame): string | null {
    const start = this.#at;
    if (before === '' || !this.#text.startsWith(before, start)) return null;
    this.#at = start + before.length - 1;
    const text = this.readPlain();
    if (this.#text.startsWith(after, this.#plainEnd)) {
      this.#at = this.#plainEnd + after.length;
      this.#addMemory(memory);
      return text;
    }
    this.#at = start;
    return null;
  }

  /** Passes over the next value. */
  skip(): void {
    const byte = this.#bytes[this.#at];
    if (byte === QUOTE) this.#passString();
    else if (byte === OPEN) {
      this.openObject();
      while (this.nextMember()) this.skip();
    } else if (byte === OPEN_LIST) {
      this.openList();
      while (this.nextItem()) this.skip();
    } else if (isDigit(byte) || byte === MINUS) this.#passNumber();
    else this.#passWord();
  }

  /** Nothing comes after the document. */
  end(): void {
    if (this.#depth !== 0 || this.#at !== this.#bytes.length) throw NOT_COMPACT;
  }

  #open(bracket: number, memory: number): void {
    this.#take(bracket);
    if (++this.#depth > DEPTH_MAX) throw NOT_COMPACT;
    this.#counts[this.#depth] = 0;
    this.#addMemory(memory);
  }

  #next(count: number, bracket: number, memory: number): boolean {
    const byte = this.#bytes[this.#at];
    if (byte === bracket) {
      this.#at++;
      this.#depth--;
      return false;
    }
    if (count > 0) {
      this.#take(COMMA);
      this.#addMemory(memory);
    }
    this.#counts[this.#depth] = count + 1;
    return true;
  }

  #take(byte: number): void {
    if (this.#bytes[this.#at] !== byte) throw NOT_COMPACT;
    this.#at++;
  }

  #addMemory(memory: number): void {
    this.#memory += memory;
    // mutant compact-memory: condition -> false
    if (this.#memory > this.#memoryBytesMax) throw NOT_COMPACT;
  }

  /** Passes over a text in quotes; whether it has escapes. */
  #passString(): boolean {
    const bytes = this.#bytes;
    const end = bytes.length;
    let hasEscapes = false;
    if (bytes[this.#at] !== QUOTE) throw NOT_COMPACT;
    for (let at = this.#at + 1; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return hasEscapes;
      }
      if (byte === BACKSLASH) {
        hasEscapes = true;
        at++;
        // mutant compact-escape-of-any-kind: condition -> false
        if (!ESCAPES.has(bytes[at] ?? 0)) throw NOT_COMPACT;
        continue;
      }
      // mutant compact-control-character: condition -> false
      if (byte < FIRST_PLAIN || byte > LAST_PLAIN) throw NOT_COMPACT;
    }
    throw NOT_COMPACT;
  }

  #rememberKey(count: number): void {
    const start = this.#keyStart;
    const length = this.#keyEnd - start;
    const keys = this.#keys;
    const first = this.#depth * MEMBERS_MAX * 2;
    const end = first + count * 2;
    for (let at = first; at < end; at += 2)
      // mutant compact-repeated-key: condition -> false
      if (keys[at + 1] === length && this.#isSame(keys[at] as number, start, length))
        throw NOT_COMPACT;
    keys[end] = start;
    keys[end + 1] = length;
  }

  #isSame(one: number, other: number, length: number): boolean {
    const bytes = this.#bytes;
    for (let at = 0; at < length; at++) if (bytes[one + at] !== bytes[other + at]) return false;
    return true;
  }

  /** One that JSON.stringify writes in the same way. */
  #passNumber(): void {
    const start = this.#at;
    let at = start + 1;
    while (isOfNumber(this.#bytes[at])) at++;
    this.#at = at;
    const text = this.#text.slice(start, at);
    // mutant compact-number-of-any-form: condition -> false
    if (String(Number(text)) !== text) throw NOT_COMPACT;
  }

  #passWord(): void {
    const word = WORDS.find((one) => this.#text.startsWith(one, this.#at));
    if (word === undefined) throw NOT_COMPACT;
    this.#at += word.length;
  }
}

/** The text of a value, and what its values may take in memory. */
export interface PassedValue {
  readonly text: string;
  readonly memory: number;
}

export const NOTHING_PASSED: PassedValue = { text: '', memory: 0 };

interface CursorMark {
  readonly at: number;
  readonly memory: number;
}

interface NamePlace {
  readonly start: number;
  readonly end: number;
}

/** What is around one text of a value, up to its quotes and with them. */
export interface Frame {
  readonly before: string;
  readonly after: string;
  readonly memory: number;
}

export const NO_FRAME: Frame = { before: '', after: '', memory: 0 };

const WORDS = ['true', 'false', 'null'] as const;

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

const OF_NUMBER = new Set([...'0123456789+-.e'].map((char) => char.charCodeAt(0)));

function isOfNumber(byte: number | undefined): boolean {
  return byte !== undefined && OF_NUMBER.has(byte);
}
