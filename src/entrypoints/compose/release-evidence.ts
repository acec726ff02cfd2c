import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { ok, type Result } from '../../core/result.ts';
import { decisionEvidence, verificationEvidence } from '../../gates/desk/index.ts';
import { factsEvidence } from '../../gates/facts/index.ts';
import { gatherImage } from '../../gates/image-evidence/index.ts';
import { type ReleaseOutcome, type ReleaseRequest, releaseEvidence } from '../../phases/build/index.ts';
import type { Judge } from './judging.ts';

/** All that the log is told of a release that was just published: what it is, what was verified, what was decided. */
export async function evidenceOfRelease(
  request: ReleaseRequest,
  outcome: ReleaseOutcome,
  { inForce }: Judge,
  signal: AbortSignal,
): Promise<Result<readonly EvidenceInput[]>> {
  const { subject, staging, evaluation, releasedAt } = outcome;
  const pinned = { ...request.destination.reference, digest: subject.digest };
  const verified = await gatherImage(pinned, releasedAt, { source: staging, trust: inForce.trust }, { signal });
  if (!verified.ok) return verified;
  const decision = decisionEvidence({ subject: subject.digest, workload: null, evaluation, now: releasedAt });
  return ok([
    ...releaseEvidence(request, outcome),
    ...verificationEvidence(verified.value, inForce.trust, releasedAt),
    ...factsEvidence(evaluation),
    decision,
  ]);
}
