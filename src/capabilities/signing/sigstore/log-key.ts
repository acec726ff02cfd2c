import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto';

/** A public key as DER of its SubjectPublicKeyInfo; null for one that cannot be read. */
export function openPublicKey(der: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

const CURVE_HASHES: ReadonlyMap<string, string> = new Map([
  ['prime256v1', 'sha256'],
  ['secp384r1', 'sha384'],
  ['secp521r1', 'sha512'],
]);

/** Whether `isSignedByKey` can be true for this key. */
export function isKeyOfSigner({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): boolean {
  if (asymmetricKeyType === 'rsa') return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048;
  const isCurve = CURVE_HASHES.has(asymmetricKeyDetails?.namedCurve ?? '');
  return asymmetricKeyType === 'ed25519' || (asymmetricKeyType === 'ec' && isCurve);
}

/**
 * Whether `signature` is over `data` by a key of a log, an authority or a signer: ECDSA in DER on
 * P-256, P-384 or P-521 (with the hash of the curve, or SHA-256 as older cosign signs), RSA PKCS #1
 * v1.5 of at least 2048 bits, or Ed25519. All else is false.
 */
export function isSignedByKey(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  // mutant key-of-a-log-that-is-weak: condition -> false
  if (!isKeyOfSigner(key)) return false;
  try {
    if (type === 'ed25519') return verify(null, data, key, signature);
    if (type === 'rsa') {
      const padding = constants.RSA_PKCS1_PADDING;
      return verify('sha256', data, { key, padding }, signature);
    }
    const hash = type === 'ec' ? CURVE_HASHES.get(details?.namedCurve ?? '') : undefined;
    if (hash === undefined) return false;
    return [...new Set([hash, 'sha256'])].some((one) =>
      verify(one, data, { key, dsaEncoding: 'der' }, signature),
    );
  } catch {
    return false; // OpenSSL throws for a signature that it cannot even read
  }
}
