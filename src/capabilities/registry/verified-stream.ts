import { createHash } from 'node:crypto';
import { formatCount } from '../../core/count.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { readAlgorithm } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import type { Content } from './build.ts';
import type { BlobStream } from './port.ts';

/**
 * The bytes of `source`, checked against `descriptor`. The last chunk is passed on only when all
 * bytes are right, so that a reader that waits for the end of a stream never acts on other bytes.
 * Otherwise DIGEST_MISMATCH is thrown, at the latest at the first byte too many (A2, A7).
 */
export async function* verifyStream(
  source: AsyncIterable<Uint8Array>,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
): AsyncGenerator<Uint8Array> {
  const hash = createHash(readAlgorithm(digest));
  const prefix = `${readAlgorithm(digest)}:`;
  let seen = 0;
  let right = false;
  for await (const chunk of source) {
    if (chunk.length === 0) continue;
    seen += chunk.length;
    if (seen > size) throw mismatch(`${digest} is longer than ${formatCount(size, 'byte')}`);
    hash.update(chunk);
    right = seen === size && prefix + hash.copy().digest('hex') === digest;
    if (seen === size && !right) throw mismatch(`the bytes do not have the digest ${digest}`);
    yield chunk;
  }
  if (seen !== size) {
    const received = formatCount(seen, 'byte');
    throw mismatch(`${digest} has ${received}, but its descriptor says ${size}`);
  }
  if (!right && prefix + hash.digest('hex') !== digest)
    throw mismatch(`the bytes do not have the digest ${digest}`);
}

/** The bytes for a target, which stop where they do not match their descriptor. */
export function openVerified(content: Content | BlobStream): AsyncIterable<Uint8Array> {
  if ('bytes' in content) return verifyStream(yieldOnce(content.bytes), content.descriptor);
  return content.isVerified === true
    ? content.open()
    : verifyStream(content.open(), content.descriptor);
}

async function* yieldOnce(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function mismatch(message: string): Failure {
  return new Failure(
    'DIGEST_MISMATCH',
    message,
    'Get it again; if that fails too, do not trust the place that has it.',
  );
}
