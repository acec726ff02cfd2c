import { Failure } from '../../../core/failure.ts';
import { failed, type Result } from '../../../core/result.ts';
import type { Keyring } from '../openpgp/keyring.ts';
import type { Certificate } from '../x509/certificate.ts';
import type { AllowedSigners } from './allowed-signers.ts';
import type { CommitStanding, SignedObject } from './commit-signer.ts';
import { type GitsignTrust, NO_IDENTITIES } from './verify-gitsign.ts';
import { verifyOpenPgp } from './verify-openpgp.ts';
import { verifySsh } from './verify-ssh.ts';
import { verifyX509 } from './verify-x509.ts';

/** Whom we trust, by the format of the signature; a failure says why nobody is trusted there. */
export interface CommitSigners {
  readonly ssh: Result<AllowedSigners>;
  readonly openpgp: Result<Keyring>;
  /** The roots of certificates. */
  readonly x509: Result<readonly Certificate[]>;
  /** Identities of sigstore; absent: none is named. */
  readonly gitsign?: Result<GitsignTrust>;
}

/** Trust in SSH keys alone. */
export function trustSshKeys(ssh: Result<AllowedSigners>): CommitSigners {
  return { ssh, openpgp: NO_KEYRING, x509: NO_ROOTS };
}

/** Nothing is trusted by default: no key ring of GnuPG, no key of a platform. */
export const NO_KEYRING: Result<never> = failed(
  new Failure(
    'TRUST_INVALID',
    'it has an OpenPGP signature, and no keyring is named whose keys may sign',
    'Name a file with the public keys: --keyring FILE, or keyrings in the configuration.',
  ),
);

/** Nor does an authority of the system count. */
export const NO_ROOTS: Result<never> = failed(
  new Failure(
    'TRUST_INVALID',
    'it has an X.509 signature, and no root is named whose certificates may sign',
    'Name a file with the roots: --commit-root FILE, or commitRoots in the configuration.',
  ),
);

/**
 * Verifies the signature of one commit or tag without git. The signing time is what the signer
 * says: of SSH the time that the committer wrote, as git passes it on (`verify-time`), of OpenPGP
 * and X.509 the time in the signature. A signer can choose it: bounds of validity end the honest
 * use of a key, and revocation ends its dishonest use.
 *
 * @example verifyCommit(orThrow(parseCommit(bytes, 'sha1')), { ssh, openpgp, x509 })
 */
export function verifyCommit(commit: SignedObject, signers: CommitSigners): CommitStanding {
  if (commit.signature === null) return { kind: 'unsigned' };
  const { format } = commit.signature;
  switch (format) {
    case 'ssh':
      return signers.ssh.ok
        ? verifySsh(commit, signers.ssh.value)
        : { kind: 'undetermined', cause: signers.ssh.failure };
    case 'openpgp':
      return signers.openpgp.ok
        ? verifyOpenPgp(commit, signers.openpgp.value)
        : { kind: 'undetermined', cause: signers.openpgp.failure };
    case 'x509':
      return verifyX509(commit, { gitsign: failed(NO_IDENTITIES), ...signers });
    case 'unknown':
      return refuseFormat();
  }
}

function refuseFormat(): CommitStanding {
  const cause = new Failure(
    'UNSUPPORTED',
    'the commit has a signature of an unknown kind, which this version does not verify',
    'Sign with an SSH key: git config gpg.format ssh.',
  );
  return { kind: 'undetermined', cause };
}
