import { hash as hashBytes, verify as verifyBytes } from 'node:crypto';
import { getOwn } from '../../../core/own.ts';
import { createOctetReader, type OctetReader } from './octets.ts';
import { readLength } from './packets.ts';
import type { KeyMaterial, PgpKey } from './public-key.ts';

/** A signature of OpenPGP (RFC 9580 §5.2), read but not verified. */
export interface PgpSignature {
  readonly version: 4 | 6;
  readonly type: number;
  readonly algorithm: number;
  readonly hash: number;
  /** What the signature covers of itself, up to the hashed subpackets. */
  readonly hashedPart: Buffer;
  readonly left: Buffer;
  /** Of a v6 signature (§5.2.3). */
  readonly salt: Buffer;
  readonly value: Buffer;
  readonly facts: SignatureFacts;
}

/** What the subpackets say (§5.2.3.7). Only who issued it may be said without being signed. */
export interface SignatureFacts {
  /** Seconds since 1970; null where it does not say. */
  readonly created: number | null;
  /** Seconds after it was made; null for no end. */
  readonly expiresAfter: number | null;
  /** Seconds after the key was made; null for no end. */
  readonly keyExpiresAfter: number | null;
  readonly keyFlags: number | null;
  readonly isPrimary: boolean;
  /** Fingerprints of keys that may revoke this one. */
  readonly revokers: readonly string[];
  readonly issuers: readonly string[];
  /** A back-signature of a subkey (§5.2.3.34). */
  readonly embedded: Buffer | null;
  /** A critical subpacket that this reader does not know: the signature counts for nothing. */
  readonly unknownCritical: number | null;
}

export type SignatureReading =
  | { readonly kind: 'read'; readonly signature: PgpSignature }
  | { readonly kind: 'version'; readonly version: number }
  | { readonly kind: 'malformed' };

const MALFORMED: SignatureReading = { kind: 'malformed' };
const SUBPACKETS_MAX = 200;
/** §5.2.3: octets of the salt, by the hash. */
const SALTS: Readonly<Record<number, number>> = { 8: 16, 9: 24, 10: 32, 11: 16, 12: 16, 14: 32 };

export function readPgpSignature(body: Buffer): SignatureReading {
  const octets = createOctetReader(body);
  const version = octets.byte();
  if (version !== 4 && version !== 6) return { kind: 'version', version };
  const [type, algorithm, hash] = [octets.byte(), octets.byte(), octets.byte()];
  const count = (): number => (version === 6 ? octets.uint32() : octets.uint16());
  const hashed = octets.take(count());
  const hashedPart = body.subarray(0, (version === 6 ? 8 : 6) + hashed.length);
  const unhashed = octets.take(count());
  const left = octets.take(2);
  const salt = version === 6 ? octets.take(octets.byte()) : Buffer.alloc(0);
  const value = octets.rest();
  if (!octets.isSound()) return MALFORMED;
  if (version === 6 && getOwn(SALTS, String(hash)) !== salt.length) return MALFORMED;
  const facts = readFacts(hashed, unhashed);
  if (facts === null) return MALFORMED;
  const signature = { version, type, algorithm, hash, hashedPart, left, salt, value, facts };
  return { kind: 'read', signature } as SignatureReading;
}

interface Subpacket {
  readonly type: number;
  readonly isCritical: boolean;
  readonly data: Buffer;
}

function readSubpackets(area: Buffer): readonly Subpacket[] | null {
  const found: Subpacket[] = [];
  for (let at = 0; at < area.length; ) {
    const size = readLength(area, at);
    if (size === null || size.length === 0 || size.length > area.length - size.from) return null;
    if (found.length === SUBPACKETS_MAX) return null;
    const first = area[size.from] ?? 0;
    const data = area.subarray(size.from + 1, size.from + size.length);
    found.push({ type: first & 0x7f, isCritical: (first & 0x80) !== 0, data });
    at = size.from + size.length;
  }
  return found;
}

const SUBPACKET = {
  created: 2,
  expires: 3,
  revoker: 12,
  issuer: 16,
  keyExpires: 9,
  notation: 20,
  isPrimary: 25,
  keyFlags: 27,
  embedded: 32,
  issuerFingerprint: 33,
} as const;
/** Known, and without a meaning for a signature of a commit or of its key. */
const HARMLESS = [4, 5, 6, 7, 11, 21, 22, 23, 24, 26, 28, 29, 30, 31, 34, 35, 39];
const KNOWN: ReadonlySet<number> = new Set([...Object.values(SUBPACKET), ...HARMLESS]);

function readFacts(hashed: Buffer, unhashed: Buffer): SignatureFacts | null {
  const [own, hints] = [readSubpackets(hashed), readSubpackets(unhashed)];
  if (own === null || hints === null) return null;
  // A critical notation restricts something by a name that nobody here knows.
  const unknown = own.find(
    ({ type, isCritical }) => isCritical && (!KNOWN.has(type) || type === SUBPACKET.notation),
  );
  const list = (type: number): readonly Buffer[] =>
    own.filter((one) => one.type === type).map(({ data }) => data);
  const times = [SUBPACKET.created, SUBPACKET.expires, SUBPACKET.keyExpires].map(list);
  // mutant openpgp-subpacket-twice by verify-openpgp: condition -> false
  if (times.some((all) => all.length > 1 || all.some(({ length }) => length !== 4))) return null;
  const [created = null, expires = null, keyExpires = null] = times.map(
    ([data]) => data?.readUInt32BE() ?? null,
  );
  const flags = list(SUBPACKET.keyFlags);
  if (flags.length > 1) return null;
  return {
    created,
    expiresAfter: expires === 0 ? null : expires,
    keyExpiresAfter: keyExpires === 0 ? null : keyExpires,
    keyFlags: flags[0] === undefined ? null : (flags[0][0] ?? 0),
    isPrimary: list(SUBPACKET.isPrimary).some((data) => data[0] === 1),
    revokers: list(SUBPACKET.revoker).map((data) => toHex(data.subarray(2))),
    issuers: listIssuers([...own, ...hints]),
    // §5.2.3.34: it need not be signed itself, because it is a signature.
    embedded: [...own, ...hints].find(({ type }) => type === SUBPACKET.embedded)?.data ?? null,
    unknownCritical: unknown?.type ?? null,
  };
}

/** Fingerprints, and key ids: hints, which a key then proves. */
function listIssuers(all: readonly Subpacket[]): readonly string[] {
  const prints = all
    .filter(({ type }) => type === SUBPACKET.issuerFingerprint)
    .map(({ data }) => toHex(data.subarray(1)));
  const ids = all.filter(({ type }) => type === SUBPACKET.issuer).map(({ data }) => toHex(data));
  return [...new Set([...prints, ...ids])];
}

function toHex(bytes: Buffer): string {
  return bytes.toString('hex').toUpperCase();
}

export type HashStrength = 'strong' | 'weak' | 'unknown';

/** §9.5. The weak ones have collisions, or are too short to be without. */
const HASHES: Readonly<Record<number, readonly [string, HashStrength]>> = {
  1: ['md5', 'weak'],
  2: ['sha1', 'weak'],
  3: ['ripemd160', 'weak'],
  8: ['sha256', 'strong'],
  9: ['sha384', 'strong'],
  10: ['sha512', 'strong'],
  11: ['sha224', 'strong'],
  12: ['sha3-256', 'strong'],
  14: ['sha3-512', 'strong'],
};

export function describeHash(id: number): {
  readonly name: string;
  readonly strength: HashStrength;
} {
  const [name, strength] = getOwn(HASHES, String(id)) ?? [`number ${id}`, 'unknown'];
  return { name, strength };
}

/** Whether `key` made the signature over `parts`; the strength of its hash is another question. */
export function isMadeBy(
  signature: PgpSignature,
  key: PgpKey,
  parts: readonly Uint8Array[],
): boolean {
  const { material } = key;
  const { name, strength } = describeHash(signature.hash);
  // §5.2: a v6 key makes v6 signatures only, a v4 key v4 signatures.
  if (key.version !== signature.version || key.algorithm !== signature.algorithm) return false;
  if (typeof material === 'string' || strength === 'unknown' || name === 'md5') return false;
  const raw = readValue(signature.value, material);
  if (raw === null) return false;
  const covered = Buffer.concat([signature.salt, ...parts, signature.hashedPart, trail(signature)]);
  const digest = hashBytes(name, covered, 'buffer');
  if (!digest.subarray(0, 2).equals(signature.left)) return false;
  const isEdwards = material.kind !== 'rsa' && material.kind !== 'ecdsa';
  const options = { key: material.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  try {
    return isEdwards
      ? verifyBytes(null, digest, options, raw)
      : verifyBytes(name, covered, options, raw);
  } catch {
    return false; // OpenSSL throws for a signature that it cannot even read
  }
}

/** §5.2.4: the version and the length of what is hashed of the signature. */
function trail({ version, hashedPart }: PgpSignature): Buffer {
  const six = Buffer.from([version, 0xff, 0, 0, 0, 0]);
  six.writeUInt32BE(hashedPart.length, 2);
  return six;
}

/** The numbers at full width, as node:crypto takes them. */
function readValue(value: Buffer, { kind, width }: KeyMaterial): Buffer | null {
  const octets = createOctetReader(value);
  const raw = readNumbers(octets, kind, width);
  return raw !== null && octets.isEnded() ? raw : null;
}

function readNumbers(octets: OctetReader, kind: KeyMaterial['kind'], width: number): Buffer | null {
  if (kind === 'ed25519' || kind === 'ed448') return octets.take(2 * width);
  const count = kind === 'rsa' ? 1 : 2;
  const numbers = Array.from({ length: count }, () => octets.integer());
  if (numbers.some(({ length }) => length > width)) return null;
  return Buffer.concat(numbers.flatMap((number) => [Buffer.alloc(width - number.length), number]));
}
