import { writeDer } from './write.ts';

/** How often one element of an open length may hold another. */
const DEPTH_MAX = 24;
const CONSTRUCTED = 0x20;

interface Element {
  readonly bytes: Buffer;
  readonly next: number;
}

/**
 * The same element with definite lengths (X.690 §8.1.3), for `readDer`; null where it is none, or
 * something is left. Only what has an open length is written anew: all else stays byte for byte,
 * and its reader judges its form.
 */
export function closeLengths(bytes: Uint8Array): Buffer | null {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const element = closeElement(view, 0, 0);
  return element !== null && element.next === view.length ? element.bytes : null;
}

function closeElement(view: Buffer, at: number, depth: number): Element | null {
  const [tag, first] = [view[at], view[at + 1]];
  if (tag === undefined || first === undefined || depth > DEPTH_MAX) return null;
  if (first !== 0x80) {
    const width = first < 0x80 ? 0 : first & 0x7f;
    if (width > 4 || at + 2 + width > view.length) return null;
    const length = width === 0 ? first : view.readUIntBE(at + 2, width);
    const next = at + 2 + width + length;
    return next > view.length ? null : { bytes: view.subarray(at, next), next };
  }
  if ((tag & CONSTRUCTED) === 0) return null;
  const parts: Buffer[] = [];
  for (let from = at + 2; ; ) {
    if (view[from] === 0 && view[from + 1] === 0)
      return { bytes: writeDer(tag, ...parts), next: from + 2 };
    const inner = closeElement(view, from, depth + 1);
    if (inner === null) return null;
    parts.push(inner.bytes);
    from = inner.next;
  }
}
