/** Why a signed commit does not count: stable codes. */
export type CommitReasonCode =
  | 'signature-malformed'
  | 'signature-mismatch'
  | 'namespace'
  | 'hash-algorithm'
  | 'key-algorithm'
  | 'key-size'
  | 'certificate'
  | 'not-touched'
  | 'signing-time'
  | 'key-unknown'
  | 'key-revoked'
  | 'key-not-for-git'
  | 'key-not-valid-then'
  | 'key-only-authority'
  | 'no-principal'
  | 'signature-expires';

export interface CommitReason {
  readonly code: CommitReasonCode;
  /** One sentence for people; it may quote the commit, with control characters escaped. */
  readonly text: string;
}

export function makeCommitReason(code: CommitReasonCode, text: string): CommitReason {
  return { code, text };
}
