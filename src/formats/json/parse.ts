import { Buffer, isAscii } from 'node:buffer';
import type { JsonValue } from '../../core/json.ts';
import { JSON_MEMORY } from '../../core/json-memory.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';

export interface JsonOptions {
  readonly bytesMax: number;
  readonly depthMax?: number;
  /** What the values may take in memory, estimated from the text; by default `LIMITS`. */
  readonly memoryBytesMax?: number;
  /** Refuse keys of one object that differ only in case: some readers fold case (A24). */
  readonly foldKeyCase?: boolean;
  /**
   * Takes the last value of a repeated key, as JSON.parse and npm do, and reports each; without
   * it, such a document is refused. `depth` is 1 in the outermost object.
   */
  readonly onRepeatedKey?: (key: string, depth: number) => void;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** UTF-8 text, or a failure for bytes that are not UTF-8. A byte order mark is dropped. */
export function decodeUtf8(bytes: Uint8Array): Result<string> {
  // Most documents are ASCII, and decoding ASCII is far faster.
  if (isAscii(bytes))
    return ok(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'));
  try {
    return ok(utf8.decode(bytes));
  } catch (cause) {
    return fail('MALFORMED', 'the text is not UTF-8', 'Save the document as UTF-8.', cause);
  }
}

/**
 * JSON (RFC 8259) that every reader understands in the same way: bounded in bytes, depth and the
 * memory that its values take, and without repeated keys, unless the caller takes the last one.
 *
 * @example parseJson('{"a":1}', { bytesMax: 1024 })
 */
export function parseJson(input: Uint8Array | string, options: JsonOptions): Result<JsonValue> {
  const parsed = parseJsonText(input, options);
  return parsed.ok ? ok(parsed.value.value) : parsed;
}

/** A parsed document; `isCompact` where JSON.stringify of the value gives just what was read. */
export interface JsonText {
  readonly value: JsonValue;
  readonly isCompact: boolean;
}

/** The same, for who writes the value again: a text that is compact already need not be made. */
export function parseJsonText(input: Uint8Array | string, options: JsonOptions): Result<JsonText> {
  const bytes = typeof input === 'string' ? Buffer.byteLength(input) : input.length;
  if (bytes > options.bytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `the document has ${bytes} bytes, over ${options.bytesMax}`,
      'Split the document.',
    );
  }
  const text = typeof input === 'string' ? ok(input) : decodeUtf8(input);
  if (!text.ok) return text;
  const form = { isCompact: true };
  const flaw = scan(text.value, options, form);
  if (flaw !== null) return flaw;
  const parsed = parseScanned(text.value);
  if (!parsed.ok) return parsed;
  // Of the escapes these two have another form; JSON.stringify has one more, for half a character.
  const isCompact =
    form.isCompact &&
    !text.value.includes('\\u') &&
    !text.value.includes('\\/') &&
    (typeof input === 'string' ? input.isWellFormed() : input[0] !== BYTE_ORDER_MARK);
  return ok({ value: parsed.value, isCompact });
}

function parseScanned(text: string): Result<JsonValue> {
  try {
    return ok(JSON.parse(text) as JsonValue);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.slice(0, 200) : '';
    return fail('MALFORMED', `not JSON: ${why}`, 'Check that the document is complete.', cause);
  }
}

/** The first byte of one in UTF-8; no JSON value begins with it. */
const BYTE_ORDER_MARK = 0xef;
const QUOTE = 34;
const BACKSLASH = 92;
const ZERO = 48;
const NINE = 57;
const SPACE = 32;
const MINUS = 45;
/** So many digits are an integer that a double holds. */
const PLAIN_DIGITS_MAX = 15;

/** Three bytes of text can be an object of sixty: the text alone is no bound. */
export function failMemory(memoryBytesMax: number): Result<never> {
  return fail(
    'LIMIT_EXCEEDED',
    `the document has so many values that they may take over ${memoryBytesMax} bytes of memory`,
    'Split the document.',
  );
}

/**
 * One pass over the characters, before any value is built, checks the depth, the memory that the
 * values may take, repeated keys, and numbers that are too large for a double. JSON.parse checks
 * the grammar. `form` is set where JSON.stringify would write spacing, a number or the order of
 * keys otherwise.
 */
function scan(
  text: string,
  options: JsonOptions,
  form: { isCompact: boolean },
): Result<never> | null {
  const { depthMax = LIMITS.jsonDepthMax, memoryBytesMax = LIMITS.jsonMemoryBytesMax } = options;
  let memory = 0;
  const stack: (string[] | Set<string> | null)[] = []; // null for an array
  let keys: string[] | Set<string> | null = null;
  let keyNext = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) {
      const end = findClosingQuote(text, at);
      if (keyNext && keys !== null) {
        // Keys that are numbers come first in an object, whatever the text says.
        if (isDigit(text.charCodeAt(at + 1))) form.isCompact = false;
        const key = readKey(text, at, end, options.foldKeyCase === true);
        const more: string[] | Set<string> | null = remember(keys, key);
        if (more !== null) keys = more;
        else if (options.onRepeatedKey !== undefined) {
          options.onRepeatedKey(key, stack.length);
          form.isCompact = false;
        } else return failRepeated(key);
        keyNext = false;
      }
      at = end;
    } else if (char === 123 || char === 91) {
      stack.push(keys);
      if (stack.length > depthMax) return failDepth(depthMax);
      keys = char === 123 ? [] : null;
      keyNext = char === 123;
      memory += char === 123 ? JSON_MEMORY.object : JSON_MEMORY.list;
      // mutant json-memory-of-lists by memory: condition -> false
      if (memory > memoryBytesMax) return failMemory(memoryBytesMax);
    } else if (char === 125 || char === 93) {
      keys = stack.pop() ?? null;
      keyNext = false;
    } else if (char === 44) {
      keyNext = keys !== null;
      memory +=
        keys === null
          ? JSON_MEMORY.item
          : Array.isArray(keys)
            ? JSON_MEMORY.member
            : JSON_MEMORY.hashedMember;
      // mutant json-memory-of-items by memory: condition -> false
      if (memory > memoryBytesMax) return failMemory(memoryBytesMax);
    } else if (isDigit(char)) {
      const end = findNumberEnd(text, at);
      if (end - at > PLAIN_DIGITS_MAX || /\D/.test(text.slice(at, end))) form.isCompact = false;
      if (end - at > 4 && Number(text.slice(at, end)) === Infinity)
        return fail(
          'LIMIT_EXCEEDED',
          'a number is too large for JSON readers to agree on',
          'Write it as a text.',
        );
      at = end - 1;
    } else if (char <= SPACE || char === MINUS) form.isCompact = false;
  }
  return null;
}

function failRepeated(key: string): Result<never> {
  const shown = JSON.stringify(key.slice(0, 80));
  return fail('DUPLICATE_KEY', `the key ${shown} occurs twice`, 'Remove one.');
}

function failDepth(depthMax: number): Result<never> {
  return fail('LIMIT_EXCEEDED', `JSON is nested over ${depthMax} deep`, 'Flatten the document.');
}

function isDigit(char: number): boolean {
  return char >= ZERO && char <= NINE;
}

const NUMBER_CHARS = new Set([
  '+',
  '-',
  '.',
  'e',
  'E',
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  '8',
  '9',
]);

function findNumberEnd(text: string, start: number): number {
  let end = start + 1;
  while (NUMBER_CHARS.has(text.charAt(end))) end++;
  return end;
}

function findClosingQuote(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}

function readKey(text: string, open: number, end: number, fold: boolean): string {
  const raw = text.slice(open + 1, end);
  const parsed = raw.includes('\\') ? parseScanned(`"${raw}"`) : ok(raw);
  const key = parsed.ok ? String(parsed.value) : raw;
  // Case is folded twice: Go folds the long s and the Kelvin sign too.
  return fold ? key.toUpperCase().toLowerCase() : key;
}

/** Small objects are searched, large ones are hashed. Null when the key was there already. */
function remember(keys: string[] | Set<string>, key: string): string[] | Set<string> | null {
  if (keys instanceof Set) return keys.has(key) ? null : keys.add(key);
  if (keys.includes(key)) return null;
  keys.push(key);
  return keys.length > 16 ? new Set(keys) : keys;
}
