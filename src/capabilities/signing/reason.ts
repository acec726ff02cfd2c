import type { ChainFlaw } from './x509/chain-flaw.ts';

/** Why a signature does not count: stable codes. The first one found is shown first. */
export type ReasonCode =
  | ChainFlaw
  | 'manifest-malformed'
  | 'manifest-type'
  | 'subject-mismatch'
  | 'envelope-digest'
  | 'envelope-malformed'
  | 'duplicate-key'
  | 'too-large'
  | 'algorithm'
  | 'algorithm-mismatch'
  | 'content-type'
  | 'critical-header'
  | 'signing-scheme'
  | 'signing-time'
  | 'expiry'
  | 'signature-mismatch'
  | 'thumbprint-mismatch'
  | 'payload-malformed'
  | 'target-mismatch'
  | 'metadata-mismatch'
  | 'signature-expired'
  | 'timestamp-malformed'
  | 'timestamp-unverified'
  | 'plugin-required'
  | 'no-policy'
  | 'policy-skips'
  | 'policy-not-enforcing'
  | 'not-in-trust-store'
  | 'identity-not-trusted'
  | 'certificate-revoked'
  | 'bundle-malformed'
  | 'log-entry'
  | 'certificate-log'
  | 'signing-time-unproven'
  | 'predicate-type'
  | 'key-not-trusted'
  | 'root-certificate'
  | 'revoked-here';

export interface Reason {
  readonly code: ReasonCode;
  /** One sentence for people; it may quote the document, with control characters escaped. */
  readonly message: string;
}

export function makeReason(code: ReasonCode, message: string): Reason {
  return { code, message };
}

export type CheckResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: Reason };

export function accept<T>(value: T): CheckResult<T> {
  return { ok: true, value };
}

export function reject(code: ReasonCode, message: string): CheckResult<never> {
  return { ok: false, reason: { code, message } };
}

/**
 * Text of a document, made safe for a message: quoted, bounded, without control characters (A76).
 */
export function quoteText(text: unknown): string {
  return JSON.stringify(String(text).slice(0, 200)).replace(
    /[\u007f-\u009f\u2028\u2029\p{Cf}]/gu,
    '�',
  );
}
