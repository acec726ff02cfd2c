import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { createBodyFailure } from './evidence/ingest.ts';

/** A body as it arrives. */
export interface ArrivingBody {
  readonly stream: Readable;
  /** The address that sends it. */
  readonly address: string;
  /** The stated length; null if it is not stated. */
  readonly bytesStated: number | null;
}

interface Waiting {
  readonly address: string;
  readonly bytes: number;
  readonly grant: () => void;
}

/**
 * Reads bodies as a whole, within a budget of memory for all of them. A large body is read when its
 * whole length is reserved, so that bodies that never end hold only a share, and only for
 * `bodyMs`; until then its bytes stay with the sender. Small bodies, such as an ordinary review,
 * never wait.
 */
export class BodyReader {
  readonly #waiting: Waiting[] = [];
  readonly #byAddress = new Map<string, number>();
  readonly #bodyMs: number;
  #held = 0;

  constructor(bodyMs: number = LIMITS.bodyMs) {
    this.#bodyMs = bodyMs;
  }

  /** Rejects with LIMIT_EXCEEDED, or with DEADLINE_EXCEEDED if the body does not arrive in time. */
  async read({ stream, address, bytesStated }: ArrivingBody): Promise<Buffer> {
    const bytesMax = LIMITS.admissionRequestBytesMax;
    const bytes = bytesStated ?? bytesMax;
    // mutant body-limit-stated by bodies: remove
    if (!(bytes <= bytesMax)) throw createBodyFailure();
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(createLateFailure(this.#bodyMs)), this.#bodyMs);
    try {
      // mutant large-body-waits by bodies: condition -> true
      if (bytes <= LIMITS.bodySmallBytesMax) return await collect(stream, bytes, late.signal);
      const release = await this.#reserve(address, bytes, late.signal);
      return await collect(stream, bytes, late.signal).finally(release);
    } finally {
      clearTimeout(timer);
    }
  }

  #reserve(address: string, bytes: number, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const grant = () => {
        this.#take(address, bytes);
        resolve(() => this.#take(address, -bytes));
      };
      const waiting = { address, bytes, grant };
      this.#waiting.push(waiting);
      signal.addEventListener('abort', () => {
        const at = this.#waiting.indexOf(waiting);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason);
      });
      this.#grantNext();
    });
  }

  #take(address: string, bytes: number): void {
    this.#held += bytes;
    const held = (this.#byAddress.get(address) ?? 0) + bytes;
    if (held > 0) this.#byAddress.set(address, held);
    else this.#byAddress.delete(address);
    if (bytes < 0) this.#grantNext();
  }

  /** In the order of arrival; an address that holds its share does not delay the others. */
  #grantNext(): void {
    for (const waiting of [...this.#waiting]) {
      const { address, bytes, grant } = waiting;
      const isFull = this.#held + bytes > LIMITS.bodiesBytesMax;
      const ofAddress = (this.#byAddress.get(address) ?? 0) + bytes;
      // mutant bodies-of-one-address by bodies: remove operand 2
      if (isFull || ofAddress > LIMITS.bodiesPerAddressBytesMax) continue;
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      grant();
    }
  }
}

function collect(stream: Readable, bytesMax: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const fail = (thrown: unknown) => {
      stream.removeAllListeners('data');
      stream.pause();
      pieces.length = 0;
      reject(thrown);
    };
    signal.addEventListener('abort', () => fail(signal.reason));
    stream.on('data', (piece: Buffer) => {
      bytes += piece.length;
      // mutant body-limit-arrived by bodies: condition -> false
      if (bytes > bytesMax) fail(createBodyFailure());
      else pieces.push(piece);
    });
    stream.on('end', () => resolve(Buffer.concat(pieces)));
    stream.on('error', fail);
    stream.on('close', () => fail(createLateFailure(0)));
  });
}

function createLateFailure(ms: number): Failure {
  return new Failure(
    'DEADLINE_EXCEEDED',
    ms === 0 ? 'the body ended too early' : `the body did not arrive within ${ms} ms`,
    'Send the request again.',
  );
}

/** The body that was read; empty where there is none. */
export function takeBody(request: FastifyRequest): Uint8Array {
  return Buffer.isBuffer(request.body) ? request.body : new Uint8Array();
}
