import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { ok, type Result } from '../../core/result.ts';
import { readNote, refuseNote } from '../../formats/log/note.ts';

/** C2SP signed-note: the signature type of Ed25519. */
const ED25519 = 1;
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
  const note = readNote(bytes);
  if (!note.ok) return note;
  const { text, signatures } = note.value;
  const id = computeKeyId(verifier);
  let isSigned = false;
  for (const { name, hint, signature } of signatures) {
    if (name !== verifier.name || !id.equals(hint)) continue;
    // mutant note-signature by signed-note: condition -> false
    if (!verify(null, Buffer.from(text), toPublicKey(verifier), signature))
      return refuseNote(`the signature of ${verifier.name} is wrong`);
    isSigned = true;
  }
  return isSigned ? ok(text) : refuseNote(`${verifier.name} did not sign it`);
}

/** Whether this key signed these bytes, which are no note. */
export function isSignedByLog(
  bytes: Uint8Array,
  signature: Uint8Array,
  verifier: NoteVerifier,
): boolean {
  // mutant answer-of-another-key by signed-answers: value -> true
  return verify(null, bytes, toPublicKey(verifier), signature);
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
    return refuseNote('the key is not NAME+ID+KEY of Ed25519');
  const verifier = { name: parts[1] ?? '', publicKey: new Uint8Array(key.subarray(1)) };
  return computeKeyId(verifier).toString('hex') === parts[2]
    ? ok(verifier)
    : refuseNote('the id in the key is not that of the key');
}

function computeKeyId({ name, publicKey }: NoteVerifier): Buffer {
  const hash = createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519));
  return hash.update(publicKey).digest().subarray(0, 4);
}

function toPublicKey({ publicKey }: NoteVerifier): KeyObject {
  const key = Buffer.concat([SPKI_PREFIX, publicKey]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}
