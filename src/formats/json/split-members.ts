import { Buffer } from 'node:buffer';
import { Failure } from '../../core/failure.ts';
import type { JsonValue } from '../../core/json.ts';
import { orThrow } from '../../core/result.ts';
import { parseJson } from './parse.ts';

/** A member of an object, or one item of a member that is a list. */
export interface JsonMember {
  readonly key: string;
  readonly value: JsonValue;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d];
const KEY_BYTES_MAX = 4_096;

/**
 * The members of one JSON object whose text comes in pieces, as soon as each is whole: of a
 * document that is too long to be held, only one member is. The items of a member that is a list
 * come one by one. Throws MALFORMED, or LIMIT_EXCEEDED for a member over `memberBytesMax`.
 *
 * @example new MemberSplitter(1024).push(Buffer.from('{"a":[1,2')) // a: 1
 */
export class MemberSplitter {
  readonly #bytesMax: number;
  #state: 'start' | 'key' | 'colon' | 'value' | 'end' = 'start';
  #depth = 0;
  #inText = false;
  #isEscaped = false;
  #inList = false;
  /** The list of the current member has ended. */
  #isListDone = false;
  #items = 0;
  /** The text of a key or value before the current piece. */
  #before: Uint8Array[] = [];
  #length = 0;
  /** Whether the value has begun. */
  #hasBegun = false;
  #key = '';
  readonly #keys = new Set<string>();

  constructor(memberBytesMax: number) {
    this.#bytesMax = memberBytesMax;
  }

  push(piece: Uint8Array): readonly JsonMember[] {
    const found: JsonMember[] = [];
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (this.#inText) {
        this.#passText(byte);
        continue;
      }
      if (byte === QUOTE) {
        if (this.#state === 'start' || this.#state === 'colon' || this.#state === 'end')
          throw malformed();
        this.#inText = true;
        this.#hasBegun = true;
        continue;
      }
      if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) continue;
      const next = this.#take(byte, piece, from, at, found);
      if (next !== null) from = next;
    }
    this.#keep(piece, from, piece.length);
    return found;
  }

  /** Throws MALFORMED where the object has no end. */
  finish(): void {
    // mutant object-without-its-end by split-members: condition -> false
    if (this.#state !== 'end') throw malformed();
  }

  #passText(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#inText = false;
  }

  /** Where the next key or value begins; null: it goes on. */
  #take(
    byte: number,
    piece: Uint8Array,
    from: number,
    at: number,
    found: JsonMember[],
  ): number | null {
    if (this.#state === 'start') {
      if (byte !== OPEN_OBJECT) throw malformed();
      this.#depth = 1;
      return this.#await('key', at);
    }
    if (this.#state === 'end') throw malformed();
    if (this.#state === 'key') return this.#takeKey(byte, piece, from, at);
    return this.#takeValue(byte, piece, from, at, found);
  }

  #takeKey(byte: number, piece: Uint8Array, from: number, at: number): number | null {
    if (byte === CLOSE_OBJECT && !this.#hasBegun && this.#keys.size === 0)
      return this.#await('end', at);
    if (byte !== COLON) throw malformed();
    const key = this.#parse(piece, from, at);
    // mutant member-of-a-key-that-came-before by split-members: operand 2 -> false
    if (typeof key !== 'string' || this.#keys.has(key) || key.length > KEY_BYTES_MAX)
      throw malformed();
    this.#keys.add(key);
    this.#key = key;
    return this.#await('value', at);
  }

  #takeValue(
    byte: number,
    piece: Uint8Array,
    from: number,
    at: number,
    found: JsonMember[],
  ): number | null {
    const top = this.#inList ? 2 : 1;
    if (byte === OPEN_LIST && this.#depth === 1 && !this.#hasBegun) {
      if (this.#isListDone) throw malformed();
      this.#inList = true;
      this.#depth = 2;
      return this.#await('value', at);
    }
    if (
      this.#depth === top &&
      (byte === COMMA || byte === (this.#inList ? CLOSE_LIST : CLOSE_OBJECT))
    )
      return this.#endValue(byte, piece, from, at, found);
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--;
    if (this.#depth < top) throw malformed();
    this.#hasBegun = true;
    return null;
  }

  #endValue(
    byte: number,
    piece: Uint8Array,
    from: number,
    at: number,
    found: JsonMember[],
  ): number {
    const isAfterList = !this.#inList && this.#isListDone;
    if (isAfterList && this.#hasBegun) throw malformed();
    if (!isAfterList && (this.#hasBegun || byte !== CLOSE_LIST || this.#items > 0)) {
      found.push({ key: this.#key, value: this.#parse(piece, from, at) });
      this.#items++;
    }
    if (byte === CLOSE_LIST) {
      this.#inList = false;
      this.#isListDone = true;
      this.#depth = 1;
      return this.#await('value', at);
    }
    if (this.#inList) return this.#await('value', at);
    this.#isListDone = false;
    this.#items = 0;
    if (byte === COMMA) return this.#await('key', at);
    this.#depth = 0;
    return this.#await('end', at);
  }

  #await(state: 'key' | 'value' | 'end', at: number): number {
    this.#state = state;
    this.#before = [];
    this.#length = 0;
    this.#hasBegun = false;
    return at + 1;
  }

  #keep(piece: Uint8Array, from: number, to: number): void {
    if (this.#state === 'start' || this.#state === 'end') return;
    this.#length += to - from;
    // mutant member-of-any-size by split-members: remove
    if (this.#length > this.#bytesMax) throw tooLong(this.#bytesMax);
    this.#before.push(Uint8Array.from(piece.subarray(from, to)));
  }

  #parse(piece: Uint8Array, from: number, to: number): JsonValue {
    this.#keep(piece, from, to);
    const text = Buffer.concat(this.#before);
    return orThrow(parseJson(text, { bytesMax: this.#bytesMax }));
  }
}

function malformed(): Failure {
  return new Failure('MALFORMED', 'it is no JSON object', 'Take the file from its source again.');
}

function tooLong(bytesMax: number): Failure {
  const remedy = 'Take the file from its source again.';
  return new Failure('LIMIT_EXCEEDED', `a member of it is over ${bytesMax} bytes`, remedy);
}
