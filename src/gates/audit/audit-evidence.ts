import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { encodeDecision } from '../facts/decision-evidence.ts';
import { buildFactsEvidence, isOfUnsigned } from '../facts/recorded-facts.ts';
import type { AuditedImage } from './audit.ts';

/**
 * The decision of an audit as evidence, with what it was decided by. The next audit compares with
 * it.
 */
export function buildAuditEvidence(
  { subject, place, evaluation, basis }: AuditedImage,
  decidedAt: Instant,
): EvidenceInput {
  return encodeDecision({ subject, workload: place, evaluation, decidedAt, basis });
}

/** Bytes of facts that strangers may make one audit record. */
export interface UnsignedFactsBudget {
  bytes: number;
}

/**
 * The facts of an audit, so that another policy can be tried on them. Null where documents that no
 * trusted signer vouches for made them too large.
 */
export function buildAuditFacts(
  { evaluation }: AuditedImage,
  budget: UnsignedFactsBudget,
): readonly EvidenceInput[] | null {
  const inputs = buildFactsEvidence(evaluation);
  if (!isOfUnsigned(evaluation.facts)) return inputs;
  const bytes = inputs.reduce((sum, { body }) => sum + body.length, 0);
  // mutant audit-facts-of-strangers: condition -> false
  if (bytes > Math.min(LIMITS.factsOfUnsignedBytesMax, budget.bytes)) return null;
  budget.bytes -= bytes;
  return inputs;
}
