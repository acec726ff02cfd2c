import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { type Checkpoint, parseCheckpoint } from '../../formats/log/checkpoint.ts';
import {
  hashLeaf,
  type TreeHash,
  verifyConsistency,
  verifyInclusion,
} from '../../formats/log/merkle.ts';
import { type NoteVerifier, openNote } from './signed-note.ts';

/** A proof as a file, with the note of the checkpoint that it leads to. */
export type LogProof =
  | {
      readonly kind: 'inclusion';
      readonly position: number;
      /** The bytes of the entry: canonical JSON of `encodeLeaf`; null where the file has none. */
      readonly leaf: string | null;
      readonly hashes: readonly TreeHash[];
      readonly note: string;
    }
  | {
      readonly kind: 'consistency';
      readonly sizeBefore: number;
      readonly hashes: readonly TreeHash[];
      readonly note: string;
    };

/**
 * An inclusion proof of one entry under a checkpoint (C2SP tlog-proof). The entry itself is its
 * `extra` data, so that the file proves something to anyone who has nothing else.
 */
export function formatInclusionProof(
  position: number,
  leaf: string,
  proof: readonly TreeHash[],
  checkpoint: string,
): string {
  const extra = Buffer.from(leaf).toString('base64');
  return `${MARK}\nextra ${extra}\nindex ${position}\n${formatHashes(proof)}\n${checkpoint}`;
}

/** A consistency proof, as a witness takes it (C2SP tlog-witness, add-checkpoint). */
export function formatConsistencyProof(
  sizeBefore: number,
  proof: readonly TreeHash[],
  checkpoint: string,
): string {
  return `old ${sizeBefore}\n${formatHashes(proof)}\n${checkpoint}`;
}

const MARK = 'c2sp.org/tlog-proof@v1';
/** The height of a tree of 2^53 entries, twice over for a consistency proof. */
const HASHES_MAX = 2 * 53;

/** Reads either form; nothing in it is verified. */
export function parseLogProof(bytes: Uint8Array): Result<LogProof> {
  if (bytes.length > LIMITS.configBytesMax) return malformed('it is too large');
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const end = decoded.value.indexOf('\n\n');
  if (end < 0) return malformed('it has no checkpoint');
  const note = decoded.value.slice(end + 2);
  const [first = '', ...rest] = decoded.value.slice(0, end).split('\n');
  if (first !== MARK) return parseConsistency(first, rest, note);
  const extra = rest[0]?.startsWith('extra ') === true ? rest.shift() : undefined;
  const position = readCount(rest.shift() ?? '', 'index ');
  const leaf = extra === undefined ? null : readBase64(extra.slice('extra '.length));
  const hashes = readHashes(rest);
  if (position === null || hashes === null || (extra !== undefined && leaf === null))
    return malformed('its lines are not those of a tlog-proof');
  const text = leaf === null ? null : new TextDecoder().decode(leaf);
  return ok({ kind: 'inclusion', position, leaf: text, hashes, note });
}

function parseConsistency(first: string, rest: readonly string[], note: string): Result<LogProof> {
  const sizeBefore = readCount(first, 'old ');
  const hashes = readHashes(rest);
  if (sizeBefore === null || hashes === null)
    return malformed(`it begins neither with ${MARK} nor with "old"`);
  return ok({ kind: 'consistency', sizeBefore, hashes, note });
}

/** What was proven, for a reader who trusts the key alone. */
export interface ProvenLog {
  /** Signed by the key: the size and the root of the log then. */
  readonly head: Checkpoint;
  /** Of a consistency proof: the checkpoint that the log continues. */
  readonly before: Checkpoint | null;
}

export interface ProofClaim {
  readonly proof: LogProof;
  readonly verifier: NoteVerifier;
  /** The signed note of a checkpoint that the reader holds; a consistency proof is about it. */
  readonly held: Uint8Array | null;
}

/**
 * Verifies a proof by the key of the log alone. An inclusion proof shows that the entry was in the
 * log when its checkpoint was signed, which with `held` must be that checkpoint. A consistency
 * proof shows that the log begins with everything that `held` names.
 */
export function verifyLogProof({ proof, verifier, held }: ProofClaim): Result<ProvenLog> {
  const head = openCheckpoint(Buffer.from(proof.note), verifier);
  if (!head.ok) return head;
  const kept = held === null ? null : openCheckpoint(held, verifier);
  if (kept !== null && !kept.ok) return kept;
  const before = kept?.value ?? null;
  const proven =
    proof.kind === 'inclusion'
      ? checkInclusion(proof, head.value, before)
      : checkConsistency(proof, head.value, before);
  if (!proven.ok) return proven;
  return ok({ head: head.value, before: proof.kind === 'consistency' ? before : null });
}

function checkInclusion(
  { position, leaf, hashes }: LogProof & { readonly kind: 'inclusion' },
  { size, root }: Checkpoint,
  held: Checkpoint | null,
): Result<true> {
  if (leaf === null) return refuse('it does not have the entry that it is about');
  // mutant log-proof-of-another-checkpoint: condition -> false
  if (held !== null && (held.size !== size || !Buffer.from(held.root).equals(root)))
    return refuse(
      `it leads to a checkpoint of ${size} entries, which is not the one that you hold`,
    );
  // mutant log-proof-of-an-entry: value -> ok(true)
  return verifyInclusion({ leaf: hashLeaf(leaf), index: position, size, root, proof: hashes });
}

function checkConsistency(
  { sizeBefore, hashes }: LogProof & { readonly kind: 'consistency' },
  { size, root }: Checkpoint,
  held: Checkpoint | null,
): Result<true> {
  if (held === null) return refuse('it is about an earlier checkpoint, and none was named');
  if (held.size !== sizeBefore)
    return refuse(`it is about ${sizeBefore} entries, and the checkpoint has ${held.size}`);
  const before = { sizeBefore, rootBefore: held.root };
  // mutant log-proof-of-the-beginning: value -> ok(true)
  return verifyConsistency({ ...before, sizeAfter: size, rootAfter: root, proof: hashes });
}

/** The checkpoint in a note that this key signed. The name of the log is the name of the key. */
export function openCheckpoint(note: Uint8Array, verifier: NoteVerifier): Result<Checkpoint> {
  const text = openNote(note, verifier);
  if (!text.ok) return text;
  const checkpoint = parseCheckpoint(text.value);
  if (!checkpoint.ok || checkpoint.value.origin === verifier.name) return checkpoint;
  const why = `the checkpoint is of ${checkpoint.value.origin}, and its key of ${verifier.name}`;
  return fail('EVIDENCE_REJECTED', why, 'Name the key of that log: --log-key.');
}

function formatHashes(hashes: readonly TreeHash[]): string {
  return hashes.map((hash) => `${Buffer.from(hash).toString('base64')}\n`).join('');
}

function readCount(line: string, word: string): number | null {
  const text = line.startsWith(word) ? line.slice(word.length) : '';
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : null;
}

function readHashes(lines: readonly string[]): readonly TreeHash[] | null {
  if (lines.length > HASHES_MAX) return null;
  const hashes = lines.map(readBase64);
  return hashes.every((hash) => hash?.length === 32) ? (hashes as TreeHash[]) : null;
}

function readBase64(text: string): TreeHash | null {
  const bytes = Buffer.from(text, 'base64');
  return text !== '' && bytes.toString('base64') === text ? new Uint8Array(bytes) : null;
}

function refuse(why: string): Result<never> {
  return fail('EVIDENCE_REJECTED', `the proof proves nothing: ${why}`, REMEDY);
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `this is not a proof of a log: ${why}`, REMEDY);
}

const REMEDY = 'Use a file that waybill graph proof wrote, as it was written.';
