import { IN_TOTO_TYPE, parseStatement } from '../../capabilities/attestation/index.ts';
import {
  type Checkpoint,
  hashLeaf,
  isSignedByLog,
  type NoteVerifier,
  openCheckpoint,
  verifyInclusion,
} from '../../capabilities/evidence/index.ts';
import { encodePreAuth, parseDsse } from '../../capabilities/signing/index.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn } from '../../core/own.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { ANSWER_TYPE, hashAnswer, listDocuments } from './signed-answer.ts';
import { readLeaf } from './verify-proof.ts';

type ProvenEntry = NonNullable<ReturnType<typeof readLeaf>>;

/** An exported answer of which all was signed and proven. */
export interface CheckedAnswer {
  readonly question: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly askedAt: Instant;
  readonly exitCode: number;
  readonly head: Checkpoint;
  readonly entries: readonly ProvenEntry[];
  readonly answer: JsonObject;
}

export interface AnswerVerification {
  /** The key of the log. */
  readonly verifier: NoteVerifier;
  /** The signed checkpoint that the reader holds; null for none. */
  readonly held: Uint8Array | null;
}

/**
 * Checks an exported answer without its log: the log signed statement and checkpoint, the answer is
 * the one that was signed, and each document that it names is an entry under the checkpoint. What
 * is signed is what the log's keeper said; the proofs hold the keeper to the log.
 */
export function checkAnswer(
  bytes: Uint8Array,
  { verifier, held }: AnswerVerification,
): Result<CheckedAnswer> {
  const predicate = openAnswer(bytes, verifier);
  if (!predicate.ok) return predicate;
  const { question, parameters, askedAt, exitCode, answer, checkpoint, entries } = predicate.value;
  const at = typeof askedAt === 'string' ? parseInstant(askedAt) : null;
  const texts = readTexts(parameters);
  if (typeof question !== 'string' || at?.ok !== true || typeof exitCode !== 'number')
    return malformed('it does not say what was asked, and when');
  if (texts === null || !isJsonObject(answer) || typeof checkpoint !== 'string')
    return malformed('parameters, answer or checkpoint are missing');
  const head = openCheckpoint(Buffer.from(checkpoint), verifier);
  if (!head.ok) return head;
  const same = held === null ? ok(true) : compareHeld(held, head.value, verifier);
  if (!same.ok) return same;
  const proven = proveEntries(entries, head.value);
  if (!proven.ok) return proven;
  const unproven = findUnproven(answer, proven.value);
  // mutant export-without-a-proof by signed-answers: condition -> false
  if (unproven !== undefined)
    return refuse(`it names the document ${unproven}, and does not prove it`);
  return ok({
    ...{ question, parameters: texts, askedAt: at.value, exitCode, answer },
    ...{ head: head.value, entries: proven.value },
  });
}

/** The predicate that the log signed, about the answer in it. */
function openAnswer(bytes: Uint8Array, verifier: NoteVerifier): Result<JsonObject> {
  const envelope = parseDsse(bytes);
  if (!envelope.ok) return envelope;
  const { payloadType, payload, signatures } = envelope.value;
  const signed = encodePreAuth(payloadType, payload);
  const isSigned = signatures.some(({ signature }) => isSignedByLog(signed, signature, verifier));
  if (payloadType !== IN_TOTO_TYPE || !isSigned) return refuse(`${verifier.name} did not sign it`);
  const statement = parseStatement(payload);
  if (!statement.ok) return statement;
  const { predicateType, predicate, subjects } = statement.value;
  if (predicateType !== ANSWER_TYPE)
    return malformed(`it is a statement of the type ${predicateType.slice(0, 200)}`);
  const stated = getOwn(subjects[0]?.digest ?? {}, 'sha256');
  // mutant export-of-another-answer by signed-answers: condition -> false
  if (subjects.length !== 1 || stated !== hashAnswer(predicate['answer'] ?? null))
    return refuse('the answer in it is not the one that it is about');
  return ok(predicate);
}

function compareHeld(
  held: Uint8Array,
  { size, root }: Checkpoint,
  verifier: NoteVerifier,
): Result<true> {
  const kept = openCheckpoint(held, verifier);
  if (!kept.ok) return kept;
  // mutant export-of-another-checkpoint by signed-answers: condition -> true
  if (kept.value.size === size && Buffer.from(kept.value.root).equals(root)) return ok(true);
  return refuse(
    `its checkpoint has ${size} entries, and is not the one that you hold: compare the two with ` +
      'waybill graph proof --since',
  );
}

function proveEntries(
  value: JsonValue | undefined,
  { size, root }: Checkpoint,
): Result<readonly ProvenEntry[]> {
  if (!Array.isArray(value)) return malformed('entries are missing');
  if (value.length > LIMITS.answerDocumentsMax)
    return fail('LIMIT_EXCEEDED', `${value.length} entries`, 'Ask for a smaller page: --limit.');
  const entries: ProvenEntry[] = [];
  for (const item of value as readonly JsonValue[]) {
    const { position, leaf, proof } = isJsonObject(item) ? item : {};
    const hashes = readHashes(proof);
    const said =
      typeof position === 'number' && typeof leaf === 'string' ? readLeaf(leaf, position) : null;
    if (said === null || hashes === null || typeof leaf !== 'string')
      return malformed('an entry cannot be read');
    const index = said.position;
    const included = verifyInclusion({ leaf: hashLeaf(leaf), index, size, root, proof: hashes });
    // mutant export-entry-outside-the-log by signed-answers: condition -> false
    if (!included.ok)
      return refuse(`entry ${index} is not in the log: ${included.failure.message}`);
    entries.push(said);
  }
  return ok(entries);
}

function findUnproven(answer: JsonObject, entries: readonly ProvenEntry[]): string | undefined {
  const proven = new Set<string>(entries.map(({ digest }) => digest));
  return listDocuments(answer).find((document) => !proven.has(document));
}

function readTexts(value: JsonValue | undefined): Readonly<Record<string, string>> | null {
  if (!isJsonObject(value)) return null;
  return Object.values(value).every((text) => typeof text === 'string')
    ? (value as Readonly<Record<string, string>>)
    : null;
}

/** A proof has at most the height of a tree of 2^53 entries. */
const HASHES_MAX = 53;

function readHashes(value: JsonValue | undefined): readonly Uint8Array[] | null {
  if (!Array.isArray(value) || value.length > HASHES_MAX) return null;
  const hashes = (value as readonly JsonValue[]).map((text) =>
    typeof text === 'string' ? new Uint8Array(Buffer.from(text, 'base64')) : null,
  );
  const sound = hashes.filter((hash) => hash?.length === 32);
  return sound.length === hashes.length ? sound.filter((hash) => hash !== null) : null;
}

function refuse(why: string): Result<never> {
  return fail('EVIDENCE_REJECTED', `the answer proves nothing: ${why}`, REMEDY);
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `this is not an exported answer: ${why}`, REMEDY);
}

const REMEDY = 'Use a file that a question with --export wrote, as it was written.';
