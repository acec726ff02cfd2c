import { getOwn } from '../../../core/own.ts';
import { type Constant, SyntaxFlaw } from './syntax.ts';

export interface Literal {
  readonly constant: Constant;
  /** The offset behind it. */
  readonly end: number;
}

const DOUBLE = /-?(?:\d*\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+)/y;
const UINT = /(?:0x[0-9a-fA-F]+|\d+)[uU]/y;
const INT = /-?(?:0x[0-9a-fA-F]+|\d+)/y;
const QUOTED = /([bB]?[rR]?)("""|'''|"|')/y;

/** The literal at an offset, except `true`, `false` and `null`; null if there is none. */
export function readLiteral(text: string, at: number): Literal | null {
  return readNumber(text, at) ?? readQuoted(text, at);
}

function readNumber(text: string, at: number): Literal | null {
  const double = matchAt(DOUBLE, text, at);
  if (double !== null)
    return {
      constant: { kind: 'double', value: Number.parseFloat(double) },
      end: DOUBLE.lastIndex,
    };
  const uint = matchAt(UINT, text, at);
  if (uint !== null)
    return { constant: { kind: 'uint', value: BigInt(uint.slice(0, -1)) }, end: UINT.lastIndex };
  const int = matchAt(INT, text, at);
  if (int === null) return null;
  const value = int.startsWith('-') ? -BigInt(int.slice(1)) : BigInt(int);
  return { constant: { kind: 'int', value }, end: INT.lastIndex };
}

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

function readQuoted(text: string, at: number): Literal | null {
  QUOTED.lastIndex = at;
  const [whole, prefix = '', quote = ''] = QUOTED.exec(text) ?? [];
  if (whole === undefined) return null;
  const [isBytes, isRaw] = [/^[bB]/.test(prefix), /[rR]$/.test(prefix)];
  const parts: Part[] = [];
  let from = at + whole.length;
  while (!text.startsWith(quote, from)) {
    const char = text[from];
    if (char === undefined || (quote.length === 1 && (char === '\n' || char === '\r')))
      throw new SyntaxFlaw(at, 'the text has no end');
    const escaped = char === '\\' && !isRaw ? readEscape(text, from, isBytes) : null;
    parts.push(escaped?.part ?? char);
    from += escaped?.length ?? 1;
  }
  const constant: Constant = isBytes
    ? { kind: 'bytes', value: Buffer.concat(toBytes(parts)) }
    : { kind: 'string', value: joinText(parts, at) };
  return { constant, end: from + quote.length };
}

/** Characters, or the number of an escape: a code point in a text, a byte in bytes. */
type Part = string | number;

const NAMED = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
const CODE = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

/** A backslash that begins no escape is an error (CEL "String and bytes values"), as in cel-go. */
function readEscape(
  text: string,
  at: number,
  isBytes: boolean,
): { readonly part: Part; readonly length: number } {
  const next = text[at + 1] ?? '';
  if (next !== '' && '"\'`\\?'.includes(next)) return { part: next, length: 2 };
  const named = getOwn(NAMED, next);
  if (named !== undefined) return { part: named, length: 2 };
  CODE.lastIndex = at;
  const [whole, byte, short, long, octal] = CODE.exec(text) ?? [];
  // mutant cel-escape-that-is-none by cel-go: branch -> return { part: next, length: 2 };
  if (whole === undefined)
    throw new SyntaxFlaw(at, 'there is no such escape: write \\\\ for a backslash, or r in front');
  if (isBytes && (short ?? long) !== undefined)
    throw new SyntaxFlaw(at, 'bytes have no code points: write \\x and two hex digits');
  const value =
    octal === undefined
      ? Number.parseInt(byte ?? short ?? long ?? '', 16)
      : Number.parseInt(octal, 8);
  return { part: value, length: whole.length };
}

function toBytes(parts: readonly Part[]): Uint8Array[] {
  const text = (run: readonly Part[]): Uint8Array => Buffer.from(run.join(''), 'utf8');
  const chunks: Uint8Array[] = [];
  let run: Part[] = [];
  for (const part of parts) {
    if (typeof part === 'string') run.push(part);
    else {
      chunks.push(text(run), Uint8Array.of(part));
      run = [];
    }
  }
  return [...chunks, text(run)];
}

function joinText(parts: readonly Part[], at: number): string {
  return parts.map((part) => (typeof part === 'string' ? part : toText(part, at))).join('');
}

function toText(codePoint: number, at: number): string {
  if (codePoint >= 0xd800 && codePoint < 0xe000)
    throw new SyntaxFlaw(at, 'surrogate code points are not allowed');
  if (codePoint > 0x10ffff) throw new SyntaxFlaw(at, 'there is no such code point');
  return String.fromCodePoint(codePoint);
}
