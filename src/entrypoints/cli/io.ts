import type { Readable } from 'node:stream';

/**
 * The input and output of one command: results on `out`, progress and errors on `err`. `outBytes`
 * writes documents unchanged.
 */
export interface Io {
  readonly out: (text: string) => void;
  readonly outBytes: (bytes: Uint8Array) => void;
  readonly err: (text: string) => void;
  /** The same without line breaks for the width of a terminal. */
  readonly errWide?: (text: string) => void;
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
  /** Columns of the terminal that shows the results; null in a file or a pipe, and with --wide. */
  readonly width: number | null;
  /** --quiet: notes and progress are left out, errors, warnings and questions are not. */
  readonly quiet: boolean;
}

/**
 * The process's own streams. A reader that closed its end (`| head -1`) is not an error and does
 * not change the exit code: a verdict that was not read to its end is still the verdict. Other
 * failures of a stream are reported to `broken`.
 */
export function createProcessIo(
  broken: (cause: Error) => void,
  wrapLines: ((text: string, width: number) => string) | null = null,
): Io {
  // Node.js makes each stream when it is first named, and a call may need only one of them.
  const { env, stdout } = process;
  const gone = { stdout: false, stderr: false };
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    gone.stdout = true;
    if (error.code !== 'EPIPE') broken(error);
  });
  const write = (bytes: string | Uint8Array): void => void (gone.stdout || stdout.write(bytes));
  let opened: NodeJS.WriteStream | null = null;
  const openStderr = (): NodeJS.WriteStream => {
    opened ??= process.stderr.on('error', () => (gone.stderr = true));
    return opened;
  };
  const errWide = (text: string): void => {
    const stderr = openStderr();
    if (!gone.stderr) stderr.write(makeHarmless(text));
  };
  return {
    out: (text) => write(makeHarmless(text)),
    outBytes: write,
    err: (text) => {
      const { isTTY, columns } = openStderr();
      const width = readWidth(env, isTTY === true, columns);
      errWide(width === null || wrapLines === null ? text : wrapLines(text, width));
    },
    errWide,
    quiet: false,
    get stdin() {
      return process.stdin;
    },
    env,
    cwd: process.cwd(),
    colour: isColoured(env, stdout.isTTY),
    get colourErr() {
      return isColoured(env, openStderr().isTTY);
    },
    isClosed: () => gone.stdout,
    get interactive() {
      return openStderr().isTTY === true && env['TERM'] !== 'dumb';
    },
    width: readWidth(env, stdout.isTTY === true, stdout.columns),
  };
}

/** COLUMNS wins over what the terminal says, as in a shell; some terminals say 0. */
export function readWidth(
  env: Io['env'],
  isTerminal: boolean,
  columns: number | undefined,
): number | null {
  if (!isTerminal) return null;
  const named = Number(env['COLUMNS']);
  const width = Number.isInteger(named) && named > 0 ? named : (columns ?? 0);
  return width > 0 ? Math.max(width, WIDTH_MIN) : null;
}

const WIDTH_MIN = 40;

/** NO_COLOR (no-color.org) wins over FORCE_COLOR, which wins over the kind of the stream. */
export function isColoured(env: Io['env'], isTerminal: boolean | undefined): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  const forced = env['FORCE_COLOR'] ?? '';
  if (forced !== '') return forced !== '0' && forced !== 'false';
  return isTerminal === true && env['TERM'] !== 'dumb';
}

/** What a reader may do without: where things come from, and how far the work is. */
export function sayNote(io: Io, text: string): void {
  if (!io.quiet) io.err(text);
}

/** The styles of text that we use on a terminal. */
export type Style = 'red' | 'green' | 'yellow' | 'magenta' | 'cyan' | 'dim' | 'bold';

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
 * The last guard before a terminal: colours, links to vulnerabilities (OSC 8), line ends and our
 * own progress line stay; every other control character is made visible, independent of its source.
 * In JSON the visible form is the escape of JSON.
 */
export function makeHarmless(text: string): string {
  return text
    .split(OURS)
    .map((part, at) =>
      at % 2 === 1 ? part : part.replace(CONTROLS, (char) => makePrintable(char)),
    )
    .join('');
}

/** Captured, so that a split text has it at each odd place. */
const OURS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that we print ourselves
  /(\r?\u001b\[(?:\d{1,2}m|K)|\u001b\]8;;(?:https:\/\/osv\.dev\/[\w./%~-]{1,200})?\u001b\\)/;

const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is being removed
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** How far a long work is, as a line on stderr. */
export interface ProgressState {
  readonly label: string;
  readonly done: number;
  /** Null where nobody knows it. */
  readonly total: number | null;
  readonly elapsedMs: number;
}

/** `images audited 120 of 1,000 (12 %), 40/s, 22 s left`; a rate only after a second. */
export function formatProgress({ label, done, total, elapsedMs }: ProgressState): string {
  const shown = done.toLocaleString('en');
  const share = total === null ? '' : ` of ${total.toLocaleString('en')}`;
  const percent =
    total === null || total === 0
      ? ''
      : ` (${Math.floor((100 * Math.min(done, total)) / total)} %)`;
  if (elapsedMs < 1_000 || done === 0) return `${label} ${shown}${share}${percent}`;
  const rate = (done * 1_000) / elapsedMs;
  const speed = rate >= 10 ? Math.round(rate).toLocaleString('en') : rate.toFixed(1);
  const left = total === null || done >= total ? '' : `, ${formatLeft((total - done) / rate)} left`;
  return `${label} ${shown}${share}${percent}, ${speed}/s${left}`;
}

function formatLeft(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.ceil(seconds))} s`;
  return seconds < 5_400 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`;
}

/**
 * A line on stderr that is rewritten in place on a terminal; elsewhere a line each five seconds.
 */
export function startProgress(
  io: Io,
  label: string,
): (done: number, total?: number | null) => void {
  const startedAt = Date.now();
  let shownAt = startedAt - (io.interactive ? 100 : 0);
  return (done, total = null) => {
    const now = Date.now();
    if (now - shownAt < (io.interactive ? 100 : 5_000)) return;
    shownAt = now;
    const line = formatProgress({ label, done, total, elapsedMs: now - startedAt });
    sayNote(io, io.interactive ? `\r\u001b[K${line}` : `${line}\n`);
  };
}

export function clearProgress(io: Io): void {
  if (io.interactive) sayNote(io, '\r\u001b[K');
}
