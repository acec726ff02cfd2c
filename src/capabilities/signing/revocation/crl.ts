import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import {
  type DerNode,
  type DerSpan,
  formatOid,
  readDer,
  readDerSpan,
  readDerSpans,
  TAG,
} from '../../../formats/der/der.ts';
import { readCertificateTime } from '../x509/certificate-time.ts';
import { readSignatureScheme, type SignatureScheme } from '../x509/signature-scheme.ts';
import {
  failRevocation,
  REVOCATION_REASONS,
  type Revocation,
  type RevocationReason,
} from './revocation-fact.ts';
import { readDistributionPoints, readPointUrls } from './services.ts';

/** A certificate revocation list (RFC 5280 §5) as read: its signature is not verified. */
export interface Crl {
  readonly issuerDer: Uint8Array;
  readonly thisUpdate: Instant;
  readonly nextUpdate: Instant;
  readonly number: bigint | null;
  /** Of a delta: the number of the list that it goes on from; null for a complete list. */
  readonly baseNumber: bigint | null;
  readonly scope: CrlScope;
  /** Where a delta to it is. */
  readonly deltaUrls: readonly string[];
  /** The key identifier of its issuer, or null. */
  readonly issuerKey: Uint8Array | null;
  readonly signed: Uint8Array;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
  /** The revoked certificates, as DER one after the other. */
  readonly entries: Uint8Array;
}

/** issuingDistributionPoint (RFC 5280 §5.2.5). */
export interface CrlScope {
  /** Where it says that it is; empty where it does not say it. */
  readonly urls: readonly string[];
  readonly only: 'users' | 'authorities' | null;
  /** The extension as written, to compare a delta with its base. */
  readonly der: Uint8Array;
}

const OID = {
  authorityKey: '2.5.29.35',
  number: '2.5.29.20',
  delta: '2.5.29.27',
  scope: '2.5.29.28',
  freshest: '2.5.29.46',
  reason: '2.5.29.21',
  invalidity: '2.5.29.24',
  certificateIssuer: '2.5.29.29',
} as const;
const UNDERSTOOD: readonly (string | null)[] = [
  OID.authorityKey,
  OID.number,
  OID.delta,
  OID.scope,
  OID.freshest,
];

const malformed = (why: string): Result<never> =>
  failRevocation(`the revocation list is malformed: ${why}`);

/** Reads a list strictly; its entries are looked at by `findRevoked`. */
export function readCrl(bytes: Uint8Array): Result<Crl> {
  if (bytes.length > LIMITS.crlBytesMax)
    return failRevocation(`the revocation list has over ${LIMITS.crlBytesMax} bytes`);
  const root = readDerSpan(bytes, 0, bytes.length);
  if (root?.tag !== TAG.sequence || root.end !== bytes.length) return malformed('it is not DER');
  const [tbs, outer, signature, ...more] = readDerSpans(bytes, root.from, root.end, 4) ?? [];
  if (tbs?.tag !== TAG.sequence || signature?.tag !== TAG.bitString || more.length > 0)
    return malformed('its shape');
  const algorithm = readNode(bytes, outer);
  const scheme = algorithm === null ? null : readSignatureScheme(algorithm);
  if (algorithm === null || scheme === null)
    return failRevocation('the revocation list is signed by an algorithm that N32 excludes');
  if (bytes[signature.from] !== 0) return malformed('its signature');
  const fields = readFields(bytes, tbs, algorithm);
  if (!fields.ok) return fields;
  const signed = bytes.subarray(tbs.start, tbs.end);
  const raw = bytes.subarray(signature.from + 1, signature.end);
  return ok({ ...fields.value, signed, scheme, signature: raw });
}

type CrlFields = Omit<Crl, 'signed' | 'scheme' | 'signature'>;

/** TBSCertList (RFC 5280 §5.1.2). */
function readFields(bytes: Uint8Array, tbs: DerSpan, algorithm: DerNode): Result<CrlFields> {
  const spans = readDerSpans(bytes, tbs.from, tbs.end, 7);
  const isSecond = spans?.[0]?.tag === TAG.integer;
  const [inner, issuer, thisUpdate, ...rest] = spans?.slice(isSecond ? 1 : 0) ?? [];
  const same = readNode(bytes, inner);
  if (same === null || !Buffer.from(same.bytes).equals(algorithm.bytes))
    return malformed('the two signature algorithms differ');
  if (issuer?.tag !== TAG.sequence || readNode(bytes, issuer) === null)
    return malformed('its issuer');
  const at = readSpanTime(bytes, thisUpdate);
  const next = readSpanTime(bytes, rest[0]);
  // mutant list-without-an-end by crl: remove operand 2
  if (at === null || next === null) return malformed('it has no thisUpdate or no nextUpdate');
  const listed = rest[1]?.tag === TAG.sequence ? rest[1] : undefined;
  const wrapped = rest[listed === undefined ? 1 : 2];
  const extensions = readCrlExtensions(readNode(bytes, wrapped), wrapped !== undefined);
  if (!extensions.ok) return extensions;
  return ok({
    issuerDer: bytes.subarray(issuer.start, issuer.end),
    thisUpdate: at,
    nextUpdate: next,
    entries: listed === undefined ? new Uint8Array() : bytes.subarray(listed.from, listed.end),
    ...extensions.value,
  });
}

type CrlExtensions = Omit<CrlFields, 'issuerDer' | 'thisUpdate' | 'nextUpdate' | 'entries'>;

const NOWHERE: CrlScope = { urls: [], only: null, der: new Uint8Array() };

function readCrlExtensions(node: DerNode | null, isThere: boolean): Result<CrlExtensions> {
  if (isThere && (node?.tag !== 0xa0 || node.children.length !== 1))
    return malformed('its extensions');
  const found = readExtensionList(node?.children[0]);
  if (found === null) return malformed('its extensions');
  const unknown = [...found].find(([oid, { critical }]) => critical && !UNDERSTOOD.includes(oid));
  // mutant list-with-an-unknown-critical-extension by crl: remove
  if (unknown !== undefined)
    return failRevocation(`the revocation list has the critical extension ${unknown[0]}`);
  const scope = readScope(found.get(OID.scope)?.value);
  if (!scope.ok) return scope;
  const [number, baseNumber] = [OID.number, OID.delta].map((oid) =>
    readNumber(found.get(oid)?.value),
  );
  if (number === undefined || baseNumber === undefined) return malformed('its number');
  const freshest = found.get(OID.freshest)?.value;
  const delta = freshest === undefined ? null : readDistributionPoints(freshest);
  if (delta !== null && delta.refused !== null) return failRevocation(delta.refused);
  const key = readDer(found.get(OID.authorityKey)?.value ?? new Uint8Array());
  return ok({
    number,
    baseNumber,
    scope: scope.value,
    deltaUrls: delta?.urls ?? [],
    issuerKey: key?.children.find(({ tag }) => tag === 0x80)?.content ?? null,
  });
}

interface ListExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Null where they are malformed, or one occurs twice. */
export function readExtensionList(
  node: DerNode | undefined,
): ReadonlyMap<string, ListExtension> | null {
  const found = new Map<string, ListExtension>();
  for (const { children } of node?.children ?? []) {
    const [oid, second] = children;
    const value = children.at(-1);
    const type = formatOid(oid);
    const critical = children.length === 3;
    if (critical && (second?.tag !== TAG.boolean || second.content[0] !== 0xff)) return null;
    if (children.length < 2 || children.length > 3 || value?.tag !== TAG.octetString) return null;
    if (type === null || found.has(type)) return null;
    found.set(type, { critical, value: value.content });
  }
  return found;
}

/** A list of another scope says nothing about a certificate; an indirect one is refused by name. */
function readScope(value: Uint8Array | undefined): Result<CrlScope> {
  if (value === undefined) return ok(NOWHERE);
  const node = readDer(value);
  if (node?.tag !== TAG.sequence) return malformed('its issuing distribution point');
  const isSet = (tag: number): boolean =>
    node.children.some((one) => one.tag === tag && one.content[0] === 0xff);
  // mutant indirect-list-by-its-own-word by crl: remove
  if (isSet(0x84)) return failRevocation('the revocation list is indirect: that is not supported');
  if (node.children.some(({ tag }) => tag === 0x83) || isSet(0x85))
    return failRevocation('the revocation list is for some reasons or for attributes only');
  const [users, authorities] = [isSet(0x81), isSet(0x82)];
  if (users && authorities) return malformed('its issuing distribution point');
  const urls = readPointUrls(node.children[0]);
  if (node.children[0]?.tag === 0xa0 && urls.length === 0)
    return failRevocation('the revocation list names a place that is no address');
  return ok({ urls, only: users ? 'users' : authorities ? 'authorities' : null, der: value });
}

/** Null where there is none; undefined where it is malformed. At most 20 octets (§5.2.3). */
function readNumber(value: Uint8Array | undefined): bigint | null | undefined {
  if (value === undefined) return null;
  const node = readDer(value);
  const content = node?.tag === TAG.integer ? node.content : undefined;
  if (content === undefined || content.length > 21 || (content[0] ?? 0x80) >= 0x80)
    return undefined;
  return BigInt(`0x${Buffer.from(content).toString('hex')}`);
}

/** What a list says of a serial number; null where it does not have it. */
export function findRevoked(
  { entries }: Pick<Crl, 'entries'>,
  serial: Uint8Array,
): Result<Revocation | null> {
  const wanted = Buffer.from(serial);
  let found: Result<Revocation | null> = ok(null);
  for (let at = 0; at < entries.length; ) {
    const next = skipPlainEntry(entries, at, wanted);
    if (next !== at) {
      at = next;
      continue;
    }
    const entry = readDerSpan(entries, at, entries.length);
    const number = entry === null ? null : readDerSpan(entries, entry.from, entry.end);
    if (entry?.tag !== TAG.sequence || number?.tag !== TAG.integer) return malformed('an entry');
    const time = readDerSpan(entries, number.end, entry.end);
    const isWanted = wanted.equals(entries.subarray(number.from, number.end));
    if (time === null) return malformed('an entry');
    // Entries of an indirect list may be about certificates of another authority.
    if (time.end < entry.end || isWanted) {
      const read = readEntry(entries, time, entry.end);
      if (!read.ok) return read;
      if (isWanted) found = read;
    }
    at = entry.end;
  }
  return found;
}

/**
 * Where the entry at `at` ends, if it is a short one about another serial number, with a time and
 * nothing more, which most are; `at` where it must be read as a whole. Lists have a million
 * entries, and nobody else is served while one is read.
 */
function skipPlainEntry(entries: Uint8Array, at: number, wanted: Uint8Array): number {
  const size = entries[at + 1] ?? 0x80;
  const end = at + 2 + size;
  const length = entries[at + 3] ?? 0x80;
  const time = at + 4 + length;
  const isShort = size < 0x80 && length < 0x80 && time + 2 <= end && end <= entries.length;
  if (!isShort || entries[at] !== TAG.sequence || entries[at + 2] !== TAG.integer) return at;
  const tag = entries[time];
  const isTime = tag === TAG.utcTime || tag === TAG.generalizedTime;
  if (!isTime || time + 2 + (entries[time + 1] ?? 0x80) !== end) return at;
  if (length !== wanted.length) return end;
  for (let index = 0; index < length; index++)
    if (entries[at + 4 + index] !== wanted[index]) return end;
  // mutant listed-serial-is-skipped by crl: value -> end
  return at;
}

function readEntry(entries: Uint8Array, time: DerSpan, end: number): Result<Revocation> {
  const at = readSpanTime(entries, time);
  if (at === null) return malformed('the time of an entry');
  const node = time.end === end ? null : readDer(entries.subarray(time.end, end));
  if (time.end < end && node?.tag !== TAG.sequence) return malformed('an entry');
  const found = readExtensionList(node ?? undefined);
  if (found === null) return malformed('the extensions of an entry');
  // mutant entry-of-another-authority by crl: remove
  if (found.has(OID.certificateIssuer))
    return failRevocation('the revocation list is indirect: that is not supported');
  const known: readonly string[] = [OID.reason, OID.invalidity];
  const unknown = [...found].find(([oid, { critical }]) => critical && !known.includes(oid));
  // mutant entry-with-an-unknown-critical-extension by crl: remove
  if (unknown !== undefined)
    return failRevocation(`an entry of the list has the critical extension ${unknown[0]}`);
  const details = readDetails(found);
  return details === null ? malformed('the reason of an entry') : ok({ at, ...details });
}

/** The reason and the time of invalidity, as lists and responders write them. */
export function readDetails(
  found: ReadonlyMap<string, ListExtension>,
): Omit<Revocation, 'at'> | null {
  const reason = readReason(readDer(found.get(OID.reason)?.value ?? new Uint8Array()));
  const value = found.get(OID.invalidity)?.value;
  if (found.has(OID.reason) && reason === null) return null;
  if (value === undefined) return { reason: reason ?? 'unspecified', invalidSince: null };
  const invalidSince = readCertificateTime(readDer(value) ?? undefined);
  return invalidSince === null ? null : { reason: reason ?? 'unspecified', invalidSince };
}

export function readReason(node: DerNode | null): RevocationReason | null {
  if (node?.tag !== TAG.enumerated || node.content.length !== 1) return null;
  return REVOCATION_REASONS[node.content[0] ?? REVOCATION_REASONS.length] ?? null;
}

function readNode(bytes: Uint8Array, span: DerSpan | undefined): DerNode | null {
  return span === undefined ? null : readDer(bytes.subarray(span.start, span.end));
}

function readSpanTime(bytes: Uint8Array, span: DerSpan | undefined): Instant | null {
  if (span === undefined || span.end - span.from > 16) return null;
  return readCertificateTime({ tag: span.tag, content: bytes.subarray(span.from, span.end) });
}
