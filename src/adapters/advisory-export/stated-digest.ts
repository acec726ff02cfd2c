import { createHash } from 'node:crypto';
import { Failure } from '../../core/failure.ts';

type Headers = Readonly<Record<string, string | undefined>>;

interface StatedDigest {
  readonly algorithm: 'sha256' | 'sha512' | 'md5';
  /** In base64. */
  readonly value: string;
}

const REPR_DIGESTS = [
  ['sha512', /(?:^|[\s,])sha-512=:([A-Za-z0-9+/=]{1,100}):/],
  ['sha256', /(?:^|[\s,])sha-256=:([A-Za-z0-9+/=]{1,100}):/],
] as const;

/**
 * The digest of the whole file that a server states: Repr-Digest (RFC 9530), or what the storage
 * of OSV's export says (x-goog-hash; its md5 is against damage, not against a forger). Null if it
 * states none.
 */
export function readStatedDigest(headers: Headers): StatedDigest | null {
  const stated = (headers['repr-digest'] ?? '').slice(0, 2_000);
  for (const [algorithm, pattern] of REPR_DIGESTS) {
    const value = pattern.exec(stated)?.[1];
    if (value !== undefined) return { algorithm, value };
  }
  const md5 = /(?:^|[\s,])md5=([A-Za-z0-9+/=]{1,40})/.exec(
    (headers['x-goog-hash'] ?? '').slice(0, 2_000),
  )?.[1];
  return md5 === undefined ? null : { algorithm: 'md5', value: md5 };
}

/** Throws DIGEST_MISMATCH where the bytes of a whole file are not those that were stated. */
export function checkStatedDigest(headers: Headers, url: URL, bytes: Iterable<Uint8Array>): void {
  const stated = readStatedDigest(headers);
  if (stated === null) return;
  const hash = createHash(stated.algorithm);
  for (const piece of bytes) hash.update(piece);
  // mutant lie-about-a-digest by update-advisories: condition -> false
  if (hash.digest('base64') !== stated.value)
    throw new Failure(
      'DIGEST_MISMATCH',
      `${url.host}${url.pathname} has not the ${stated.algorithm} that the server states`,
      'Try again later, or ask the operator of the mirror.',
    );
}
