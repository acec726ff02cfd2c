import { resolve } from 'node:path';
import { writePieces, writeWhole } from '../../system/files/write-file.ts';
import type { Call } from './command.ts';

const PIECE_CHARACTERS = 256 * 1024;

/** The result on standard output, or whole in the file that --output names. */
export function deliverResult(call: Call, result: string | Uint8Array): void {
  const bytes = typeof result === 'string' ? new TextEncoder().encode(result) : result;
  const file = call.options.text('output');
  if (file === undefined) call.io.outBytes(bytes);
  else writeWhole(resolve(call.io.cwd, file), bytes);
}

/**
 * The same for an answer that is too long to hold: nothing more is asked for when nobody reads any
 * more.
 */
export async function deliverLines(call: Call, lines: AsyncIterable<string>): Promise<void> {
  const file = call.options.text('output');
  if (file !== undefined)
    return writePieces(resolve(call.io.cwd, file), splitPieces(lines, call.signal));
  for await (const piece of splitPieces(lines, call.signal)) {
    if (call.io.isClosed()) return;
    call.io.outBytes(Buffer.from(piece));
  }
}

async function* splitPieces(
  lines: AsyncIterable<string>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    signal.throwIfAborted();
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}
