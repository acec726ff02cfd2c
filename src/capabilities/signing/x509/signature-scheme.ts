import { constants, type KeyObject, verify } from 'node:crypto';
import { getOwn } from '../../../core/own.ts';
import { type DerNode, formatOid } from '../../../formats/der/der.ts';

/** How an authority signed: a padding or curve, and a hash. */
export interface SignatureScheme {
  readonly kind: 'rsa' | 'rsa-pss' | 'ecdsa';
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

const SCHEMES: Readonly<Record<string, SignatureScheme>> = {
  '1.2.840.113549.1.1.11': { kind: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', hash: 'sha512' },
  '1.2.840.10045.4.3.2': { kind: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ecdsa', hash: 'sha512' },
};
const PSS = '1.2.840.113549.1.1.10';
const HASHES: Readonly<Record<string, SignatureScheme['hash']>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/**
 * N32: SHA-256, SHA-384 or SHA-512, with RSA (PKCS #1 v1.5 or PSS) or ECDSA; all else is null.
 * `identifier` is an AlgorithmIdentifier.
 */
export function readSignatureScheme(identifier: DerNode): SignatureScheme | null {
  const [oid, parameters] = identifier.children;
  const type = formatOid(oid) ?? '';
  if (type !== PSS) return getOwn(SCHEMES, type) ?? null;
  // RFC 4055 §3.1: omitted parameters mean SHA-1, so hash and mask must both be present.
  const hash = formatOid(
    parameters?.children.find((node) => node.tag === 0xa0)?.children[0]?.children[0],
  );
  const mask = parameters?.children.find((node) => node.tag === 0xa1)?.children[0]?.children[1]
    ?.children[0];
  const known = getOwn(HASHES, hash ?? '');
  return known !== undefined && formatOid(mask) === hash ? { kind: 'rsa-pss', hash: known } : null;
}

/** Whether `signature` is over `data` by `key`, in a scheme that fits the key. */
export function isSignedWith(
  scheme: SignatureScheme,
  key: KeyObject,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const isRsa = key.asymmetricKeyType === 'rsa';
  if (isRsa !== (scheme.kind !== 'ecdsa')) return false;
  const padding =
    scheme.kind === 'rsa-pss' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const input = isRsa
    ? { key, padding, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : { key, dsaEncoding: 'der' as const };
  try {
    return verify(scheme.hash, data, input, signature);
  } catch {
    return false; // OpenSSL throws for a signature that it cannot even read
  }
}
