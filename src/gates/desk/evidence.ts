import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import { describeSigner } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { type DecisionSumFields, encodeDecision } from '../facts/decision-evidence.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type { AttachedSignature, ImageEvidence } from '../image-evidence/image-evidence.ts';
import type { DecisionEvent } from './desk-ports.ts';

/**
 * What was verified, under which trust document, with which result. These are events of the log, so
 * that a rebuild replays them and does not verify again (foundation 4).
 */
export function buildVerificationEvidence(
  evidence: ImageEvidence,
  trust: TrustMaterial,
  now: Instant,
): readonly EvidenceInput[] {
  const { subject, signatures, documents } = evidence;
  const own = signatures.items.flatMap((found) =>
    encodeVerification(found, subject.digest, [], trust, now),
  );
  const attached = documents.items.flatMap((document) => {
    const covers = document.document === null ? [] : [document.document.digest];
    return document.signatures.flatMap((found) =>
      encodeVerification(found, document.manifest.digest, covers, trust, now),
    );
  });
  return [...own, ...attached];
}

function encodeVerification(
  { envelope, result }: AttachedSignature,
  subject: Digest,
  covers: readonly Digest[],
  trust: TrustMaterial,
  verifiedAt: Instant,
): readonly EvidenceInput[] {
  if (envelope === null) return [];
  const signer = result.kind === 'undetermined' ? null : result.signer;
  const body = encodeRecord('verification', {
    signature: envelope,
    subject,
    covers: [...covers],
    outcome: result.kind,
    signer: signer === null ? null : describeSigner(signer),
    reasons: listReasons(result),
    trust: { revision: trust.document.revision, digest: trust.digest },
    verifiedAt,
  });
  return [{ kind: 'verification', mediaType: RECORD_MEDIA_TYPE, body, subject }];
}

function listReasons(result: AttachedSignature['result']): string[] {
  if (result.kind === 'trusted') return [];
  return result.kind === 'undetermined'
    ? [result.cause.message]
    : result.reasons.map(({ message }) => message);
}

/** A decision of the desk as evidence; with a sum, it stands for as many. */
export function buildDecisionEvidence(
  { subject, workload, evaluation, now }: DecisionEvent,
  sum?: DecisionSumFields,
): EvidenceInput {
  const about = workload === null ? null : toWorkloadRecord(workload);
  return encodeDecision({ subject, workload: about, evaluation, decidedAt: now, sum });
}

function toWorkloadRecord({
  cluster,
  namespace,
  kind,
  name,
}: NonNullable<DecisionEvent['workload']>) {
  return {
    cluster: cluster || 'unknown',
    region: null,
    namespace: namespace || 'unknown',
    kind: kind || 'unknown',
    name: name || 'unknown',
  };
}
