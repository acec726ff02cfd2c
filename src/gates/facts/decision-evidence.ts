import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
  type RecordFields,
} from '../../capabilities/evidence/index.ts';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';

type DecisionFields = RecordFields<'decision'>;

/** A decision and its subject. */
export interface RecordedDecision {
  readonly subject: Digest;
  readonly workload: DecisionFields['workload'];
  readonly evaluation: Evaluation;
  readonly decidedAt: Instant;
  /** What an audit was decided by. */
  readonly basis?: NonNullable<DecisionFields['basis']>;
  /** How many decisions it represents, if it stands for many. */
  readonly sum?: DecisionSumFields | undefined;
}

export interface DecisionSumFields {
  readonly decisions: number;
  readonly firstAt: Instant;
}

/** The whole decision record of any gate as evidence. */
export function encodeDecision({
  subject,
  workload,
  evaluation,
  decidedAt,
  basis,
  sum,
}: RecordedDecision): EvidenceInput {
  const { record, recordBytes, verdict } = evaluation;
  const body = encodeRecord('decision', {
    subject,
    gate: record.gate,
    decision: verdict.decision,
    workload,
    policy: record.policy.digest,
    facts: record.facts,
    decidedAt,
    ...(basis === undefined ? {} : { basis }),
    ...sum,
    record: JSON.parse(new TextDecoder().decode(recordBytes)) as JsonValue,
  });
  return { kind: 'decision', mediaType: RECORD_MEDIA_TYPE, body, subject };
}
