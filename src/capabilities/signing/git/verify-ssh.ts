import { formatCount } from '../../../core/count.ts';
import { formatInstant, type Instant, toInstant } from '../../../core/instant.ts';
import { quoteText } from '../reason.ts';
import type { SshSigner } from '../signer.ts';
import type { AllowedSigner, AllowedSigners } from './allowed-signers.ts';
import { type CommitReason, type CommitReasonCode, makeCommitReason } from './commit-reason.ts';
import { type CommitStanding, distrust, type SignedObject } from './commit-signer.ts';
import { isNamedBy, matchesList } from './principals.ts';
import { findCertificateFlaw, type SshCertificate } from './ssh-certificate.ts';
import type { SshKey } from './ssh-key.ts';
import {
  findAuthorityFlaw,
  findSshSignatureFlaw,
  parseSshSignature,
  type SshSignature,
} from './sshsig.ts';
import { isWithin } from './validity.ts';

/** The namespace of git's commit signatures (A69). */
const NAMESPACE = 'git';

/** Verifies an SSH signature: `ssh-keygen -Y verify`, without starting it. */
export function verifySsh(commit: SignedObject, allowed: AllowedSigners): CommitStanding {
  const read = parseSshSignature(commit.signature?.text ?? new Uint8Array());
  if (!read.ok) return distrust(read.reason, null);
  const flaw = findSignatureFlaw(read.value, commit.payload);
  if (flaw !== null) return distrust(flaw, toSigner(read.value.key, null));
  return judgeCommit(commit, read.value, allowed);
}

/** The signature is checked also for unknown keys, so that the reason is the right one. */
function findSignatureFlaw(signature: SshSignature, payload: Uint8Array): CommitReason | null {
  // mutant commit-signature-namespace: condition -> false
  if (signature.namespace !== NAMESPACE) {
    return makeCommitReason(
      'namespace',
      `it was signed for ${quoteText(signature.namespace)}, not for git`,
    );
  }
  const flaw = findSshSignatureFlaw(signature, payload);
  if (flaw !== null || signature.certificate === null) return flaw;
  // mutant ssh-certificate-signature by ssh-certificate: value -> null
  return findAuthorityFlaw(signature.certificate);
}

function judgeCommit(
  commit: SignedObject,
  { key, certificate }: SshSignature,
  allowed: AllowedSigners,
): CommitStanding {
  const refuseKey = (
    code: CommitReasonCode,
    text: string,
    principal: string | null = null,
  ): CommitStanding => distrust(makeCommitReason(code, text), toSigner(key, principal));
  const { at } = commit.committer;
  if (at === null) return refuseKey('signing-time', 'its committer line has no signing time');
  // mutant commit-revoked-key: condition -> false
  if (isRevoked(key, certificate, allowed))
    return refuseKey('key-revoked', `${key.fingerprint} is revoked`);
  if (certificate !== null) return judgeCertificate(commit, certificate, allowed);
  const lines = allowed.signers.filter((line) => line.key.fingerprint === key.fingerprint);
  // mutant commit-certificate-authority-signs: remove call
  const plain = lines.filter(({ isAuthority }) => !isAuthority);
  if (plain.length === 0)
    return lines.length > 0
      ? refuseKey(...describeOnlyAuthority(key))
      : refuseKey(...describeUnknownKey(key, allowed));
  const valid = plain.filter((line) => isWithin(at, line.validAfter, line.validBefore));
  const good = valid.filter((line) => findLineFlaw(line, at) === null);
  // ssh-keygen finds the principals on the first line that is valid then, and git uses only these.
  const names = splitNames(valid[0]?.principals ?? '');
  const principal = names.find((name) => good.some((line) => matchesList(name, line.principals)));
  if (principal === undefined)
    return distrust(describeLineFlaw(valid[0] ?? plain[0], at), toSigner(key, names[0] ?? null));
  const isSigner = (email: string): boolean =>
    good.some((line) => isNamedBy(email, line.principals));
  return {
    kind: 'trusted',
    signer: { format: 'ssh', principal, fingerprint: key.fingerprint },
    authorMatches: isSigner(commit.author.email),
    committerMatches: isSigner(commit.committer.email),
  };
}

/** The key itself, or the authority that vouches for it. */
function isRevoked(
  key: SshKey,
  certificate: SshCertificate | null,
  { revoked, krls }: AllowedSigners,
): boolean {
  const authority = certificate?.authority.fingerprint;
  return (
    revoked.has(key.fingerprint) ||
    (authority !== undefined && revoked.has(authority)) ||
    krls.some((list) => list.revokes(key, certificate))
  );
}

/**
 * A certificate by an authority of the file (`cert-authority`): the line says for whom the
 * authority may vouch, the certificate for whom it does. Its principals are names, not patterns.
 */
function judgeCertificate(
  commit: SignedObject,
  certificate: SshCertificate,
  allowed: AllowedSigners,
): CommitStanding {
  const { key, authority, principals } = certificate;
  const at = commit.committer.at ?? toInstant(0);
  const flaw = findCertificateFlaw(certificate, at / 1000);
  if (flaw !== null) return distrust(flaw, toSigner(key, null));
  const lines = allowed.signers.filter(
    (line) => line.isAuthority && line.key.fingerprint === authority.fingerprint,
  );
  const [first] = lines;
  if (first === undefined) {
    const text = `no allowed signer has the authority ${authority.fingerprint} of its certificate`;
    return distrust(makeCommitReason('key-unknown', text), toSigner(key, null));
  }
  const good = lines.filter((line) => findLineFlaw(line, at) === null);
  const isNamed = (name: string): boolean =>
    good.some((line) => matchesList(name, line.principals));
  const principal = principals.find(isNamed);
  if (principal === undefined)
    return distrust(describeLineFlaw(first, at), toSigner(key, principals[0] ?? null));
  // mutant ssh-certificate-principal by ssh-certificate: operand -> true
  const isSigner = (email: string): boolean => principals.includes(email) && isNamed(email);
  return {
    kind: 'trusted',
    signer: { format: 'ssh', principal, fingerprint: key.fingerprint },
    authorMatches: isSigner(commit.author.email),
    committerMatches: isSigner(commit.committer.email),
  };
}

/**
 * What is wrong with the line that git looks at: the first one that is valid at that time; where
 * there is none, the first one of the key.
 */
function describeLineFlaw(line: AllowedSigner | undefined, at: Instant): CommitReason {
  const flaw = line === undefined ? null : findLineFlaw(line, at);
  return (
    flaw ??
    makeCommitReason('no-principal', `line ${line?.line ?? 0}: its principals match no name`)
  );
}

/** ssh-keygen prints them up to the first empty one. */
function splitNames(principals: string): readonly string[] {
  const names = principals.split(',');
  const end = names.indexOf('');
  return end < 0 ? names : names.slice(0, end);
}

function findLineFlaw(
  { line, namespaces, validAfter, validBefore }: AllowedSigner,
  at: Instant,
): CommitReason | null {
  // mutant commit-key-namespaces: condition -> false
  if (namespaces !== null && !matchesList(NAMESPACE, namespaces)) {
    return makeCommitReason(
      'key-not-for-git',
      `line ${line}: the key may sign for ${quoteText(namespaces)}, not for git`,
    );
  }
  // mutant commit-key-validity: condition -> true
  if (isWithin(at, validAfter, validBefore)) return null;
  const bounds = [
    validAfter && `after ${validAfter.text}`,
    validBefore && `before ${validBefore.text}`,
  ];
  const told = bounds.filter((bound) => bound !== null).join(' and ');
  const zone = /\d( |$)/.test(told) ? ' (without Z: in every zone of the world)' : '';
  return makeCommitReason(
    'key-not-valid-then',
    `line ${line}: the key is valid ${told}${zone}, not on ${formatInstant(at)}`,
  );
}

function describeOnlyAuthority({ fingerprint }: SshKey): [CommitReasonCode, string] {
  return [
    'key-only-authority',
    `${fingerprint} is listed as an authority for certificates, not to sign`,
  ];
}

function describeUnknownKey(
  { fingerprint }: SshKey,
  { skipped }: AllowedSigners,
): [CommitReasonCode, string] {
  const lines = formatCount(skipped.length, 'line');
  const unread = skipped.length === 0 ? '' : `; ${lines} of the file cannot be read`;
  return ['key-unknown', `no allowed signer has the key ${fingerprint}${unread}`];
}

function toSigner({ fingerprint }: SshKey, principal: string | null): SshSigner {
  return { format: 'ssh', principal, fingerprint };
}
