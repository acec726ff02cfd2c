import { Failure } from '../../core/failure.ts';

/**
 * A request's body in a buffer of its own, so that it can be handed to another thread whole. One whose length was
 * stated is written where it stays: joining the pieces of a large one would hold up every other request meanwhile.
 */
export async function receiveBody(
  pieces: AsyncIterable<Uint8Array>,
  statedLength: string | undefined,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const stated = statedLength === undefined ? null : lengthOf(statedLength);
  if (stated !== null && stated > bytesMax) throw bodyTooLarge();
  return stated === null ? joined(pieces, bytesMax) : inPlace(pieces, stated);
}

function lengthOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw lengthDiffers();
}

async function inPlace(pieces: AsyncIterable<Uint8Array>, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const body = new Uint8Array(length);
  let filled = 0;
  for await (const piece of pieces) {
    if (filled + piece.length > length) throw lengthDiffers();
    body.set(piece, filled);
    filled += piece.length;
  }
  if (filled < length) throw lengthDiffers();
  return body;
}

async function joined(pieces: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Uint8Array<ArrayBuffer>> {
  const kept: Uint8Array[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > bytesMax) throw bodyTooLarge();
    kept.push(piece);
  }
  const body = new Uint8Array(length);
  let filled = 0;
  for (const piece of kept) {
    body.set(piece, filled);
    filled += piece.length;
  }
  return body;
}

export function bodyTooLarge(): Failure {
  return new Failure('LIMIT_EXCEEDED', 'the request body is too large', 'Split the document.');
}

function lengthDiffers(): Failure {
  return new Failure('MALFORMED', 'the request body has not the length that was stated', 'Send it again.');
}
