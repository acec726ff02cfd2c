import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';

/** C2SP signed-note: the signature type of Ed25519. */
const ED25519 = 1;
const SIGNATURES_MAX = 100;
/** DER before the 32 bytes of an Ed25519 public key (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** Who signs notes: a name without spaces and plus signs, and an Ed25519 key of 32 bytes. */
export interface NoteVerifier {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/**
 * Signs a text that ends with a line feed.
 *
 * @example signNote('origin\n0\n…\n', verifier, privateKey)
 */
export function signNote(text: string, verifier: NoteVerifier, privateKey: KeyObject): string {
  const signature = sign(null, Buffer.from(text), privateKey);
  const blob = Buffer.concat([computeKeyId(verifier), signature]).toString('base64');
  return `${text}\n— ${verifier.name} ${blob}\n`;
}

/**
 * The text of a note that this key has signed. Signatures of other keys are ignored; a note without
 * one of this key, or with a wrong one, is EVIDENCE_REJECTED.
 */
export function openNote(bytes: Uint8Array, verifier: NoteVerifier): Result<string> {
  if (bytes.length > LIMITS.configBytesMax) return refuse('it is too large');
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const note = decoded.value;
  const end = note.lastIndexOf('\n\n');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the note may have none of them.
  if (end < 0 || /[\u0000-\u0009\u000b-\u001f]/.test(note) || !note.endsWith('\n'))
    return refuse('it is not a note with signatures');
  const text = note.slice(0, end + 1);
  const lines = note.slice(end + 2, -1).split('\n');
  if (lines.length > SIGNATURES_MAX) return refuse('it has too many signatures');
  const id = computeKeyId(verifier);
  let isSigned = false;
  for (const line of lines) {
    const parts = /^— ([^ +]{1,255}) ([A-Za-z0-9+/]+={0,2})$/.exec(line);
    if (parts === null) return refuse('a signature line is malformed');
    const blob = Buffer.from(parts[2] ?? '', 'base64');
    if (blob.toString('base64') !== parts[2] || blob.length < 5)
      return refuse('a signature line is malformed');
    if (parts[1] !== verifier.name || !blob.subarray(0, 4).equals(id)) continue;
    // mutant note-signature by signed-note: condition -> false
    if (!verify(null, Buffer.from(text), toPublicKey(verifier), blob.subarray(4)))
      return refuse(`the signature of ${verifier.name} is wrong`);
    isSigned = true;
  }
  return isSigned ? ok(text) : refuse(`${verifier.name} did not sign it`);
}

/** `NAME+KEYID+BASE64`, as golang.org/x/mod/sumdb/note writes a verifier key. */
export function formatNoteVerifier(verifier: NoteVerifier): string {
  const key = Buffer.concat([Uint8Array.of(ED25519), verifier.publicKey]).toString('base64');
  return `${verifier.name}+${computeKeyId(verifier).toString('hex')}+${key}`;
}

export function parseNoteVerifier(text: string): Result<NoteVerifier> {
  const parts = /^([^ +\n]{1,255})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/.exec(text.trim());
  const key = Buffer.from(parts?.[3] ?? '', 'base64');
  if (parts === null || key.length !== 33 || key[0] !== ED25519)
    return refuse('the key is not NAME+ID+KEY of Ed25519');
  const verifier = { name: parts[1] ?? '', publicKey: new Uint8Array(key.subarray(1)) };
  return computeKeyId(verifier).toString('hex') === parts[2]
    ? ok(verifier)
    : refuse('the id in the key is not that of the key');
}

function computeKeyId({ name, publicKey }: NoteVerifier): Buffer {
  const hash = createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519));
  return hash.update(publicKey).digest().subarray(0, 4);
}

function toPublicKey({ publicKey }: NoteVerifier): KeyObject {
  const key = Buffer.concat([SPKI_PREFIX, publicKey]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

function refuse(why: string): Result<never> {
  const remedy = 'Use the checkpoint as it was exported, and the key that signed it.';
  return fail('EVIDENCE_REJECTED', `the signed note is refused: ${why}`, remedy);
}
