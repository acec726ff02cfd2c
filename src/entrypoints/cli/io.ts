import type { Readable } from 'node:stream';

/** The world of one command: results on `out`, progress and errors on `err`. */
export interface Io {
  readonly out: (text: string) => void;
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly err: (text: string) => void;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly colour: boolean;
  /** Whether stderr is a terminal, so that a progress line may be rewritten. */
  readonly interactive: boolean;
}

/** The process's own streams. NO_COLOR (no-color.org), FORCE_COLOR and TERM=dumb are respected. */
export function processIo(): Io {
  const { env, stdout, stderr, stdin } = process;
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return {
    out: (text) => void stdout.write(text),
    outBytes: (bytes) => void stdout.write(bytes),
    err: (text) => void stderr.write(text),
    stdin,
    env,
    cwd: process.cwd(),
    colour: (env['FORCE_COLOR'] ?? '') !== '' ? !plain : stdout.isTTY === true && !plain,
    interactive: stderr.isTTY === true && env['TERM'] !== 'dumb',
  };
}

const CODES = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

export function paint(io: Io, style: keyof typeof CODES, text: string): string {
  return io.colour ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
}

/** Control characters, line ends and bidirectional overrides made visible: text from evidence cannot forge output (A76). */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Columns padded to their widest cell; the last column is left as it is. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row.map((cell, column) => (column === header.length - 1 ? cell : cell.padEnd(widths[column] ?? 0))).join('  ');
  return `${cells.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

/** A line on stderr that is rewritten in place on a terminal and printed rarely elsewhere. */
export function progress(io: Io, label: string): (done: number) => void {
  let shownAt = 0;
  return (done) => {
    const now = Date.now();
    if (now - shownAt < (io.interactive ? 100 : 5_000)) return;
    shownAt = now;
    io.err(
      io.interactive ? `\r\u001b[K${label} ${done.toLocaleString('en')}` : `${label} ${done.toLocaleString('en')}\n`,
    );
  };
}

export function clearProgress(io: Io): void {
  if (io.interactive) io.err('\r\u001b[K');
}
