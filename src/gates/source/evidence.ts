import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import type { Evaluation } from '../../capabilities/policy/index.ts';
import { sha256 } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import type { JudgedCommit } from './commit-facts.ts';

export interface SourceDecision {
  readonly judged: JudgedCommit;
  readonly repository: { readonly host: string; readonly repository: string };
  readonly evaluation: Evaluation;
  readonly now: Instant;
}

/**
 * The commit, as a document of the log, and the decision about that document. The name that git has
 * for a commit is no SHA-256 of what we keep, so the decision's subject is the digest of the
 * commit's own record, which holds that name.
 */
export function buildSourceEvidence({
  judged,
  repository,
  evaluation,
  now,
}: SourceDecision): readonly EvidenceInput[] {
  const { commit, standing } = judged;
  const signer = standing.kind === 'trusted' ? standing.signer : null;
  const record = encodeRecord('commit', {
    source: { ...repository, commit: commit.id },
    author: commit.author.email,
    committer: commit.committer.email,
    committedAt: commit.committer.at,
    signed: commit.signature !== null,
    signer:
      signer === null
        ? null
        : { format: signer.format, identity: signer.principal, thumbprint: signer.fingerprint },
  });
  const subject = sha256(record);
  const body = encodeRecord('decision', {
    subject,
    gate: evaluation.record.gate,
    decision: evaluation.verdict.decision,
    workload: null,
    policy: evaluation.record.policy.digest,
    facts: evaluation.record.facts,
    decidedAt: now,
    record: JSON.parse(new TextDecoder().decode(evaluation.recordBytes)) as JsonValue,
  });
  return [
    { kind: 'commit', mediaType: RECORD_MEDIA_TYPE, body: record, subject: null },
    { kind: 'decision', mediaType: RECORD_MEDIA_TYPE, body, subject },
  ];
}
