import { createHash, hash } from 'node:crypto';
import { fail, ok, type Result } from './result.ts';

/**
 * A content digest in the form of the OCI image specification: `sha256:` or `sha512:` and
 * lower-case hex.
 */
export type Digest = string & { readonly __brand: 'Digest' };

/** Texts are hashed in pieces of this size: a call for each would cost more than the hash. */
const PIECE_CHARS = 16 * 1024;

const FORM = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** @example parseDigest('sha256:' + '0'.repeat(64)) */
export function parseDigest(text: string): Result<Digest> {
  // mutant text-as-long-as-a-digest: condition -> $argument.startsWith('sha') && $argument.length >
  //   70
  if (FORM.test(text)) return ok(text as Digest);
  return fail(
    'MALFORMED',
    `not a digest: ${JSON.stringify(text.slice(0, 100))}`,
    'Write sha256: and 64 lower-case hex digits.',
  );
}

export function sha256(bytes: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', bytes)}` as Digest;
}

/** Of texts that follow each other, without joining them. */
export function hashPieces(pieces: Iterable<string>): Digest {
  const whole = createHash('sha256');
  let waiting = '';
  for (const piece of pieces) {
    waiting += piece;
    if (waiting.length < PIECE_CHARS) continue;
    whole.update(waiting);
    waiting = '';
  }
  return `sha256:${whole.update(waiting).digest('hex')}` as Digest;
}

/** Whether `bytes` have `digest`, by the algorithm that the digest names. */
export function hasDigest(bytes: Uint8Array, digest: Digest): boolean {
  const algorithm = readAlgorithm(digest);
  // mutant bytes-of-another-digest: value -> $operand.length === $operand2.length
  return `${algorithm}:${hash(algorithm, bytes)}` === digest;
}

export function readAlgorithm(digest: Digest): 'sha256' | 'sha512' {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hex part, as file names and fallback tags use it. */
export function takeHex(digest: Digest): string {
  return digest.slice(digest.indexOf(':') + 1);
}
