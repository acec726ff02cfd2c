import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { type DerNode, formatOid, TAG } from '../../../formats/der/der.ts';

/**
 * One attribute of a subject: its type as RFC 4514 names it (or its OID) and its value; null when
 * the value is not text.
 */
export interface NameAttribute {
  readonly type: string;
  readonly value: string | null;
  /** The DER of the value in hex, for a value that is not text. */
  readonly hex: string;
}

const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.6': 'C',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.17': 'POSTALCODE',
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
};
export const NAME_OIDS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(SHORT_NAMES).map(([oid, name]) => [name, oid]),
);
/** The order in which notation prints a subject, for any order in the certificate. */
const PRINTED_ORDER = ['SERIALNUMBER', 'CN', 'POSTALCODE', 'STREET', 'ST', 'L', 'OU', 'O', 'C'];

/**
 * The attributes of a Name (RFC 5280 §4.1.2.4) in the order of the certificate, or null when it is
 * not a Name.
 */
export function readName(name: DerNode): readonly NameAttribute[] | null {
  const attributes: NameAttribute[] = [];
  for (const rdn of name.children) {
    if (rdn.tag !== TAG.set || rdn.children.length === 0) return null;
    for (const pair of rdn.children) {
      const [oid, value] = pair.children;
      const type = formatOid(oid);
      if (
        pair.tag !== TAG.sequence ||
        pair.children.length !== 2 ||
        type === null ||
        value === undefined
      )
        return null;
      attributes.push({
        type: getOwn(SHORT_NAMES, type) ?? type,
        value: decodeText(value),
        hex: Buffer.from(value.bytes).toString('hex'),
      });
    }
  }
  return attributes;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf16 = new TextDecoder('utf-16be', { fatal: true, ignoreBOM: true });

function decodeText(node: DerNode): string | null {
  try {
    if (node.tag === TAG.utf8String) return utf8.decode(node.content);
    if (node.tag === TAG.bmpString) return utf16.decode(node.content);
  } catch {
    return null;
  }
  if (node.tag !== TAG.printableString && node.tag !== TAG.ia5String) return null;
  return node.content.every((byte) => byte < 0x80)
    ? Buffer.from(node.content).toString('latin1')
    : null;
}

/**
 * A subject as notation prints it: `CN=release,OU=…,O=Shop,L=…,ST=WA,C=US`. A value that is not
 * text, or of a type without a short name, is written `oid=#hex` and can therefore never be matched
 * (A17). Control characters are escaped, so that a subject cannot forge a line of a log (A76).
 */
export function formatName(attributes: readonly NameAttribute[]): string {
  const printed = PRINTED_ORDER.flatMap((type) => {
    const values = attributes.filter((attribute) => attribute.type === type);
    return values.length === 0 ? [] : [values.map(formatAttribute).join('+')];
  });
  const others = attributes.filter((attribute) => !PRINTED_ORDER.includes(attribute.type));
  return [...printed, ...others.map(formatAttribute).reverse()].join(',');
}

function formatAttribute({ type, value, hex }: NameAttribute): string {
  return value === null || !Object.hasOwn(NAME_OIDS, type)
    ? `${type}=#${hex}`
    : `${type}=${escapeValue(value)}`;
}

function escapeValue(value: string): string {
  const marked = value
    .replace(/[,+"\\<>;]/g, (char) => `\\${char}`)
    .replace(/^[ #]|(?<!^) $/g, (char) => `\\${char}`);
  return marked.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (char) =>
    [...Buffer.from(char, 'utf8')]
      .map((byte) => `\\${byte.toString(16).padStart(2, '0').toUpperCase()}`)
      .join(''),
  );
}

/** A subject or identity as a map from attribute type to its one value (N42). */
export type NameMap = ReadonlyMap<string, string>;

/**
 * Reads a distinguished name (RFC 4514) that may be matched: no `=#` (A17, GO-2023-1589), no
 * multi-valued RDN, no type twice (N42).
 *
 * @example parseNameText('CN=release,O=Shop,ST=WA,C=US')
 */
export function parseNameText(text: string): Result<NameMap> {
  if (text.length > 4_096) return malformed(text, 'it is longer than 4,096 characters');
  if (text.includes('=#'))
    return malformed(text, 'a value that is written as =# cannot be compared');
  const parts = splitName(text);
  if (parts === null) return malformed(text, 'a character that must be escaped is not escaped');
  const map = new Map<string, string>();
  for (const part of parts) {
    const pair = /^\s*([A-Za-z][A-Za-z0-9-]*|[0-9]+(?:\.[0-9]+)+)\s*=([\s\S]*)$/.exec(part);
    const value = pair === null ? null : unescapeValue(pair[2] ?? '');
    if (pair === null || value === null || value === '')
      return malformed(text, 'it is not type=value pairs');
    const type = pair[1] === 'S' ? 'ST' : (pair[1] ?? '');
    if (map.has(type)) return malformed(text, `${type} occurs twice`);
    map.set(type, value);
  }
  return ok(map);
}

/**
 * Splits at unescaped commas; null when there is an unescaped special character, including the plus
 * of a multi-valued RDN.
 */
function splitName(text: string): string[] | null {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\') at++;
    else if ('+";<>'.includes(char)) return null;
    else if (char === ',') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/**
 * RFC 4514 §3: `\` and a special character, or `\` and two hex digits of a UTF-8 octet; unescaped
 * outer spaces are dropped.
 */
function unescapeValue(raw: string): string | null {
  const octets: number[] = [];
  const trimmed = raw.replace(/^ +/, '');
  let keep = 0; // octets up to the last one that is not an unescaped space
  for (let at = 0; at < trimmed.length; ) {
    const escaped = /^\\(?:([0-9a-fA-F]{2})|([ "#+,;<=>\\]))/.exec(trimmed.slice(at, at + 3));
    if (trimmed[at] === '\\' && escaped === null) return null;
    const char = String.fromCodePoint(trimmed.codePointAt(at) ?? 0);
    if (escaped?.[1] !== undefined) octets.push(Number.parseInt(escaped[1], 16));
    else octets.push(...Buffer.from(escaped?.[2] ?? char, 'utf8'));
    if (escaped !== null || char !== ' ') keep = octets.length;
    at += escaped === null ? char.length : escaped[0].length;
  }
  try {
    return utf8.decode(Uint8Array.from(octets.slice(0, keep)));
  } catch {
    return null;
  }
}

/** A name that `parseNameText` reads as the same map. */
export function formatNameMap(map: NameMap): string {
  return [...map].map(([type, value]) => `${type}=${escapeValue(value)}`).join(',');
}

/** N42: every attribute of `wanted` is in `subject` with the same value. */
export function isSubset(wanted: NameMap, subject: NameMap): boolean {
  return [...wanted].every(([type, value]) => subject.get(type) === value);
}

function malformed(text: string, why: string): Result<never> {
  const shown = JSON.stringify(text.slice(0, 200));
  return fail(
    'MALFORMED',
    `not a distinguished name: ${shown}: ${why}`,
    'Write it like CN=release,O=Shop,ST=WA,C=US.',
  );
}
