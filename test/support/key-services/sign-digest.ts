import {
  constants,
  createECDH,
  createHash,
  type KeyObject,
  privateEncrypt,
  randomBytes,
} from 'node:crypto';

export interface DigestSigning {
  /** Of ECDSA: a sequence of two numbers, or r‖s. */
  readonly form?: 'der' | 'raw';
  /** Of PSS; as long as the digest if left out. */
  readonly saltLength?: number;
  /** Of RSA; PSS if left out. */
  readonly padding?: 'pss' | 'pkcs1';
}

const HASHES: Readonly<Record<number, string>> = { 32: 'sha256', 48: 'sha384', 64: 'sha512' };
const CURVES = {
  'P-256': ['prime256v1', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'],
  'P-384': [
    'secp384r1',
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ],
  'P-521': [
    'secp521r1',
    '01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa' +
      '51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409',
  ],
} as const;

/** Signs a digest that was made elsewhere, which node:crypto does not offer. */
export function signDigest(
  key: KeyObject,
  digest: Uint8Array,
  { form = 'der', saltLength = digest.length, padding = 'pss' }: DigestSigning = {},
): Buffer {
  if (key.asymmetricKeyType === 'ec') return signEc(key, digest, form);
  const hash = HASHES[digest.length] ?? '';
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
  const encoded =
    padding === 'pss' ? encodePss(digest, hash, bits, saltLength) : encodePkcs1(digest, bits);
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded);
}

/** FIPS 186-5 §6.4.1. */
function signEc(key: KeyObject, digest: Uint8Array, form: 'der' | 'raw'): Buffer {
  const jwk = key.export({ format: 'jwk' });
  const [name, order] = CURVES[jwk.crv as keyof typeof CURVES];
  const n = BigInt(`0x${order}`);
  const bytes = Math.ceil(n.toString(2).length / 8);
  const ecdh = createECDH(name);
  const random = randomBytes(bytes);
  random[0] = 0;
  random[1] = 1;
  ecdh.setPrivateKey(random);
  const r = toNumber(ecdh.getPublicKey().subarray(1, 1 + bytes)) % n;
  const d = toNumber(Buffer.from(String(jwk.d), 'base64url'));
  const s = (invert(toNumber(random), n) * (toNumber(digest) + r * d)) % n;
  if (form === 'raw') return Buffer.concat([toBytes(r, bytes), toBytes(s, bytes)]);
  const body = Buffer.concat([encodeInteger(r), encodeInteger(s)]);
  const length = body.length < 128 ? [body.length] : [0x81, body.length];
  return Buffer.concat([Buffer.from([0x30, ...length]), body]);
}

function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
}

function encodeInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const content = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes;
  return Buffer.concat([Buffer.from([2, content.length]), content]);
}

/** The order is prime: Fermat's little theorem. */
function invert(value: bigint, n: bigint): bigint {
  let [result, base, exponent] = [1n, value % n, n - 2n];
  for (; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % n;
    base = (base * base) % n;
  }
  return result;
}

/** RFC 8017 §9.1.1. */
function encodePss(digest: Uint8Array, hash: string, bits: number, saltLength: number): Buffer {
  const length = Math.ceil((bits - 1) / 8);
  const salt = randomBytes(saltLength);
  const h = createHash(hash).update(Buffer.alloc(8)).update(digest).update(salt).digest();
  const zeros = Buffer.alloc(length - saltLength - h.length - 2);
  const data = Buffer.concat([zeros, Buffer.from([1]), salt]);
  const mask = maskFrom(h, hash, data.length);
  const masked = data.map((byte, at) => byte ^ (mask[at] ?? 0));
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - (bits - 1)));
  return Buffer.concat([masked, h, Buffer.from([0xbc])]);
}

/** MGF1, RFC 8017 appendix B.2.1. */
function maskFrom(seed: Uint8Array, hash: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; Buffer.concat(parts).length < length; at++) {
    const counter = Buffer.from([0, 0, 0, at]);
    parts.push(createHash(hash).update(seed).update(counter).digest());
  }
  return Buffer.concat(parts).subarray(0, length);
}

/** RFC 8017 §9.2, with SHA-256. */
function encodePkcs1(digest: Uint8Array, bits: number): Buffer {
  const info = Buffer.concat([
    Buffer.from('3031300d060960864801650304020105000420', 'hex'),
    digest,
  ]);
  const padding = Buffer.alloc(bits / 8 - info.length - 3, 0xff);
  return Buffer.concat([Buffer.from([0, 1]), padding, Buffer.from([0]), info]);
}
