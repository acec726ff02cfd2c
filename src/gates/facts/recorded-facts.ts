import {
  type EvidenceInput,
  type LogEntry,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import {
  type ArtifactFact,
  decodeFacts,
  type Evaluation,
  type Facts,
  listFactTexts,
  type SignatureFact,
} from '../../capabilities/policy/index.ts';
import { type Digest, parseDigest, sha256 } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { getOwn, setOwn } from '../../core/own.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { takeItems } from './fact-lists.ts';

/**
 * A fact with a longer text is a document of its own: a list of components is the same for every
 * workload.
 */
const INLINE_BYTES_MAX = 1_024;
/** Documents that may be the facts of one digest; their content shows which one is. */
const CLAIMS_MAX = 10;

/**
 * The facts of a decision, as evidence beside it: an outline about the digest that the decision
 * names, and each large fact once under its own digest. None where they are longer than `charsMax`.
 */
export function buildFactsEvidence(
  evaluation: Pick<Evaluation, 'record' | 'facts'>,
  charsMax = Number.POSITIVE_INFINITY,
): readonly EvidenceInput[] {
  const { facts } = evaluation;
  const texts = listFactTexts(facts, charsMax);
  if (texts === null) return [];
  // After the texts: the record names their digest.
  const { record } = evaluation;
  const inline: Record<string, JsonValue> = {};
  const parts: Record<string, Digest> = {};
  const inputs: EvidenceInput[] = [];
  for (const [name, text] of texts) {
    if (text.length > INLINE_BYTES_MAX) {
      setOwn(parts, name, sha256(text));
      inputs.push({
        kind: 'facts',
        mediaType: 'application/json',
        body: Buffer.from(text),
        subject: null,
      });
      continue;
    }
    const value = getOwn(facts, name);
    if (value !== undefined) setOwn(inline, name, value);
  }
  const outline = {
    apiVersion: 'waybill.dev/v1',
    kind: 'Facts',
    gate: record.gate,
    facts: inline,
    parts,
  };
  const body = Buffer.from(canonicalizeJson(outline));
  return [...inputs, { kind: 'facts', mediaType: RECORD_MEDIA_TYPE, body, subject: record.facts }];
}

/**
 * Whether documents or signatures that no trusted signer vouches for are among what these facts
 * come from, or nobody looked for them: then strangers choose how much they are.
 */
export function isOfUnsigned({ artifacts, signatures }: Facts): boolean {
  // mutant signatures-of-strangers-are-facts by recorded-facts: value -> [artifacts]
  const lists = [artifacts, signatures];
  return lists.some((list) => {
    const items = list === undefined ? null : takeItems<ArtifactFact | SignatureFact>(list);
    // A refusal by name alone gathers nothing: its facts are unknowns of another form.
    return !Array.isArray(items) || items.some(({ trusted }) => trusted !== true);
  });
}

/** Where recorded facts are stored, such as a log of evidence. */
export interface FactsLog {
  about(subject: Digest, kind: 'facts'): Promise<Result<readonly LogEntry[]>>;
  body(digest: Digest): Promise<Result<Uint8Array>>;
}

/**
 * Puts the facts of this digest together again and checks them by the digest: so they are the facts
 * of the decision, no matter who wrote them. FACT_UNKNOWN if none was recorded or they differ.
 */
export async function readRecordedFacts(
  log: FactsLog,
  digest: Digest,
  gate: Gate,
): Promise<Result<Facts>> {
  const claims = await log.about(digest, 'facts');
  if (!claims.ok) return claims;
  for (const claim of claims.value.slice(0, CLAIMS_MAX)) {
    const json = await assembleFacts(log, claim.digest);
    if (json === null || sha256(canonicalizeJson(json)) !== digest) continue;
    return ok(decodeFacts(json, gate));
  }
  const why = claims.value.length === 0 ? 'were not recorded' : 'cannot be put together again';
  return failed(new Failure('FACT_UNKNOWN', `the facts ${digest} ${why}`, 'Ask the gate again.'));
}

async function assembleFacts(log: FactsLog, digest: Digest): Promise<JsonObject | null> {
  const outline = await readJson(log, digest);
  if (!isJsonObject(outline) || outline['kind'] !== 'Facts') return null;
  const { facts, parts } = outline;
  if (!isJsonObject(facts) || !isJsonObject(parts)) return null;
  const whole: Record<string, JsonValue | undefined> = { ...facts };
  for (const [name, text] of Object.entries(parts)) {
    const part = typeof text === 'string' ? parseDigest(text) : null;
    const value = part?.ok === true ? await readJson(log, part.value) : null;
    if (value === null) return null;
    setOwn(whole, name, value);
  }
  return whole;
}

async function readJson(log: FactsLog, digest: Digest): Promise<JsonValue> {
  const body = await log.body(digest);
  if (!body.ok) return null;
  const json = parseJson(body.value, { bytesMax: LIMITS.documentBytesMax });
  return json.ok ? json.value : null;
}
