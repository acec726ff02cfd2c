import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { IncomingResponse } from './transport.ts';

/**
 * The body in memory: at most `bytesMax`, no matter what Content-Length says, and within the time
 * of one exchange, even if it arrives slowly (G25, G28).
 */
export async function readBody(
  incoming: IncomingResponse,
  bytesMax: number,
  ms: number = LIMITS.registryRequestMs,
): Promise<Uint8Array> {
  const { message, peer } = incoming;
  if (message.destroyed) throw message.errored ?? cutOff();
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const timer = setTimeout(() => message.destroy(tooSlow(peer)), ms);
  // Events, not an iterator: for a small body that takes half the time.
  message.on('data', (chunk: Uint8Array) => {
    size += chunk.length;
    // mutant body-limit by hostile-content: condition -> false
    if (size > bytesMax) message.destroy(tooLarge(peer, bytesMax));
    else chunks.push(chunk);
  });
  message.once('end', () => {
    clearTimeout(timer);
    const [only] = chunks;
    resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks));
  });
  message.once('error', (thrown) => {
    clearTimeout(timer);
    reject(thrown);
  });
  message.once('close', () => {
    clearTimeout(timer);
    if (!message.readableEnded) reject(cutOff());
  });
  return promise;
}

/** A blob as it arrives, no slower than the limit allows for its size. */
export function streamBody(
  incoming: IncomingResponse,
  ms: number = LIMITS.registryRequestMs,
): AsyncGenerator<Uint8Array> {
  return limitTime(incoming, (seen) => ms + (seen / LIMITS.blobBytesPerSecondMin) * 1000);
}

/**
 * Drops a body that is not read: a short one is drained so that the connection can be used again.
 */
export function discardBody(incoming: IncomingResponse): void {
  const length = Number(incoming.headers['content-length'] ?? Number.NaN);
  if (length <= 64 * 1024 || incoming.message.readableEnded) incoming.message.resume();
  else incoming.message.destroy();
}

/**
 * Chunks, with a limit on the time spent waiting for them; the time of their reader is not counted.
 */
async function* limitTime(
  { message, peer }: IncomingResponse,
  allowanceMs: (bytesSeen: number) => number,
): AsyncGenerator<Uint8Array> {
  let waitedMs = 0;
  let seen = 0;
  const chunks = message.iterator({ destroyOnReturn: true }) as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const from = performance.now();
      const timer = setTimeout(
        () => message.destroy(tooSlow(peer)),
        Math.max(0, allowanceMs(seen) - waitedMs),
      );
      const next = await chunks.next().finally(() => clearTimeout(timer));
      waitedMs += performance.now() - from;
      if (next.done === true) return;
      seen += next.value.length;
      yield next.value;
    }
  } finally {
    if (!message.readableEnded) message.destroy();
  }
}

function tooSlow(peer: string): Failure {
  return new Failure('LIMIT_EXCEEDED', `${peer} sends slower than the limit`, 'Try again later.');
}

function cutOff(): NodeJS.ErrnoException {
  const error: NodeJS.ErrnoException = new Error('the body ended early');
  error.code = 'ECONNRESET';
  return error;
}

function tooLarge(peer: string, bytesMax: number): Failure {
  return new Failure(
    'LIMIT_EXCEEDED',
    `${peer} sent more than ${bytesMax} bytes`,
    `Ask the operator of ${peer}.`,
  );
}
