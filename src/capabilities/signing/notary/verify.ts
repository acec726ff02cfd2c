import type { Descriptor } from '../../../core/descriptor.ts';
import type { Instant } from '../../../core/instant.ts';
import { makeReason, type Reason } from '../reason.ts';
import type { SignatureResult } from '../signature-result.ts';
import type { NotarySigner } from '../signer.ts';
import { selectStatement } from '../trust/trust-policy.ts';
import { decideVerification } from './decide.ts';
import { type NotaryEnvelope, readPayload } from './envelope.ts';
import { readSignatureManifest } from './manifest.ts';
import { checkMetadata } from './metadata.ts';
import {
  type NotaryTrust,
  planEnvelope,
  planRefusal,
  planSkipped,
  type VerificationPlan,
} from './plan.ts';
import { UNCHECKED_FACTS } from './port.ts';
import { findEnvelopeForm } from './sign.ts';

export interface NotaryVerification {
  /** The resolved artifact; it must be the signed one (N11). */
  readonly subject: Descriptor;
  /** The signature's manifest, byte for byte. */
  readonly manifest: Uint8Array;
  readonly envelope: Uint8Array;
  /** `registry/repository`, normalised: what a scope of the policy names. */
  readonly scope: string;
  readonly trust: NotaryTrust;
  readonly now: Instant;
  /** All of them must be in the signed annotations (N12). */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The verdict without outside queries: see `planVerification` and `completeVerification`. */
export function verifyNotary(verification: NotaryVerification): SignatureResult<NotarySigner> {
  return decideVerification(planVerification(verification), UNCHECKED_FACTS);
}

/**
 * Whether a Notary Project signature on an image or another artifact may count. `trusted` means
 * that every check of the level `strict` is enforced and passed. When a level only logs or skips a
 * check (permissive, audit, skip, an override), the result is at most `untrusted` with
 * `policy-not-enforcing`, because a gate may rely only on trusted evidence (foundation 2).
 */
export function planVerification(verification: NotaryVerification): VerificationPlan {
  const statement = selectStatement(verification.trust.policy, verification.scope);
  if (statement === null)
    return planRefusal(null, [
      makeReason('no-policy', `no trust policy applies to ${verification.scope} (N38)`),
    ]);
  // mutant policy-that-skips: remove
  if (statement.level === 'skip') return planSkipped(statement);
  const stored = readSignatureManifest(
    verification.manifest,
    verification.subject,
    verification.envelope,
  );
  if (!stored.ok) return planRefusal(null, [stored.reason]);
  const { thumbprints, envelope } = stored.value;
  return planEnvelope({
    ...verification,
    // mutant cose-read-as-jws by cose: value -> 'jws'
    form: findEnvelopeForm(envelope.mediaType) ?? 'jws',
    statement,
    thumbprints,
    checkTarget: (read) => checkTarget(verification, read),
  });
}

/** N11, N12. */
function checkTarget(
  { subject, metadata = {} }: NotaryVerification,
  envelope: NotaryEnvelope,
): readonly Reason[] {
  const payload = readPayload(envelope.payload);
  if (!payload.ok) return [payload.reason];
  const { mediaType, digest, size, annotations = {} } = payload.value;
  // mutant signature-of-another-image: remove operand 2
  if (mediaType !== subject.mediaType || digest !== subject.digest || size !== subject.size) {
    return [
      makeReason(
        'target-mismatch',
        `the signed content is ${digest}, not ${subject.digest}, or its type or size differs`,
      ),
    ];
  }
  return checkMetadata(annotations, metadata);
}
