import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Inventory } from '../../ecosystems/index.ts';

/**
 * The minimum size of a component in either format: with more components than fit, nothing needs to
 * be written first.
 */
const COMPONENT_BYTES_MIN = 100;

/**
 * Writes a document that our own reader accepts: a document over its limit would be evidence that
 * cannot be read.
 */
export function writeDocument({ components }: Inventory, write: () => string): Uint8Array {
  if (components.length * COMPONENT_BYTES_MIN > LIMITS.documentBytesMax) throw tooLarge();
  const text = writeText(write);
  // UTF-8 needs at least as many bytes as UTF-16 has units.
  if (text.length > LIMITS.documentBytesMax) throw tooLarge();
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > LIMITS.documentBytesMax) throw tooLarge();
  return bytes;
}

/** A text that is too long for the engine is a RangeError. */
function writeText(write: () => string): string {
  try {
    return write();
  } catch (thrown) {
    throw thrown instanceof RangeError ? tooLarge(thrown) : thrown;
  }
}

function tooLarge(cause?: unknown): Failure {
  const message = `the SBOM would be over ${LIMITS.documentBytesMax} bytes`;
  return new Failure('LIMIT_EXCEEDED', message, 'Take the inventory of each part.', { cause });
}
