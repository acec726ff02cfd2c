import { isUtf8 } from 'node:buffer';
import { type Instant, toInstant } from '../../../core/instant.ts';

/** How a repository names its objects. */
export type ObjectFormat = 'sha1' | 'sha256';

export interface GitPerson {
  readonly name: string;
  readonly email: string;
  /** Null when the date is malformed; such a commit is never trusted. */
  readonly at: Instant | null;
}

export interface CommitSignature {
  readonly format: 'ssh' | 'openpgp' | 'x509' | 'unknown';
  /** As in the header, without the blank at the start of each continued line. */
  readonly text: Uint8Array;
}

export interface HeaderField {
  readonly name: string;
  /** The value of the first line and the continued lines below it, each with its line feed. */
  readonly lines: readonly Buffer[];
  readonly from: number;
  readonly to: number;
}

/** Any bytes become text; a byte order mark is left out. */
const TEXT = new TextDecoder();
const LINE_FEED = 0x0a;
const BLANK = 0x20;
const HEADERS_MAX = 10_000;
/** A header that continues, such as a merged tag, has one line for each of its own. */
const HEADER_LINES_MAX = 100_000;

/** The fields up to the blank line, or the flaw that was found. */
export function readFields(object: Buffer): readonly HeaderField[] | string {
  const fields: { name: string; lines: Buffer[]; from: number; to: number }[] = [];
  for (let at = 0, lines = 0; ; lines++) {
    if (object[at] === LINE_FEED) return fields;
    // mutant commit-of-many-header-lines by git/commit: remove
    if (lines > HEADER_LINES_MAX) return `over ${HEADER_LINES_MAX} lines of headers`;
    const end = object.indexOf(LINE_FEED, at);
    if (end < 0) return 'no blank line ends the headers';
    const last = fields.at(-1);
    if (object[at] === BLANK) {
      if (last === undefined) return 'it begins with a continued line';
      last.lines.push(object.subarray(at + 1, end + 1));
      last.to = end + 1;
    } else {
      if (fields.length === HEADERS_MAX) return `over ${HEADERS_MAX} headers`;
      const blank = object.indexOf(BLANK, at);
      const nameEnd = blank < 0 || blank > end ? end : blank;
      const value = object.subarray(Math.min(nameEnd + 1, end), end + 1);
      fields.push({
        name: object.toString('latin1', at, nameEnd),
        lines: [value],
        from: at,
        to: end + 1,
      });
    }
    at = end + 1;
  }
}

export function readObjectId({ lines }: HeaderField, format: ObjectFormat): string | null {
  const text = (lines[0] ?? Buffer.alloc(0)).toString('latin1').slice(0, -1);
  return text.length === ID_DIGITS[format] && /^[0-9a-f]+$/.test(text) ? text : null;
}

/**
 * Exactly one pair of angle brackets: with two, readers disagree about which one has the address.
 * Names are text of any encoding. An address must be UTF-8, because it is compared.
 */
export function readPerson(field: HeaderField | undefined): GitPerson | null {
  const line = field?.lines[0]?.subarray(0, -1);
  if (line === undefined) return null;
  const [open, close] = [line.indexOf('<'), line.indexOf('>')];
  // mutant commit-two-addresses: value -> $operand6 > $operand4
  const isOnly = line.lastIndexOf('<') === open && line.lastIndexOf('>') === close;
  if (open < 0 || close < open || !isOnly || (open > 0 && line[open - 1] !== BLANK)) return null;
  const address = line.subarray(open + 1, close);
  if (!isUtf8(address)) return null;
  const email = address.toString('utf8');
  const name = TEXT.decode(line.subarray(0, Math.max(0, open - 1)));
  return { name, email, at: parseMoment(line.toString('latin1', close + 1)) };
}

/**
 * Seconds since 1970 and a zone; the zone says how the moment is shown, not when it was. No real
 * clock gives zero.
 */
function parseMoment(text: string): Instant | null {
  const seconds = Number(/^ (\d{1,12}) [+-]\d{4}$/.exec(text)?.[1] ?? 0);
  return seconds > 0 && seconds <= YEAR_9999_SECONDS ? toInstant(seconds * 1000) : null;
}

const YEAR_9999_SECONDS = 253_402_300_799;

const BEGINNINGS: readonly (readonly [CommitSignature['format'], string])[] = [
  ['ssh', '-----BEGIN SSH SIGNATURE-----'],
  ['openpgp', '-----BEGIN PGP SIGNATURE-----'],
  ['openpgp', '-----BEGIN PGP MESSAGE-----'],
  ['x509', '-----BEGIN SIGNED MESSAGE-----'],
];

export function readSignature(field: HeaderField | undefined): CommitSignature | null {
  if (field === undefined) return null;
  const text = Buffer.concat(field.lines);
  return { format: findSignatureFormat(text) ?? 'unknown', text };
}

/** By how the text begins; null where it begins like none that git knows. */
export function findSignatureFormat(text: Buffer): CommitSignature['format'] | null {
  const known = BEGINNINGS.find(([, beginning]) =>
    text.subarray(0, beginning.length).equals(Buffer.from(beginning)),
  );
  return known?.[0] ?? null;
}

/** The object without its signature headers, exactly as git cuts them out. */
export function removeSignatures(object: Buffer, fields: readonly HeaderField[]): Uint8Array {
  const signatures = fields.filter(({ name }) => name === 'gpgsig' || name === 'gpgsig-sha256');
  if (signatures.length === 0) return object;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { from, to } of signatures) {
    pieces.push(object.subarray(at, from));
    at = to;
  }
  return Buffer.concat([...pieces, object.subarray(at)]);
}

const SUBJECT_BYTES = 400;

export function readSubject(object: Buffer, from: number): string {
  const end = object.indexOf(LINE_FEED, from);
  const to = Math.min(end < 0 ? object.length : end, from + SUBJECT_BYTES);
  return TEXT.decode(object.subarray(from, to));
}

const ID_DIGITS = { sha1: 40, sha256: 64 } as const;
