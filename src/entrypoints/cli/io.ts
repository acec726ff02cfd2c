import type { Readable } from 'node:stream';

/**
 * The input and output of one command: results on `out`, progress and errors on `err`. `outBytes`
 * writes documents unchanged.
 */
export interface Io {
  readonly out: (text: string) => void;
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly err: (text: string) => void;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly colour: boolean;
  /** The same for stderr, which may be a file while stdout is a terminal. */
  readonly colourErr: boolean;
  /** Whether the reader of the results has gone; a long answer ends then. */
  readonly isClosed: () => boolean;
  /** Whether stderr is a terminal, so that a progress line may be rewritten. */
  readonly interactive: boolean;
}

/**
 * The process's own streams. A reader that closed its end (`| head -1`) is not an error and does
 * not change the exit code: a verdict that was not read to its end is still the verdict. Other
 * failures of a stream are reported to `broken`.
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

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over the kind of the stream. */
export function isColoured(env: Io['env'], isTerminal: boolean | undefined): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** The styles of text that we use on a terminal. */
export type Style = 'red' | 'green' | 'yellow' | 'dim' | 'bold';

/** For text that goes to stderr directly; renderers show results. */
export function paintErr(io: Io, style: Style, text: string): string {
  return io.colourErr ? colourText(style, text) : text;
}

/**
 * `isColoured` decided before whether the stream shows colours. The module is loaded only here,
 * because most calls show none and scripts often call `--version`.
 */
export function colourText(style: Style, text: string): string {
  const { styleText } = process.getBuiltinModule('node:util');
  return styleText(style, text, { validateStream: false });
}

/**
 * Makes control characters, line ends and bidirectional overrides visible, so that text from
 * evidence cannot forge output (A76).
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
 * The last guard before a terminal: colours, line ends and our own progress line stay; every other
 * control character is made visible, independent of its source. In JSON the visible form is the
 * escape of JSON.
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
