import { type Buffer, isAscii, isUtf8 } from 'node:buffer';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { JSON_MEMORY } from '../../core/json-memory.ts';
import { LIMITS } from '../../core/limits.ts';
import { setOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { Choice, type JsonMembers, type Key, type RowChoice } from './members.ts';
import { failMemory, type JsonOptions, parseJson } from './parse.ts';
import type { JsonRow } from './row.ts';
import { PlainTexts, TEXT_CLASS } from './texts.ts';

/**
 * `parseJson` for who needs only some members of a large document. What is not named is checked as
 * strictly, in the same pass over the bytes, and no value is built of it: neither the text nor the
 * tree of the whole document is ever in memory.
 *
 * @example parseJsonMembers(bytes, { packages: { name: 'all' } }, { bytesMax: 1024 })
 */
export function parseJsonMembers(
  bytes: Uint8Array,
  members: JsonMembers,
  options: Pick<JsonOptions, 'bytesMax' | 'depthMax' | 'memoryBytesMax'>,
): Result<JsonValue> {
  const isPlain = bytes.length <= options.bytesMax && isAscii(bytes);
  if (isPlain || (bytes.length <= options.bytesMax && isUtf8(bytes))) {
    const { depthMax = LIMITS.jsonDepthMax, memoryBytesMax = LIMITS.jsonMemoryBytesMax } = options;
    const reader = new MemberReader(bytes, isPlain, { depthMax, memoryBytesMax });
    const read = reader.read(members);
    if (read !== FLAW) return ok(read);
    if (reader.isOverMemory) return failMemory(memoryBytesMax);
  }
  // What is wrong is said in one place.
  const whole = parseJson(bytes, options);
  return whole.ok
    ? fail('MALFORMED', 'not JSON that every reader understands', 'Write the document again.')
    : whole;
}

const FLAW = Symbol('flaw');
const NOTHING: JsonObject = Object.freeze({});
type Outcome<T> = T | typeof FLAW;

const [QUOTE, BACKSLASH, COMMA, COLON] = [34, 92, 44, 58] as const;
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [123, 125, 91, 93] as const;
const [PLUS, MINUS, POINT, ZERO, NINE, UPPER_E, LOWER_E] = [43, 45, 46, 48, 57, 69, 101] as const;
const WORDS = new Map<number, readonly [text: string, value: boolean | null]>([
  [116, ['true', true]],
  [102, ['false', false]],
  [110, ['null', null]],
]);

/** In an object with more names, they are hashed instead of searched. */
const SEARCHED_NAMES_MAX = 16;
/** So many digits are a finite number. */
const FINITE_DIGITS_MAX = 15;

class MemberReader {
  readonly #texts: PlainTexts;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  readonly #isAscii: boolean;
  readonly #depthMax: number;
  readonly #keys = new Map<string, Key>();
  /** The numbers of the names of all open objects. */
  #open = new Int32Array(256);
  #openCount = 0;
  #depth = 0;
  #at: number;
  /** Of the text that was passed last. */
  #isPlain = true;
  #first: Key | null = null;
  /** What may still be taken in memory, by values that are built and by names. */
  #memory: number;

  constructor(
    bytes: Uint8Array,
    isPlain: boolean,
    { depthMax, memoryBytesMax }: Required<Pick<JsonOptions, 'depthMax' | 'memoryBytesMax'>>,
  ) {
    this.#memory = memoryBytesMax;
    this.#texts = new PlainTexts(bytes);
    this.#bytes = this.#texts.bytes;
    this.#view = this.#texts.view;
    this.#isAscii = isPlain;
    this.#depthMax = depthMax;
    this.#at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  }

  get isOverMemory(): boolean {
    return this.#memory < 0;
  }

  read(members: JsonMembers): Outcome<JsonValue> {
    const value = this.#readValue(new Choice(members, new Map()));
    if (value === FLAW) return FLAW;
    this.#skipSpace();
    return this.#at === this.#bytes.length ? value : FLAW;
  }

  /** The next byte that is no white space; -1 at the end. */
  #skipSpace(): number {
    const bytes = this.#bytes;
    for (; this.#at < bytes.length; this.#at++) {
      const byte = bytes[this.#at] ?? -1;
      if (byte > 32 || (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9)) return byte;
    }
    return -1;
  }

  /** Null for `choice` checks a value without building it: what is returned means nothing then. */
  #readValue(choice: Choice | null, rows: RowChoice | null = null): Outcome<JsonValue> {
    const byte = this.#skipSpace();
    if (byte === QUOTE) return this.#readText(choice);
    if (byte === OPEN || byte === OPEN_LIST) {
      // mutant json-members-depth by parse-members: condition -> false
      if (++this.#depth > this.#depthMax) return FLAW;
      this.#at += 1;
      if (choice !== null) this.#memory -= byte === OPEN ? JSON_MEMORY.object : JSON_MEMORY.list;
      // mutant json-members-memory-of-lists by memory: condition -> false
      if (this.#memory < 0) return FLAW;
      const value = byte === OPEN ? this.#readObject(choice, rows) : this.#readList(choice);
      this.#depth -= 1;
      return value;
    }
    const word = WORDS.get(byte);
    return word === undefined ? this.#readNumber() : this.#readWord(...word);
  }

  /** An object of a list of rows is only a row, and what is returned means nothing. */
  #readObject(choice: Choice | null, rows: RowChoice | null): Outcome<JsonObject> {
    const object = choice === null ? NOTHING : {};
    const row = rows?.open(this.#texts) ?? null;
    const from = this.#openCount;
    let expected = this.#first;
    let last: Key | null = null;
    let names: Set<number> | null = null;
    let highest = -1;
    if (this.#skipSpace() === CLOSE) {
      this.#at += 1;
      return object;
    }
    for (;;) {
      if (this.#skipSpace() !== QUOTE) return FLAW;
      const key = this.#readKey(expected);
      if (key === FLAW) return FLAW;
      if (last === null) this.#first = key;
      else last.next = key;
      last = key;
      if (key.id <= highest) {
        names ??= this.#hashNames(from);
        // mutant json-members-twice by parse-members: condition -> false
        if (names === null ? this.#isOpen(from, key.id) : names.has(key.id)) return FLAW;
      } else highest = key.id;
      names?.add(key.id);
      this.#pushName(key.id);
      if (this.#skipSpace() !== COLON) return FLAW;
      this.#at += 1;
      if (rows !== null && row !== null) {
        if (!this.#readColumn(rows, row, key)) return FLAW;
      } else {
        const part = choice === null ? null : choice.find(key);
        const value = this.#readValue(part);
        if (value === FLAW) return FLAW;
        if (part !== null) {
          this.#memory -= JSON_MEMORY.member;
          setOwn(object, key.text, value);
        }
      }
      expected = key.next;
      // mutant json-members-memory-of-names by memory: condition -> false
      if (this.#memory < 0) return FLAW;
      const end = this.#skipSpace();
      this.#at += 1;
      if (end === COMMA) continue;
      if (end !== CLOSE) return FLAW;
      this.#openCount = from;
      return object;
    }
  }

  /** Reads one member of a row; false for a flaw. */
  #readColumn(rows: RowChoice, row: JsonRow, key: Key): boolean {
    const column = rows.find(key);
    if (column < 0) return this.#readValue(null) !== FLAW;
    if (this.#skipSpace() === QUOTE) {
      const start = this.#at + 1;
      const end = this.#passText();
      if (end === -1) return false;
      if (this.#isPlain) {
        row.setPlace(column, start, end);
        return true;
      }
      const text = this.#build(start, end);
      if (text !== null) row.setValue(column, text);
      return text !== null;
    }
    const value = this.#readValue(rows.choices[column] ?? null);
    if (value !== FLAW) row.setValue(column, value);
    return value !== FLAW;
  }

  /** Each object of the list is one row. */
  #readRows(rows: RowChoice): Outcome<JsonValue> {
    if (this.#skipSpace() === CLOSE_LIST) {
      this.#at += 1;
      return [];
    }
    for (;;) {
      const isObject = this.#skipSpace() === OPEN;
      // A row is kept in another form by who takes it.
      this.#memory -= JSON_MEMORY.object;
      if (this.#memory < 0) return FLAW;
      if (this.#readValue(null, rows) === FLAW) return FLAW;
      rows.take(isObject ? rows.row : null);
      const end = this.#skipSpace();
      this.#at += 1;
      if (end === CLOSE_LIST) return [];
      if (end !== COMMA) return FLAW;
    }
  }

  #readList(choice: Choice | null): Outcome<JsonValue> {
    if (choice !== null && choice.rows !== null) return this.#readRows(choice.rows);
    let list: JsonValue[] = [];
    const { items, take } = choice ?? { items: null, take: null };
    if (this.#skipSpace() === CLOSE_LIST) {
      this.#at += 1;
      return list;
    }
    for (;;) {
      const value = this.#readValue(items);
      if (value === FLAW) return FLAW;
      if (take !== null) take(value);
      // A list that is made of its first item has no spare room, and most lists have one item.
      else if (items !== null) {
        this.#memory -= JSON_MEMORY.item;
        // mutant json-members-memory-of-items by memory: condition -> false
        if (this.#memory < 0) return FLAW;
        if (list.length === 0) list = [value];
        else list.push(value);
      }
      const end = this.#skipSpace();
      this.#at += 1;
      if (end === CLOSE_LIST) return list;
      if (end !== COMMA) return FLAW;
    }
  }

  #isOpen(from: number, id: number): boolean {
    for (let at = from; at < this.#openCount; at++) if (this.#open[at] === id) return true;
    return false;
  }

  /** The names so far of an object with many; null for one with few. */
  #hashNames(from: number): Set<number> | null {
    return this.#openCount - from > SEARCHED_NAMES_MAX
      ? new Set(this.#open.subarray(from, this.#openCount))
      : null;
  }

  #pushName(id: number): void {
    if (this.#openCount === this.#open.length) {
      const larger = new Int32Array(this.#open.length * 2);
      larger.set(this.#open);
      this.#open = larger;
    }
    this.#open[this.#openCount++] = id;
  }

  #readKey(expected: Key | null): Outcome<Key> {
    const start = this.#at + 1;
    if (expected !== null && this.#isAt(expected, start)) {
      this.#at = start + expected.length + 1;
      return expected;
    }
    const end = this.#passText();
    if (end === -1) return FLAW;
    const text = this.#build(start, end);
    if (text === null) return FLAW;
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    this.#memory -= JSON_MEMORY.hashedMember;
    const key: Key = { id: this.#keys.size, text, start, length: end - start, next: null };
    this.#keys.set(text, key);
    return key;
  }

  /** Four bytes at once; the last four may be compared twice. */
  #isAt({ start, length }: Key, at: number): boolean {
    const bytes = this.#bytes;
    if (bytes[at + length] !== QUOTE) return false;
    const view = this.#view;
    const last = length - 4;
    for (let i = 0; i < last; i += 4)
      if (view.getInt32(start + i) !== view.getInt32(at + i)) return false;
    if (last >= 0) return view.getInt32(start + last) === view.getInt32(at + last);
    for (let i = 0; i < length; i++) if (bytes[start + i] !== bytes[at + i]) return false;
    return true;
  }

  /** Passes a text from quote to quote and returns where it ends; -1 where it does not. */
  #passText(): number {
    const bytes = this.#bytes;
    const { length } = bytes;
    let at = this.#texts.passPlain(this.#at + 1);
    this.#isPlain = true;
    for (; at < length; at++) {
      const kind = TEXT_CLASS[bytes[at] ?? 0];
      if (kind === 0) continue;
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return at;
      }
      if (byte < 32) return -1;
      if (byte === BACKSLASH) at += 1;
      this.#isPlain = false;
    }
    return -1;
  }

  #readText(choice: Choice | null): Outcome<string> {
    const start = this.#at + 1;
    const end = this.#passText();
    if (end === -1) return FLAW;
    if (!this.#isPlain) return this.#build(start, end) ?? FLAW;
    if (choice === null) return '';
    if (choice.mark !== null && !this.#isMarked(start, choice.mark)) return '';
    return this.#texts.build(start, end);
  }

  #isMarked(start: number, mark: Uint8Array): boolean {
    for (let i = 0; i < mark.length; i++) if (this.#bytes[start + i] !== mark[i]) return false;
    return true;
  }

  /** The value of a text; null where an escape is malformed. */
  #build(start: number, end: number): string | null {
    if (this.#isPlain) return this.#texts.build(start, end);
    const raw = this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8', start, end);
    if (!raw.includes('\\')) return raw;
    try {
      return JSON.parse(`"${raw}"`) as string;
    } catch {
      return null;
    }
  }

  #readWord(word: string, value: boolean | null): Outcome<boolean | null> {
    const start = this.#at;
    this.#at += word.length;
    for (let i = 1; i < word.length; i++)
      if (this.#bytes[start + i] !== word.charCodeAt(i)) return FLAW;
    return value;
  }

  /** RFC 8259 section 6. Numbers that a double cannot hold are refused, as in `parseJson`. */
  #readNumber(): Outcome<number> {
    const start = this.#at;
    if (this.#bytes[this.#at] === MINUS) this.#at += 1;
    const leading = this.#bytes[this.#at];
    if (this.#passDigits() === 0) return FLAW;
    const digits = this.#at - start;
    if (leading === ZERO && digits > (this.#bytes[start] === MINUS ? 2 : 1)) return FLAW;
    let isInteger = true;
    if (this.#bytes[this.#at] === POINT) {
      isInteger = false;
      this.#at += 1;
      if (this.#passDigits() === 0) return FLAW;
    }
    const mark = this.#bytes[this.#at];
    if (mark === LOWER_E || mark === UPPER_E) {
      isInteger = false;
      this.#at += 1;
      const sign = this.#bytes[this.#at];
      if (sign === PLUS || sign === MINUS) this.#at += 1;
      if (this.#passDigits() === 0) return FLAW;
    }
    const value = Number(this.#bytes.toString('latin1', start, this.#at));
    const isShort = isInteger && digits <= FINITE_DIGITS_MAX;
    return isShort || Number.isFinite(value) ? value : FLAW;
  }

  #passDigits(): number {
    const start = this.#at;
    for (; this.#at < this.#bytes.length; this.#at++) {
      const byte = this.#bytes[this.#at] ?? 0;
      if (byte < ZERO || byte > NINE) break;
    }
    return this.#at - start;
  }
}
