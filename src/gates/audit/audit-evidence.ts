import type { EvidenceInput } from '../../capabilities/evidence/index.ts';
import type { Instant } from '../../core/instant.ts';
import { encodeDecision } from '../facts/decision-evidence.ts';
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
