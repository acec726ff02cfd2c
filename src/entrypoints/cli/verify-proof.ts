import { resolve } from 'node:path';
import {
  type LogProof,
  type ProofClaim,
  parseLogProof,
  parseNoteVerifier,
  verifyLogProof,
} from '../../capabilities/evidence/index.ts';
import { sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatAnswerInstant, parseInstant, shortenInstant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import type { GraphVerifyCall } from './options/graph.ts';
import { showLine } from './report/block.ts';
import { type Report, toValue } from './report/report.ts';

/**
 * Verifies an exported proof by the key that the caller names, without a database and without the
 * key of this machine: with both, anyone could have written the log again. Ends with 1 where the
 * proof proves nothing.
 */
export async function verifyProof(call: GraphVerifyCall, file: string): Promise<Report> {
  const { logKey, checkpoint, document } = call.options;
  if (logKey === undefined)
    throw new Failure('USAGE', 'a proof is verified by the key of its log', 'Name it: --log-key.');
  const verifier = orThrow(parseNoteVerifier(logKey));
  const read = (path: string, bytesMax: number) =>
    readFileBounded(resolve(call.io.cwd, path), bytesMax);
  const proof = parseLogProof(await read(file, LIMITS.configBytesMax));
  const held = checkpoint === undefined ? null : await read(checkpoint, LIMITS.configBytesMax);
  const body = document === undefined ? null : await read(document, LIMITS.documentBytesMax);
  const proven = proof.ok ? prove({ proof: proof.value, verifier, held }, body) : proof;
  const value = proven.ok
    ? { verified: true, ...proven.value, why: null }
    : { ...NOTHING, proof: proof.ok ? proof.value.kind : null, why: proven.failure.message };
  return {
    kind: 'result',
    exitCode: value.verified ? 0 : 1,
    value: toValue('graph-verify', () => value),
    blocks: () => [showLine(value.why ?? describe(value))],
  };
}

const NOTHING = { verified: false, head: null, entry: null, before: null };

function prove(claim: ProofClaim, body: Uint8Array | null) {
  const proven = verifyLogProof(claim);
  if (!proven.ok) return proven;
  const { head, before } = proven.value;
  const entry = readEntry(claim.proof);
  if (claim.proof.kind === 'inclusion' && entry === null)
    return fail('EVIDENCE_REJECTED', 'its entry is not one of Waybill', 'Use another reader.');
  const about = body === null ? ok(true) : checkDocument(entry, body);
  if (!about.ok) return about;
  return ok({
    proof: claim.proof.kind,
    head: { size: head.size, root: Buffer.from(head.root).toString('hex') },
    entry,
    before: before?.size ?? null,
  });
}

interface ProvenClaim {
  readonly head: { readonly size: number; readonly root: string } | null;
  readonly entry: Entry | null;
  readonly before: number | null;
}

type Entry = NonNullable<ReturnType<typeof readEntry>>;

/** The entry as the log wrote it; null where the proof has none, or is about no entry. */
function readEntry(proof: LogProof) {
  if (proof.kind !== 'inclusion' || proof.leaf === null) return null;
  return readLeaf(proof.leaf, proof.position);
}

/** What a leaf says; null where it is none of Waybill. */
export function readLeaf(leaf: string, position: number) {
  const json = parseJson(leaf, { bytesMax: LIMITS.configBytesMax });
  if (!json.ok || !isJsonObject(json.value)) return null;
  const { kind, digest, subject, recordedAt } = json.value;
  if (typeof kind !== 'string' || typeof digest !== 'string' || typeof recordedAt !== 'string')
    return null;
  const recorded = parseInstant(recordedAt);
  if (!recorded.ok) return null;
  const about = typeof subject === 'string' ? subject : null;
  return {
    position,
    kind,
    digest,
    subject: about,
    recordedAt: formatAnswerInstant(recorded.value),
  };
}

function checkDocument(entry: Entry | null, body: Uint8Array): Result<true> {
  if (entry === null)
    return fail('USAGE', 'a consistency proof is about no document', 'Leave out --document.');
  // mutant log-proof-of-another-document by log-checkpoint: condition -> true
  if (sha256(body) === entry.digest) return ok(true);
  const why = `the entry is about ${entry.digest}, and the document is ${sha256(body)}`;
  return fail('EVIDENCE_REJECTED', why, 'Name the document as it was recorded.');
}

function describe({ entry, head, before }: ProvenClaim): string {
  return entry === null
    ? `the log of ${head?.size} entries begins with the ${before} entries of the checkpoint`
    : `entry ${entry.position} of ${head?.size}: ${entry.kind} ${entry.digest}, recorded ` +
        shortenInstant(entry.recordedAt);
}
