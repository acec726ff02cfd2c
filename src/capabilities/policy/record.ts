import type { Digest } from '../../core/digest.ts';
import { formatInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Decision, Gate, RuleResult, Verdict } from '../../core/verdict.ts';
import { hashEncodedFacts } from './facts-json.ts';
import type { Exception, Policy, PolicyMode } from './policy.ts';
import type { PolicyOutcome, Question } from './question.ts';

/**
 * Why a gate decided as it did, with everything that the decision depends on. Its canonical JSON is
 * evidence.
 */
export interface DecisionRecord {
  readonly apiVersion: 'waybill.dev/v1';
  readonly kind: 'Decision';
  readonly gate: Gate;
  readonly now: string;
  /** The mode of this gate: a denial in `observe` was not enforced. */
  readonly mode: PolicyMode;
  readonly policy: { readonly name: string; readonly revision: number; readonly digest: Digest };
  /** Digest of the canonical facts; the facts themselves are stored once under it. */
  readonly facts: Digest;
  readonly parameters: Readonly<Record<string, string | readonly string[]>>;
  readonly sampleCounts: boolean;
  readonly decision: Decision;
  readonly results: readonly RuleResult[];
  readonly exceptions: {
    readonly applied: readonly ExceptionRecord[];
    readonly expired: readonly ExceptionRecord[];
  };
  readonly validUntil: string | null;
}

export interface ExceptionRecord {
  readonly rule: string;
  readonly owner: string;
  readonly reason: string;
  readonly expires: string;
}

/** What was decided, and the encoded facts that it was decided by. */
interface RecordedOutcome {
  readonly verdict: Verdict;
  readonly asked: PolicyOutcome;
  readonly facts: JsonObject;
}

export function buildRecord(
  policy: Policy,
  question: Question,
  { verdict, asked, facts }: RecordedOutcome,
): DecisionRecord {
  return {
    apiVersion: 'waybill.dev/v1',
    kind: 'Decision',
    gate: question.gate,
    now: formatInstant(question.now),
    mode: policy.modes[question.gate],
    policy: { name: policy.name, revision: policy.revision, digest: policy.digest },
    facts: hashEncodedFacts(facts),
    parameters: policy.parameters.shown,
    sampleCounts: question.sampleCounts === true,
    decision: verdict.decision,
    results: verdict.results,
    exceptions: {
      applied: asked.applied.map(toExceptionRecord),
      expired: asked.expired.map(toExceptionRecord),
    },
    validUntil: verdict.validUntil === null ? null : formatInstant(verdict.validUntil),
  };
}

function toExceptionRecord({ rule, owner, reason, expires }: Exception): ExceptionRecord {
  return { rule, owner, reason, expires: formatInstant(expires) };
}
