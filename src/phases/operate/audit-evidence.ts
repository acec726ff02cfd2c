import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import type { Instant } from '../../core/instant.ts';
import type { JsonValue } from '../../core/json.ts';
import type { AuditedImage } from './audit.ts';

/**
 * An audit's decision as evidence, with what it was decided by: the next audit compares with it.
 */
export function buildAuditEvidence(
  { subject, place, evaluation, basis }: AuditedImage,
  decidedAt: Instant,
): EvidenceInput {
  const { record, recordBytes, verdict } = evaluation;
  const body = encodeRecord('decision', {
    subject,
    gate: 'audit',
    decision: verdict.decision,
    workload: place,
    policy: record.policy.digest,
    facts: record.facts,
    decidedAt,
    basis,
    record: JSON.parse(new TextDecoder().decode(recordBytes)) as JsonValue,
  });
  return { kind: 'decision', mediaType: RECORD_MEDIA_TYPE, body, subject };
}
