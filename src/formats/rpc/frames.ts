import { Buffer } from 'node:buffer';
import { fail, ok, type Result } from '../../core/result.ts';

/** What a peer sent: a message, or the size of one that was over the bound and is skipped. */
export type Frame =
  | { readonly kind: 'message'; readonly content: Uint8Array }
  | { readonly kind: 'too-large'; readonly bytes: number };

/** The header of one message, with its last empty line. */
const HEADER_BYTES_MAX = 4096;
const HEADER_END = Buffer.from('\r\n\r\n');
const LENGTH = /^content-length: {0,3}(\d{1,15})$/i;

/**
 * Messages with a header (base protocol of the Language Server Protocol 3.17): `Content-Length` in
 * bytes, an empty line, the content. A message over the bound is skipped and never kept. After a
 * failure nobody knows where the next message begins: the reader must not be used again.
 */
export class FrameReader {
  readonly #bytesMax: number;
  /** Pieces that were not used yet. */
  #pieces: Buffer[] = [];
  #held = 0;
  /** Bytes of the content that is awaited; null while a header is read. */
  #wanted: number | null = null;
  #skipped = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The messages that a piece of the stream completes, in order. */
  push(piece: Uint8Array): Result<readonly Frame[]> {
    const frames: Frame[] = [];
    this.#pieces.push(Buffer.from(piece));
    this.#held += piece.length;
    for (;;) {
      this.#skip();
      if (this.#skipped > 0) return ok(frames);
      if (this.#wanted === null) {
        const header = this.#takeHeader();
        if (!header.ok) return header;
        if (header.value === null) return ok(frames);
        // mutant editor-message-without-end by frames: condition -> false
        if (header.value > this.#bytesMax) {
          frames.push({ kind: 'too-large', bytes: header.value });
          this.#skipped = header.value;
          continue;
        }
        this.#wanted = header.value;
      }
      if (this.#held < this.#wanted) return ok(frames);
      frames.push({ kind: 'message', content: this.#take(this.#wanted) });
      this.#wanted = null;
    }
  }

  #skip(): void {
    const bytes = Math.min(this.#skipped, this.#held);
    if (bytes === 0) return;
    this.#take(bytes);
    this.#skipped -= bytes;
  }

  /** The length that a header names; null where the header has not ended. */
  #takeHeader(): Result<number | null> {
    const start = this.#join().subarray(0, HEADER_BYTES_MAX);
    const end = start.indexOf(HEADER_END);
    // mutant editor-header-without-end by frames: condition -> false
    if (end === -1 && start.length >= HEADER_BYTES_MAX) return malformed('it does not end');
    if (end === -1) return ok(null);
    const lines = start.subarray(0, end).toString('latin1').split('\r\n');
    const lengths = lines.flatMap((line) => LENGTH.exec(line)?.[1] ?? []);
    const [length] = lengths;
    if (length === undefined || lengths.length > 1) return malformed('it has not one length');
    this.#take(end + HEADER_END.length);
    return ok(Number(length));
  }

  #join(): Buffer {
    const joined = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    this.#pieces = joined === undefined ? [] : [joined];
    return joined ?? Buffer.alloc(0);
  }

  #take(bytes: number): Buffer {
    const all = this.#join();
    const rest = all.subarray(bytes);
    this.#pieces = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    return all.subarray(0, bytes);
  }
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `the header of a message cannot be read: ${why}`,
    'Write Content-Length: and the number of bytes, an empty line, and the content.',
  );
}

/** A value as one message. */
export function encodeFrame(value: object): Uint8Array {
  const content = Buffer.from(JSON.stringify(value));
  return Buffer.concat([Buffer.from(`Content-Length: ${content.length}\r\n\r\n`), content]);
}
