import { constants, type KeyObject, sign as nodeSign, verify as nodeVerify } from 'node:crypto';
import { getOwn } from '../../../core/own.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import { writeDer, writeUnsigned } from '../../../formats/der/write.ts';

/** The JWS names of the six algorithms of Notary Project (N15); no other algorithm is allowed. */
export type SignatureAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512';

/**
 * How the bytes of an ECDSA signature are written: `jose` is r‖s (RFC 7518 §3.4), `der` is RFC 3279
 * §2.2.3.
 */
export type SignatureForm = 'jose' | 'der';

interface Parameters {
  readonly digest: 'sha256' | 'sha384' | 'sha512';
  readonly kind: 'rsa' | 'ec';
  /** Bytes of a raw ECDSA signature. */
  readonly rawBytes: number;
}

const PARAMETERS: Readonly<Record<SignatureAlgorithm, Parameters>> = {
  PS256: { digest: 'sha256', kind: 'rsa', rawBytes: 0 },
  PS384: { digest: 'sha384', kind: 'rsa', rawBytes: 0 },
  PS512: { digest: 'sha512', kind: 'rsa', rawBytes: 0 },
  ES256: { digest: 'sha256', kind: 'ec', rawBytes: 64 },
  ES384: { digest: 'sha384', kind: 'ec', rawBytes: 96 },
  ES512: { digest: 'sha512', kind: 'ec', rawBytes: 132 },
};
const BY_RSA_BITS: Readonly<Record<number, SignatureAlgorithm>> = {
  2048: 'PS256',
  3072: 'PS384',
  4096: 'PS512',
};
const BY_CURVE: Readonly<Record<string, SignatureAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};

export function isSignatureAlgorithm(text: unknown): text is SignatureAlgorithm {
  return typeof text === 'string' && Object.hasOwn(PARAMETERS, text);
}

/** The hash of an algorithm; it also names a blob (N13). */
export function selectHash(algorithm: SignatureAlgorithm): 'sha256' | 'sha384' | 'sha512' {
  return PARAMETERS[algorithm].digest;
}

/**
 * The one algorithm that a key may sign with (N15, N16), or null for a key that may not sign. A key
 * does not change, and each question to it is one to OpenSSL.
 */
export function selectAlgorithm(key: KeyObject): SignatureAlgorithm | null {
  const known = SELECTED.get(key);
  if (known !== undefined) return known;
  const selected = readAlgorithm(key);
  SELECTED.set(key, selected);
  return selected;
}

const SELECTED = new WeakMap<KeyObject, SignatureAlgorithm | null>();

function readAlgorithm(key: KeyObject): SignatureAlgorithm | null {
  const details = key.asymmetricKeyDetails;
  if (key.asymmetricKeyType === 'ec') return getOwn(BY_CURVE, details?.namedCurve ?? '') ?? null;
  if (key.asymmetricKeyType !== 'rsa' || (details?.publicExponent ?? 0n) < 3n) return null;
  return BY_RSA_BITS[details?.modulusLength ?? 0] ?? null;
}

export function signBytes(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  data: Uint8Array,
  form: SignatureForm,
): Uint8Array {
  return nodeSign(PARAMETERS[algorithm].digest, data, buildKeyInput(algorithm, key, form));
}

/**
 * Whether `key` made `signature` over `data` with `algorithm`; the algorithm must be that of the
 * key (A22).
 */
export function verifyBytes(
  algorithm: SignatureAlgorithm,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
  form: SignatureForm,
): boolean {
  const { kind, rawBytes, digest } = PARAMETERS[algorithm];
  if (selectAlgorithm(key) !== algorithm) return false;
  if (kind === 'ec' && form === 'jose' && signature.length !== rawBytes) return false;
  try {
    return nodeVerify(digest, data, buildKeyInput(algorithm, key, form), signature);
  } catch {
    return false; // OpenSSL throws for a signature that it cannot even read
  }
}

function buildKeyInput(algorithm: SignatureAlgorithm, key: KeyObject, form: SignatureForm) {
  if (PARAMETERS[algorithm].kind === 'ec') {
    return { key, dsaEncoding: form === 'jose' ? ('ieee-p1363' as const) : ('der' as const) };
  }
  // RFC 7518 §3.5: the salt is as long as the digest.
  return {
    key,
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
}

/**
 * A raw r‖s signature as DER, the form in which DSSE tools write ECDSA; other algorithms are left
 * as they are.
 */
export function toDerForm(algorithm: SignatureAlgorithm, signature: Uint8Array): Uint8Array {
  if (PARAMETERS[algorithm].kind !== 'ec') return signature;
  const half = signature.length / 2;
  const numbers = [signature.subarray(0, half), signature.subarray(half)];
  return writeDer(TAG.sequence, ...numbers.map(writeUnsigned));
}

/** A DER signature as r‖s (RFC 7518 §3.4); null for bytes that are not one of this curve. */
export function fromDerForm(algorithm: SignatureAlgorithm, der: Uint8Array): Uint8Array | null {
  const half = PARAMETERS[algorithm].rawBytes / 2;
  const node = readDer(der);
  if (node?.tag !== TAG.sequence || node.children.length !== 2 || half === 0) return null;
  const numbers = node.children.map(({ tag, content }) => {
    const magnitude = content[0] === 0 ? content.subarray(1) : content;
    const isPositive = tag === TAG.integer && (content[0] ?? 0x80) < 0x80;
    if (!isPositive || magnitude.length > half) return null;
    return Buffer.concat([Buffer.alloc(half - magnitude.length), magnitude]);
  });
  const [r, s] = numbers;
  return r && s ? Buffer.concat([r, s]) : null;
}
