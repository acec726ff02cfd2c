import { resolve } from 'node:path';
import { getOwn } from '../../../core/own.ts';
import { type Io, makePrintable, sayNote } from '../io.ts';
import { loadRenderer } from './list.ts';
import type { Piece, RenderStyle } from './renderer.ts';
import { DOCUMENT, type ExitCode, type LinesReport, type Part, type Report } from './report.ts';

/** Where a report goes, as the options say. */
export interface Delivery {
  readonly io: Io;
  readonly format: string | undefined;
  /** The file that --output names; standard output without one. */
  readonly file: string | undefined;
  readonly signal: AbortSignal;
}

/** Shows a report, and returns the exit code of its command. */
export async function deliverReport(report: Report, delivery: Delivery): Promise<ExitCode> {
  const { io, format = 'table' } = delivery;
  if (report.kind === 'lines') {
    await deliverLines(report, delivery);
    return 0;
  }
  // A file that --output names is as wide as it needs to be.
  const width = delivery.file === undefined ? io.width : null;
  const { render } = await loadRenderer(format, width !== null);
  const { colour, colourErr } = io;
  const style = { colour, colourErr, width, links: width !== null && (await showsLinks(io)) };
  if (report.kind === 'parts') {
    for await (const one of report.parts) {
      const part = { kind: 'result', exitCode: 0, ...one } as const;
      writePiecesInOrder(render(part, { ...style, isPart: true }), io);
      sayHints(part, io);
    }
    return report.exitCode();
  }
  const document = getOwn(report.documents ?? {}, format) ?? report.documents?.[DOCUMENT];
  const whole: RenderStyle = { ...style, isPart: false };
  const pieces: Iterable<Piece> =
    document === undefined ? render(report, whole) : [{ to: 'out', content: document() }];
  if (delivery.file === undefined) writePiecesInOrder(pieces, io);
  else await writeToFile(pieces, resolve(io.cwd, delivery.file), io);
  sayHints(report, io);
  if (report.failure !== undefined && report.failure !== null) throw report.failure;
  return report.exitCode;
}

/** What an answer leaves open is said also with --quiet. */
function sayHints({ hints = [] }: Part, io: Io): void {
  for (const hint of hints) io.err(`${makePrintable(hint)}\n`);
}

async function showsLinks({ env }: Io): Promise<boolean> {
  if (env['NO_HYPERLINK'] !== undefined) return false;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks({ isTTY: true });
}

/**
 * Writes standard output in as few writes as the order of the two streams allows; of a long result,
 * no more than one of them is in memory.
 */
function writePiecesInOrder(pieces: Iterable<Piece>, io: Io): void {
  let waiting = '';
  const flush = (): void => {
    if (waiting !== '') io.out(waiting);
    waiting = '';
  };
  for (const { to, content } of pieces) {
    if (to === 'out' && typeof content === 'string') {
      waiting += content;
      if (waiting.length > PIECE_CHARACTERS) flush();
      continue;
    }
    flush();
    if (typeof content !== 'string') io.outBytes(content);
    else sayNote(io, content);
  }
  flush();
}

/** Writes the complete result to its file, or nothing. */
async function writeToFile(pieces: Iterable<Piece>, path: string, io: Io): Promise<void> {
  const parts: Uint8Array[] = [];
  for (const { to, content } of pieces) {
    if (to === 'err') sayNote(io, String(content));
    else parts.push(typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }
  const { writeWhole } = await import('../../../system/files/write-file.ts');
  writeWhole(path, Buffer.concat(parts));
}

const PIECE_CHARACTERS = 256 * 1024;

/** Asks for no more pieces when the reader has gone. */
async function deliverLines({ lines }: LinesReport, { io, file, signal }: Delivery): Promise<void> {
  if (file !== undefined) {
    const { writePieces } = await import('../../../system/files/write-file.ts');
    return writePieces(resolve(io.cwd, file), splitPieces(lines, signal));
  }
  for await (const piece of splitPieces(lines, signal)) {
    if (io.isClosed()) return;
    io.outBytes(Buffer.from(piece));
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
