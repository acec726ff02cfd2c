import { type LogEntry, parseRecord } from '../../capabilities/evidence/index.ts';
import {
  evaluateAll,
  type Facts,
  type Policy,
  parsePolicy,
  type RegoEngine,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { Gate } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { readRecordedFacts } from '../facts/index.ts';

/** Where decisions, their facts, and the policies of a store are recorded. */
export interface DecisionLog {
  about(subject: Digest, kind: 'facts' | 'policy'): Promise<Result<readonly LogEntry[]>>;
  body(digest: Digest): Promise<Result<Uint8Array>>;
}

/**
 * `same`: the decision record has the same bytes. `same-but-words`: only the sentences about facts
 * that were unknown differ, because facts keep the code of a failure and not its words.
 */
export type ReplayOutcome = 'same' | 'same-but-words' | 'different';

export interface Replay {
  readonly subject: Digest;
  readonly gate: Gate;
  readonly decidedAt: Instant;
  readonly outcome: Result<ReplayOutcome>;
}

/**
 * Decides again what a document of the log says was decided: by its recorded facts, the policy of
 * that digest and the moment of then. A policy that `policies` lacks is looked for in the log,
 * where a store of policies left it. The outcome fails where the policy or the facts are not here.
 */
export async function replayDecision(
  log: DecisionLog,
  digest: Digest,
  policies: ReadonlyMap<Digest, Policy>,
  rego: RegoEngine | null = null,
): Promise<Result<Replay>> {
  const body = await log.body(digest);
  if (!body.ok) return body;
  const parsed = parseRecord('decision', body.value);
  if (!parsed.ok) return parsed;
  const { subject, gate, decidedAt, policy: policyDigest, facts: factsDigest } = parsed.value;
  const replay = async (): Promise<Result<ReplayOutcome>> => {
    const policy = policies.get(policyDigest) ?? (await findRecordedPolicy(log, policyDigest));
    if (policy === null)
      return refuse(`the policy ${policyDigest} is not here`, 'Name it: --policy FILE.');
    if (factsDigest === null) return refuse('its facts were not recorded', 'Ask the gate again.');
    const facts = await readRecordedFacts(log, factsDigest, gate);
    const { record } = parsed.value;
    return facts.ok ? compareAgain({ record, policy, gate, rego }, facts.value) : facts;
  };
  return ok({ subject, gate, decidedAt, outcome: await replay() });
}

/** The policy of this digest as the log has it, from a push or a pull; null if it has none. */
async function findRecordedPolicy(log: DecisionLog, digest: Digest): Promise<Policy | null> {
  const entries = await log.about(digest, 'policy');
  if (!entries.ok) return null;
  for (const entry of entries.value) {
    const body = await log.body(entry.digest);
    const text = body.ok ? decodeUtf8(body.value) : body;
    const policy = text.ok ? parsePolicy(text.value) : text;
    // A document may be recorded about any digest; only its own counts.
    // mutant recorded-policy-of-another-digest: condition -> policy.ok
    if (policy.ok && policy.value.digest === digest) return policy.value;
  }
  return null;
}

interface RecordedQuestion {
  readonly record: JsonValue;
  readonly policy: Policy;
  readonly gate: Gate;
  readonly rego: RegoEngine | null;
}

async function compareAgain(
  { record, policy, gate, rego }: RecordedQuestion,
  facts: Facts,
): Promise<Result<ReplayOutcome>> {
  const now = isJsonObject(record) ? readMoment(record['now']) : null;
  if (!isJsonObject(record) || now === null)
    return refuse('it has no decision record', 'Verify the log: waybill graph verify.');
  // How long certificates and the like are valid is no fact of the policy: it is taken from there.
  const factsValidUntil = readMoment(record['validUntil']);
  const sampleCounts = record['sampleCounts'] === true;
  const question = { gate, facts, now, factsValidUntil, sampleCounts };
  const again = await evaluateAll(policy, question, rego);
  const other = again.record as unknown as JsonObject;
  // mutant replay-is-always-the-same: condition -> true
  if (canonicalizeJson(other) === canonicalizeJson(record)) return ok('same');
  const isSame = canonicalizeJson(dropWords(other)) === canonicalizeJson(dropWords(record));
  return ok(isSame ? 'same-but-words' : 'different');
}

function readMoment(value: JsonValue | undefined): Instant | null {
  const moment = typeof value === 'string' ? parseInstant(value) : null;
  return moment?.ok === true ? moment.value : null;
}

/** The record without the sentences that quote why a fact was unknown. */
function dropWords(record: JsonObject): JsonObject {
  const { results } = record;
  if (!Array.isArray(results)) return record;
  return {
    ...record,
    results: (results as readonly JsonValue[]).map((result) =>
      isJsonObject(result) &&
      (result['outcome'] === 'undetermined' || result['reason'] === 'EXCEPTED')
        ? { ...result, message: null, fix: null }
        : result,
    ),
  };
}

function refuse(why: string, remedy: string): Result<never> {
  return failed(new Failure('FACT_UNKNOWN', why, remedy));
}
