import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import { ok, type Result } from '../../core/result.ts';
import {
  buildDecisionEvidence,
  buildVerificationEvidence,
  type DocumentsInForce,
} from '../../gates/desk/index.ts';
import { buildFactsEvidence } from '../../gates/facts/index.ts';
import { gatherImage } from '../../gates/image-evidence/index.ts';
import { buildReleaseEvidence } from './evidence.ts';
import type { ReleaseOutcome } from './release.ts';
import type { ReleaseRequest } from './request.ts';

/**
 * Everything that the log records about a release that was just published: what it is, what was
 * verified, what was decided.
 */
export async function gatherReleaseEvidence(
  request: ReleaseRequest,
  outcome: ReleaseOutcome,
  { inForce }: { readonly inForce: Pick<DocumentsInForce, 'trust'> },
  signal: AbortSignal,
): Promise<Result<readonly EvidenceInput[]>> {
  const { subject, staging, evaluation, releasedAt } = outcome;
  const pinned = { ...request.destination.reference, digest: subject.digest };
  const verified = await gatherImage(
    pinned,
    releasedAt,
    { source: staging, trust: inForce.trust },
    { signal },
  );
  if (!verified.ok) return verified;
  const decision = buildDecisionEvidence({
    subject: subject.digest,
    workload: null,
    evaluation,
    now: releasedAt,
  });
  return ok([
    ...buildReleaseEvidence(request, outcome),
    ...buildVerificationEvidence(verified.value, inForce.trust, releasedAt),
    ...buildFactsEvidence(evaluation),
    decision,
  ]);
}
