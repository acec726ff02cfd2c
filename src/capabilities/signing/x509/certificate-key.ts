import { computeKeyId } from '../envelopes/dsse.ts';
import type { Certificate } from './certificate.ts';

const KNOWN_MAX = 1_000;
const known = new Map<string, string>();

/**
 * SHA-256 of the SubjectPublicKeyInfo of a certificate, lower-case hex. OpenSSL writes it anew, so
 * that another encoding of one key is the same key. That takes as long as a signature to verify,
 * and most signatures have the same few certificates: they are remembered by their thumbprints.
 */
export function identifyKey({ thumbprint, publicKey }: Certificate): string {
  const before = known.get(thumbprint);
  if (before !== undefined) return before;
  const id = computeKeyId(publicKey);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(thumbprint, id);
  return id;
}
