import { viewBuffer } from '../../../../formats/program/fields.ts';
import type { PartReading } from '../../../../formats/program/part-reading.ts';

const HEADER_BYTES = 8;
/** Identifier, length and the begin of a name. */
const HEAD_BYTES = 64;
/** Compilers write a few dozen. */
const SECTIONS_MAX = 10_000;

/** The content of a custom section of WebAssembly (core specification, 5.5.3), or null. */
export function* readCustomSection(wanted: string, size: number): PartReading<Uint8Array | null> {
  const start = viewBuffer(yield { offset: 0, length: HEADER_BYTES });
  if (start.toString('latin1', 0, 4) !== '\0asm') return null;
  let at = HEADER_BYTES;
  for (let count = 0; count < SECTIONS_MAX && at < size; count++) {
    const head = viewBuffer(yield { offset: at, length: Math.min(HEAD_BYTES, size - at) });
    const length = readVarint(head, 1);
    // mutant wasm-section-that-does-not-end by rust-program: remove operand 2
    if (length === null || at + length.end + length.value > size) return null;
    const name = head[0] === 0 ? readVarint(head, length.end) : null;
    const end = at + length.end + length.value;
    if (name !== null && head.toString('utf8', name.end, name.end + name.value) === wanted) {
      const offset = at + name.end + name.value;
      return yield { offset, length: Math.max(end - offset, 0) };
    }
    at = end;
  }
  return null;
}

/** LEB128 of at most 32 bits. */
function readVarint(bytes: Buffer, from: number): { value: number; end: number } | null {
  let value = 0;
  for (let at = from; at < bytes.length && at < from + 5; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 0x7f) * 2 ** (7 * (at - from));
    if (byte < 0x80) return { value, end: at + 1 };
  }
  return null;
}
