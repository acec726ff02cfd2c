import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';

/** A Name in a form in which equal names have equal texts: one text for each RDN. */
export type CanonicalName = readonly string[];

/**
 * RFC 5280 §7.1: the case, the blanks and the kind of text do not matter (RFC 4518). Null when a
 * value claims to be text and is not.
 */
export function canonicalizeName(name: DerNode): CanonicalName | null {
  const rdns: string[] = [];
  for (const rdn of name.children) {
    const attributes: string[] = [];
    for (const { children } of rdn.children) {
      const value = canonicalizeValue(children[1]);
      if (value === null) return null;
      attributes.push(`${formatOid(children[0])}=${value}`);
    }
    // The attributes of an RDN are a set.
    rdns.push(JSON.stringify(attributes.sort()));
  }
  return rdns;
}

/** RFC 5280 §6.1.3 (a)(4): whether two Names in DER are the same name. */
export function isSameName(one: Uint8Array, other: Uint8Array): boolean {
  if (Buffer.from(one.buffer, one.byteOffset, one.byteLength).equals(other)) return true;
  const [a, b] = [readDer(one), readDer(other)].map((name) =>
    name === null ? null : canonicalizeName(name),
  );
  if (a == null || b == null) return false;
  // mutant names-of-another-length-differ by chain: remove operand
  return a.length === b.length && isPrefix(a, b);
}

/** Whether `name` is at or below `base` in the directory. */
export function isPrefix(base: CanonicalName, name: CanonicalName): boolean {
  return base.length <= name.length && base.every((rdn, at) => rdn === name[at]);
}

const TELETEX_STRING = 0x14;
const NUMERIC_STRING = 0x12;
const VISIBLE_STRING = 0x1a;
const UNIVERSAL_STRING = 0x1c;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

function canonicalizeValue(node: DerNode | undefined): string | null {
  if (node === undefined) return null;
  try {
    const text = decodeDirectoryText(node);
    return text === null ? `#${Buffer.from(node.bytes).toString('hex')}` : `'${prepareText(text)}`;
  } catch {
    return null;
  }
}

/** Null for a value that is no text; throws for text that cannot be decoded. */
function decodeDirectoryText({ tag, content }: DerNode): string | null {
  if (tag === TAG.utf8String) return utf8.decode(content);
  if (tag === TAG.bmpString) return utf16.decode(content);
  if (tag === UNIVERSAL_STRING) return decodeUtf32(content);
  const latin = [
    TAG.printableString,
    TAG.ia5String,
    TELETEX_STRING,
    NUMERIC_STRING,
    VISIBLE_STRING,
  ] as readonly number[];
  return latin.includes(tag) ? Buffer.from(content).toString('latin1') : null;
}

function decodeUtf32(content: Uint8Array): string {
  if (content.length % 4 !== 0) throw new RangeError('not UTF-32');
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) text += String.fromCodePoint(bytes.readUInt32BE(at));
  return text;
}

/** RFC 4518 §2: map, normalise, fold the case, and keep one blank between words. */
function prepareText(text: string): string {
  const mapped = text.replace(/[\t\n\v\f\r\u0085\p{Z}]/gu, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '');
  const folded = mapped.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.split(' ').filter(Boolean).join(' ');
}
