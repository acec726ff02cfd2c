import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { getOwn } from '../../../core/own.ts';
import { writeDer, writeOid } from '../../../formats/der/write.ts';
import { createOctetReader, type OctetReader } from './octets.ts';

/** A public key or subkey of OpenPGP (RFC 9580 §5.5.2). */
export interface PgpKey {
  readonly version: 4 | 6;
  /** Seconds since 1970. */
  readonly created: number;
  readonly algorithm: number;
  /** Upper-case hex: 40 digits of a v4 key, 64 of a v6 key. */
  readonly fingerprint: string;
  /** 16 upper-case hex digits. */
  readonly keyId: string;
  /** The body of its packet, which signatures about the key cover. */
  readonly body: Buffer;
  /** What verifies, or why it verifies nothing. */
  readonly material: KeyMaterial | KeyMaterialFlaw;
}

export interface KeyMaterial {
  readonly kind: 'rsa' | 'ecdsa' | 'eddsa-legacy' | 'ed25519' | 'ed448';
  readonly publicKey: KeyObject;
  /** Octets of one number of its signature. */
  readonly width: number;
}

export type KeyMaterialFlaw = 'algorithm' | 'size' | 'malformed';

/** NIST SP 800-131A; OpenPGP allows less. A longer key costs seconds. */
const RSA_BITS_MIN = 2_048;
const RSA_BITS_MAX = 8_192;

/** Null for a key of another version, and for one whose fields cannot be read. */
export function readPgpKey(body: Buffer): PgpKey | null {
  const octets = createOctetReader(body);
  const version = octets.byte();
  const created = octets.uint32();
  const algorithm = octets.byte();
  if (version !== 4 && version !== 6) return null;
  // §5.5.2.3: a v6 key says how long its numbers are.
  const size = version === 6 ? octets.uint32() : null;
  const numbers = octets.rest();
  if (!octets.isSound() || (size !== null && size !== numbers.length)) return null;
  const identity = computeFingerprint(version, body);
  const material = readMaterial(algorithm, numbers);
  return { version, created, algorithm, ...identity, body, material };
}

/** What a hash covers of a key (§5.2.4): a prefix by the version of the signature, and the body. */
export function frameKey(version: 4 | 6, body: Uint8Array): Buffer {
  const head = Buffer.alloc(version === 4 ? 3 : 5);
  head.writeUInt8(version === 4 ? 0x99 : 0x9b);
  if (version === 4) head.writeUInt16BE(body.length & 0xffff, 1);
  else head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

function computeFingerprint(version: 4 | 6, body: Buffer): Pick<PgpKey, 'fingerprint' | 'keyId'> {
  const hash = createHash(version === 4 ? 'sha1' : 'sha256').update(frameKey(version, body));
  const fingerprint = hash.digest('hex').toUpperCase();
  const keyId = version === 4 ? fingerprint.slice(-16) : fingerprint.slice(0, 16);
  return { fingerprint, keyId };
}

/** §9.1: keys that sign; DSA is withdrawn (FIPS 186-5). */
const READERS: Readonly<Record<number, (octets: OctetReader) => KeyMaterial | KeyMaterialFlaw>> = {
  1: readRsa,
  3: readRsa,
  19: readEcdsa,
  22: readEdDsaLegacy,
  27: (octets) => readNative(octets, 'ed25519'),
  28: (octets) => readNative(octets, 'ed448'),
};

function readMaterial(algorithm: number, numbers: Buffer): KeyMaterial | KeyMaterialFlaw {
  const read = getOwn(READERS, String(algorithm));
  if (read === undefined) return 'algorithm';
  const octets = createOctetReader(numbers);
  const material = read(octets);
  return typeof material === 'string' || octets.isEnded() ? material : 'malformed';
}

function readRsa(octets: OctetReader): KeyMaterial | KeyMaterialFlaw {
  const [modulus, exponent] = [octets.integer(), octets.integer()];
  const isOdd = ((exponent.at(-1) ?? 0) & 1) === 1 && !(exponent.length === 1 && exponent[0] === 1);
  if (!isOdd || exponent.length > 8) return 'malformed';
  const bits = modulus.length * 8 - Math.clz32(modulus[0] ?? 0) + 24;
  // mutant openpgp-short-rsa-key by verify-openpgp: remove operand
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) return 'size';
  const jwk = { kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') };
  return importKey('rsa', { key: jwk, format: 'jwk' }, modulus.length);
}

/** §9.2: by the octets of the curve's identifier, its dots and the octets of one number. */
const CURVES: Readonly<Record<string, readonly [string, number]>> = {
  '2a8648ce3d030107': ['1.2.840.10045.3.1.7', 32],
  '2b81040022': ['1.3.132.0.34', 48],
  '2b81040023': ['1.3.132.0.35', 66],
  '2b2403030208010107': ['1.3.36.3.3.2.8.1.1.7', 32],
  '2b240303020801010b': ['1.3.36.3.3.2.8.1.1.11', 48],
  '2b240303020801010d': ['1.3.36.3.3.2.8.1.1.13', 64],
};
const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const ED25519_LEGACY = '2b06010401da470f01';

function readEcdsa(octets: OctetReader): KeyMaterial | KeyMaterialFlaw {
  const curve = getOwn(CURVES, octets.take(octets.byte()).toString('hex'));
  const point = octets.integer();
  if (curve === undefined) return 'algorithm';
  const [dots, width] = curve;
  // Uncompressed points only (§11.2.1).
  if (point.length !== 1 + 2 * width || point[0] !== 4) return 'malformed';
  const algorithm = writeDer(0x30, writeOid(EC_PUBLIC_KEY), writeOid(dots));
  const key = writeDer(0x30, algorithm, writeDer(0x03, Buffer.of(0), point));
  return importKey('ecdsa', { key, format: 'der', type: 'spki' }, width);
}

/** §5.5.5.5: the point has the octet 0x40 before it. */
function readEdDsaLegacy(octets: OctetReader): KeyMaterial | KeyMaterialFlaw {
  const curve = octets.take(octets.byte()).toString('hex');
  const point = octets.integer();
  if (curve !== ED25519_LEGACY) return 'algorithm';
  if (point.length !== 33 || point[0] !== 0x40) return 'malformed';
  return importEdwards('eddsa-legacy', 'Ed25519', point.subarray(1), 32);
}

function readNative(octets: OctetReader, kind: 'ed25519' | 'ed448'): KeyMaterial | KeyMaterialFlaw {
  const width = kind === 'ed25519' ? 32 : 57;
  const point = octets.take(width);
  if (point.length !== width) return 'malformed';
  return importEdwards(kind, kind === 'ed25519' ? 'Ed25519' : 'Ed448', point, width);
}

function importEdwards(
  kind: KeyMaterial['kind'],
  crv: 'Ed25519' | 'Ed448',
  point: Buffer,
  width: number,
): KeyMaterial | KeyMaterialFlaw {
  const key = { kty: 'OKP', crv, x: point.toString('base64url') };
  return importKey(kind, { key, format: 'jwk' }, width);
}

/** OpenSSL refuses a point that is not on its curve. */
function importKey(
  kind: KeyMaterial['kind'],
  key: Parameters<typeof createPublicKey>[0],
  width: number,
): KeyMaterial | KeyMaterialFlaw {
  try {
    return { kind, publicKey: createPublicKey(key), width };
  } catch {
    return 'malformed';
  }
}
