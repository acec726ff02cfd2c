import type { Readable } from 'node:stream';
import { styleText } from 'node:util';
import type { Style } from './report/block.ts';

/**
 * The world of one command: results on `out`, progress and errors on `err`; documents go out as
 * they are by `outBytes`.
 */
export interface Io {
  readonly out: (text: string) => void;
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly err: (text: string) => void;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly colour: boolean;
  /** The same for stderr, which may be a file where stdout is a terminal. */
  readonly colourErr: boolean;
  /** Whether nobody reads the results any more; a long answer ends then. */
  readonly isClosed: () => boolean;
  /** Whether stderr is a terminal, so that a progress line may be rewritten. */
  readonly interactive: boolean;
}

/**
 * The process's own streams. A reader that closed its end (`| head -1`) is no error, and it changes
 * no exit code: a verdict that nobody read to its end is still the verdict. `broken` hears of a
 * stream that fails otherwise.
 */
export function createProcessIo(broken: (cause: Error) => void): Io {
  const { env, stdout, stderr, stdin } = process;
  const gone = { stdout: false, stderr: false };
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    gone.stdout = true;
    if (error.code !== 'EPIPE') broken(error);
  });
  stderr.on('error', () => (gone.stderr = true));
  const write = (bytes: string | Uint8Array): void => void (gone.stdout || stdout.write(bytes));
  return {
    out: (text) => write(makeHarmless(text)),
    outBytes: write,
    err: (text) => void (gone.stderr || stderr.write(makeHarmless(text))),
    stdin,
    env,
    cwd: process.cwd(),
    colour: isColoured(env, stdout.isTTY),
    colourErr: isColoured(env, stderr.isTTY),
    isClosed: () => gone.stdout,
    interactive: stderr.isTTY === true && env['TERM'] !== 'dumb',
  };
}

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over what the stream is. */
export function isColoured(env: Io['env'], isTerminal: boolean | undefined): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** For what goes to stderr at once; results are shown by a renderer. */
export function paintErr(io: Io, style: Style, text: string): string {
  return io.colourErr ? colourText(style, text) : text;
}

/** Whether a stream shows colours was decided before: by `isColoured`. */
export function colourText(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}

/**
 * Control characters, line ends and bidirectional overrides made visible: text from evidence cannot
 * forge output (A76).
 */
export function makePrintable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (char) => {
      return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
}

/**
 * The last guard of what a terminal shows: colours, line ends and our own progress line pass, every
 * other control character is made visible, wherever it came from. In JSON the visible form is the
 * escape that JSON has for it.
 */
export function makeHarmless(text: string): string {
  const forging =
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
    /\r?\u001b\[(?:\d{1,2}m|K)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
  return text.replace(forging, (found) => (found.length > 1 ? found : makePrintable(found)));
}

/** Columns padded to their widest cell; the last column is left as it is. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const cells = [header, ...rows].map((row) => row.map(makePrintable));
  const widths = header.map((_, column) =>
    cells.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), 0),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === header.length - 1 ? cell : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ');
  return `${cells.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

/** A line on stderr that is rewritten in place on a terminal and printed rarely elsewhere. */
export function startProgress(io: Io, label: string): (done: number) => void {
  let shownAt = 0;
  return (done) => {
    const now = Date.now();
    if (now - shownAt < (io.interactive ? 100 : 5_000)) return;
    shownAt = now;
    io.err(
      io.interactive
        ? `\r\u001b[K${label} ${done.toLocaleString('en')}`
        : `${label} ${done.toLocaleString('en')}\n`,
    );
  };
}

export function clearProgress(io: Io): void {
  if (io.interactive) io.err('\r\u001b[K');
}
