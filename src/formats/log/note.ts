import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../json/parse.ts';

const SIGNATURES_MAX = 100;

/** A signed note (C2SP signed-note) as read: no signature is verified. */
export interface SignedNote {
  /** What is signed; it ends with a line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  /** Who signed, says the line. */
  readonly name: string;
  /** Four bytes that tell the keys of one name apart. */
  readonly hint: Uint8Array;
  readonly signature: Uint8Array;
}

/** Reads a note strictly: each line after the text is a signature. */
export function readNote(bytes: Uint8Array): Result<SignedNote> {
  if (bytes.length > LIMITS.configBytesMax) return refuseNote('it is too large');
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const note = decoded.value;
  const end = note.lastIndexOf('\n\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the note may have none of them.
  if (end < 0 || /[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.endsWith('\n'))
    return refuseNote('it is not a note with signatures');
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return refuseNote('it has too many signatures');
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const parts = /^— ([^ +]{1,255}) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (parts === null) return refuseNote('a signature line is malformed');
    const blob = Buffer.from(parts[2] ?? '', 'base64');
    if (blob.toString('base64') !== parts[2] || blob.length < 5)
      return refuseNote('a signature line is malformed');
    const [hint, signature] = [blob.subarray(0, 4), blob.subarray(4)];
    signatures.push({ name: parts[1] ?? '', hint, signature });
  }
  return ok({ text: note.slice(0, end + 1), signatures });
}

/** @example refuseNote('it is too large') */
export function refuseNote(why: string): Result<never> {
  const remedy = 'Use the checkpoint as it was exported, and the key that signed it.';
  return fail('EVIDENCE_REJECTED', `the signed note is refused: ${why}`, remedy);
}
