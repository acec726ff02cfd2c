import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { refuse } from './service-client.ts';

/** Throws a Failure for what is no public key; its message has nothing of the input. */
export function readPublicKey(
  peer: string,
  key: { readonly pem: string } | { readonly spki: Uint8Array } | { readonly jwk: JsonWebKey },
): KeyObject {
  try {
    if ('pem' in key) return createPublicKey(key.pem);
    if ('jwk' in key) return createPublicKey({ key: key.jwk, format: 'jwk' });
    return createPublicKey({ key: Buffer.from(key.spki), format: 'der', type: 'spki' });
  } catch {
    throw refuse(`${peer} gave a public key that cannot be read`);
  }
}
