import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';

/** A line of a requirements file, with those that continue it. */
export interface LogicalLine {
  /** Without comments. */
  readonly text: string;
  /** Of its first physical line, from 1. */
  readonly line: number;
  /** Of its last one. */
  readonly lastLine: number;
}

/** PowerShell writes `pip freeze > requirements.txt` in UTF-16; pip reads that by its mark. */
export function decodeRequirements(bytes: Uint8Array): Result<string> {
  const [one, two] = bytes;
  if (one === 0xff && two === 0xfe) return decodeUtf16(bytes, 'utf-16le');
  if (one === 0xfe && two === 0xff) return decodeUtf16(bytes, 'utf-16be');
  return decodeUtf8(bytes);
}

function decodeUtf16(bytes: Uint8Array, encoding: 'utf-16le' | 'utf-16be'): Result<string> {
  try {
    return ok(new TextDecoder(encoding, { fatal: true }).decode(bytes));
  } catch (cause) {
    return fail('MALFORMED', 'the text is not UTF-16', 'Save it as UTF-8.', cause);
  }
}

/**
 * As pip joins lines: a backslash at the end of a line continues it, a comment ends at its own
 * line, and `#` begins a comment at the start of a line or behind a blank.
 */
export function* readLogicalLines(text: string): Generator<LogicalLine> {
  let pieces: string[] = [];
  let from = 1;
  const lines = text.split(/\r\n|\r|\n/);
  for (const [at, line] of lines.entries()) {
    if (pieces.length === 0) from = at + 1;
    const isComment = /^\s*#/.test(line);
    const continues = line.endsWith('\\') && !isComment;
    pieces.push(continues ? line.slice(0, -1) : isComment && pieces.length > 0 ? ` ${line}` : line);
    if (continues && at + 1 < lines.length) continue;
    const joined = dropComment(pieces.join('')).trim();
    pieces = [];
    if (joined !== '') yield { text: joined, line: from, lastLine: at + 1 };
  }
}

/** Each `#` is looked at once. */
function dropComment(text: string): string {
  for (let at = text.indexOf('#'); at !== -1; at = text.indexOf('#', at + 1))
    if (at === 0 || /\s/.test(text.charAt(at - 1))) return text.slice(0, at);
  return text;
}

export interface LineOption {
  /** As written: `--hash`, `-r`. */
  readonly name: string;
  readonly value: string;
}

export interface SplitLine {
  /** What is required; empty for a line of options alone. */
  readonly text: string;
  readonly options: readonly LineOption[];
  /** An option that pip does not know in a requirements file. */
  readonly strange: string | null;
}

/** Options with a value, by every name. */
const VALUED = new Set([
  ...['-i', '--index-url', '--pypi-url', '--extra-index-url', '-f', '--find-links'],
  ...['-r', '--requirement', '-c', '--constraint', '-e', '--editable'],
  ...['--no-binary', '--only-binary', '--trusted-host', '--use-feature', '--hash'],
  ...['--global-option', '--install-option', '--config-settings', '--config-setting', '-C'],
  ...['--build-option', '--build-constraint', '--uploaded-prior-to'],
]);
const PLAIN = new Set([
  ...['--no-index', '--require-hashes', '--pre', '--prefer-binary', '--use-pep517'],
  ...['--no-use-wheel', '--use-wheel', '--process-dependency-links', '--always-unzip', '-Z'],
  ...['--allow-external', '--allow-unverified', '--allow-all-external', '--all-releases'],
]);

/** As pip does: options begin at the first word with a hyphen. */
export function splitOptions(line: string): SplitLine {
  const words = splitWords(line);
  const first = words.findIndex((word) => word.startsWith('-'));
  const text = words.slice(0, first === -1 ? words.length : first).join(' ');
  const options: LineOption[] = [];
  for (let at = first === -1 ? words.length : first; at < words.length; at++) {
    const word = words[at] ?? '';
    const equals = word.indexOf('=');
    const isLong = word.startsWith('--');
    const name = isLong ? (equals === -1 ? word : word.slice(0, equals)) : word.slice(0, 2);
    if (PLAIN.has(name)) options.push({ name, value: '' });
    else if (!VALUED.has(name)) return { text, options, strange: word };
    else if (isLong && equals !== -1) options.push({ name, value: word.slice(equals + 1) });
    else if (!isLong && word.length > 2)
      options.push({ name, value: word.slice(2).replace(/^=/, '') });
    else options.push({ name, value: words[++at] ?? '' });
  }
  return { text, options, strange: null };
}

/** Quotes hold a word together, as in a shell. */
function splitWords(line: string): readonly string[] {
  const isOptions = line.startsWith('-');
  const words = line.match(isOptions ? /(?:"[^"]*"|'[^']*'|[^\s"'])+/g : /\S+/g) ?? [];
  return isOptions ? words.map((word) => word.replace(/["']/g, '')) : words;
}
