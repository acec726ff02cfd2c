/** One element of DER (X.690 §10): its tag, all its bytes, and its content. */
export interface DerNode {
  /** The identifier octet: class, constructed bit and number. */
  readonly tag: number;
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  readonly children: readonly DerNode[];
}

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  ia5String: 0x16,
  enumerated: 0x0a,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

const DEPTH_MAX = 24;
const NODES_MAX = 20_000;
const CONSTRUCTED = 0x20;

/**
 * Exactly one DER element, or null. Stricter than the parsers behind it: indefinite and non-minimal
 * lengths, multi-byte tags, trailing bytes and non-canonical booleans and integers are refused, so
 * that all readers of a certificate see the same content.
 */
export function readDer(bytes: Uint8Array): DerNode | null {
  const budget = { nodes: NODES_MAX };
  const node = readAt(bytes, 0, 0, budget);
  return node !== null && node.bytes.length === bytes.length ? node : null;
}

function readAt(
  bytes: Uint8Array,
  start: number,
  depth: number,
  budget: { nodes: number },
): DerNode | null {
  const tag = bytes[start];
  if (tag === undefined || (tag & 0x1f) === 0x1f || depth > DEPTH_MAX || budget.nodes-- <= 0)
    return null;
  const length = readLength(bytes, start + 1);
  if (length === null || length.next + length.value > bytes.length) return null;
  const content = bytes.subarray(length.next, length.next + length.value);
  if (!isCanonical(tag, content)) return null;
  const children = (tag & CONSTRUCTED) === 0 ? [] : readChildren(content, depth, budget);
  return children === null
    ? null
    : { tag, bytes: bytes.subarray(start, length.next + length.value), content, children };
}

function readChildren(
  content: Uint8Array,
  depth: number,
  budget: { nodes: number },
): DerNode[] | null {
  const children: DerNode[] = [];
  for (let at = 0; at < content.length; ) {
    const child = readAt(content, at, depth + 1, budget);
    if (child === null) return null;
    children.push(child);
    at += child.bytes.length;
  }
  return children;
}

/** X.690 §10.1: the definite form in the fewest octets. */
function readLength(
  bytes: Uint8Array,
  at: number,
): { readonly value: number; readonly next: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  if (first < 0x80) return { value: first, next: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + count >= bytes.length) return null;
  let value = 0;
  for (let i = 1; i <= count; i++) value = value * 256 + (bytes[at + i] ?? 0);
  const fewest =
    value < 0x80 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : 3 + Number(value > 0xffffff);
  return count === fewest ? { value, next: at + 1 + count } : null;
}

/** Where one element begins and ends, for lists that are too long for a tree. */
export interface DerSpan {
  readonly tag: number;
  readonly start: number;
  /** Of the content. */
  readonly from: number;
  readonly end: number;
}

/** The element at `at`, if it ends by `end`; what it holds is not looked at. */
export function readDerSpan(bytes: Uint8Array, at: number, end: number): DerSpan | null {
  const tag = bytes[at];
  if (tag === undefined || at >= end || (tag & 0x1f) === 0x1f) return null;
  const length = readLength(bytes, at + 1);
  if (length === null || length.next + length.value > end) return null;
  return { tag, start: at, from: length.next, end: length.next + length.value };
}

/** The elements from `at` up to exactly `end`, at most `max`; null where they are not such. */
export function readDerSpans(
  bytes: Uint8Array,
  at: number,
  end: number,
  max: number,
): readonly DerSpan[] | null {
  const spans: DerSpan[] = [];
  for (let next = at; next < end; ) {
    const span = readDerSpan(bytes, next, end);
    if (span === null || spans.length === max) return null;
    spans.push(span);
    next = span.end;
  }
  return spans;
}

function isCanonical(tag: number, content: Uint8Array): boolean {
  if (tag === TAG.boolean) return content.length === 1 && (content[0] === 0 || content[0] === 0xff);
  if (tag !== TAG.integer) return true;
  const [first, second] = content;
  if (first === undefined || second === undefined) return first !== undefined;
  return !(first === 0 && second < 0x80) && !(first === 0xff && second >= 0x80);
}

/** An object identifier in dots, or null. */
export function formatOid(node: DerNode | undefined): string | null {
  if (
    node === undefined ||
    node.tag !== TAG.oid ||
    node.content.length === 0 ||
    node.content.length > 64
  )
    return null;
  const arcs: bigint[] = [];
  let arc = 0n;
  let fresh = true;
  for (const byte of node.content) {
    if (fresh && byte === 0x80) return null; // X.690 §8.19.2: no leading zero octet
    arc = (arc << 7n) | BigInt(byte & 0x7f);
    fresh = byte < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0n;
    }
  }
  const [first] = arcs;
  if (!fresh || first === undefined) return null;
  const top = first < 40n ? 0n : first < 80n ? 1n : 2n;
  return [top, first - top * 40n, ...arcs.slice(1)].join('.');
}
