import type { Failure } from '../../../core/failure.ts';
import type { SshSigner } from '../signer.ts';
import type { GitCommit } from './commit.ts';
import type { CommitReason } from './commit-reason.ts';

/** A commit or a tag, as far as its signature is concerned; a tag has one person. */
export type SignedObject = Pick<GitCommit, 'signature' | 'payload' | 'author' | 'committer'>;

/** Who signed a commit or a tag, by the format of the signature. */
export type CommitSigner = SshSigner | OpenPgpSigner | CertificateSigner;

/** A key of OpenPGP that the user designated. */
export interface OpenPgpSigner {
  readonly format: 'openpgp';
  /**
   * The fingerprint of the primary key, upper-case hex; null where no designated key signed. It is
   * what a policy names: the owner of a key can add any user ID to it.
   */
  readonly principal: string | null;
  /** Of the key or subkey that signed. */
  readonly fingerprint: string;
  /** The addresses of the user IDs that count. */
  readonly addresses: readonly string[];
}

/** A certificate whose chain ends at a root that the user named. */
export interface CertificateSigner {
  readonly format: 'x509';
  /** Its first address, or its subject where it has none; null where it does not count. */
  readonly principal: string | null;
  /** SHA-256 of the certificate, lower-case hex. */
  readonly fingerprint: string;
  readonly addresses: readonly string[];
}

/**
 * Who signed a commit, as far as it is known. `trusted` means that the signature is valid and its
 * key was allowed when it signed. Whether author and committer are that signer is a separate
 * answer, and a gate requires both (D4).
 */
export type CommitStanding =
  | { readonly kind: 'unsigned' }
  | {
      readonly kind: 'trusted';
      readonly signer: CommitSigner & { readonly principal: string };
      readonly authorMatches: boolean;
      readonly committerMatches: boolean;
    }
  | {
      readonly kind: 'untrusted';
      readonly reason: CommitReason;
      readonly signer: CommitSigner | null;
    }
  | { readonly kind: 'undetermined'; readonly cause: Failure };

export function distrust(reason: CommitReason, signer: CommitSigner | null): CommitStanding {
  return { kind: 'untrusted', reason, signer };
}
