import { encodeStatement, IN_TOTO_TYPE } from '../../capabilities/attestation/index.ts';
import { type DocumentProofs, encodeLeaf } from '../../capabilities/evidence/index.ts';
import { encodePreAuth } from '../../capabilities/signing/index.ts';
import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatInstant, type Instant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import type { openQuestions } from '../compose/graph.ts';
import { keepHead, openLogKeeper, requireKept } from '../compose/log-checkpoint.ts';
import type { Config } from '../config/config.ts';

type Reader = Awaited<ReturnType<typeof openQuestions>>;

/** What an exported answer is called in the statement, and the type of its predicate. */
export const ANSWER_SUBJECT = 'answer';
export const ANSWER_TYPE = 'https://waybill.dev/answer/v1';

export interface AskedAnswer {
  readonly question: string;
  /** The texts of the parameters that were given, by field. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly askedAt: Instant;
  readonly exitCode: number;
  /** In its published form. */
  readonly answer: object;
}

/**
 * An answer as an in-toto statement in a DSSE envelope, signed by the key of the log: with the
 * checkpoint of the log, and for each document that the answer names, its entry and the proof that
 * this entry is in the log (X14). Anyone with the key of the log checks it without the log.
 */
export async function exportAnswer(
  config: Config,
  log: Reader,
  asked: AskedAnswer,
): Promise<Uint8Array> {
  const answer = JSON.parse(JSON.stringify(asked.answer)) as JsonObject;
  const documents = listDocuments(answer);
  const keeper = await openLogKeeper(config);
  await requireKept(log, keeper);
  const proofs = orThrow(await log.prove(documents));
  const payload = encodeStatement({
    subjects: [{ name: ANSWER_SUBJECT, digest: { sha256: hashAnswer(answer) } }],
    predicateType: ANSWER_TYPE,
    predicate: {
      question: asked.question,
      parameters: { ...asked.parameters },
      askedAt: formatInstant(asked.askedAt),
      exitCode: asked.exitCode,
      answer,
      checkpoint: keepHead(proofs.head, keeper),
      entries: writeEntries(proofs),
    },
  });
  const signature = keeper.signBytes(encodePreAuth(IN_TOTO_TYPE, payload));
  const envelope = {
    payload: Buffer.from(payload).toString('base64'),
    payloadType: IN_TOTO_TYPE,
    signatures: [{ keyid: keeper.verifier.name, sig: Buffer.from(signature).toString('base64') }],
  };
  return Buffer.from(`${JSON.stringify(envelope)}\n`);
}

export function hashAnswer(answer: JsonValue): string {
  return sha256(canonicalizeJson(answer)).slice('sha256:'.length);
}

function writeEntries({ proven }: DocumentProofs): JsonObject[] {
  return proven.map(({ entry, proof }) => ({
    position: entry.position,
    leaf: encodeLeaf(entry),
    proof: proof.map((hash) => Buffer.from(hash).toString('base64')),
  }));
}

/** The documents that an answer names as its evidence, each once. Throws LIMIT_EXCEEDED. */
export function listDocuments(answer: JsonValue): readonly Digest[] {
  const found = new Set<Digest>();
  const open: JsonValue[] = [answer];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) open.push(item);
    if (!isJsonObject(value)) continue;
    const named = typeof value['document'] === 'string' ? parseDigest(value['document']) : null;
    if (named?.ok === true) found.add(named.value);
    for (const member of Object.values(value)) if (member !== undefined) open.push(member);
  }
  // mutant export-of-any-size by signed-answers: condition -> false
  if (found.size > LIMITS.answerDocumentsMax)
    throw new Failure(
      'LIMIT_EXCEEDED',
      `the answer names ${found.size} documents, over ${LIMITS.answerDocumentsMax}`,
      'Ask for a smaller page: --limit.',
    );
  return [...found];
}
