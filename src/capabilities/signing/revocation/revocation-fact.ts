import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { fail, type Result } from '../../../core/result.ts';

/** CRLReason (RFC 5280 §5.3.1) by its number; 7 is not used. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'certificateHold',
  'unused',
  'removeFromCRL',
  'privilegeWithdrawn',
  'aACompromise',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** What an authority says about a certificate that it revoked. */
export interface Revocation {
  readonly at: Instant;
  readonly reason: RevocationReason;
  /** From when on it may have been misused (RFC 5280 §5.3.2); null where that is not said. */
  readonly invalidSince: Instant | null;
}

/** What was found out about one certificate: from which service, and when. */
export interface CertificateRevocation {
  /** As notation prints it. */
  readonly subject: string;
  /** `not-revocable`: the certificate names no service (N48), or is a root. */
  readonly state: 'good' | 'revoked' | 'unknown' | 'not-revocable';
  readonly source: RevocationOrigin | null;
  readonly revocation: Revocation | null;
  /** Why it is unknown. */
  readonly cause: Failure | null;
}

/** `stapled`: it came with the signature, and no service was asked. */
export interface RevocationOrigin {
  readonly kind: 'ocsp' | 'crl';
  /** The address of the service, or `stapled`. */
  readonly from: string;
  readonly askedAt: Instant;
  readonly validUntil: Instant;
}

/** A revocation state that cannot be known, and why. */
export function failRevocation(why: string, cause?: unknown): Result<never> {
  return fail(
    'REVOCATION_UNKNOWN',
    why,
    'Ask the authority; see docs/guides/revocation.md for certificates that cannot be checked.',
    cause,
  );
}
