import { createHash, type KeyObject } from 'node:crypto';
import { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import { computeKeyId, encodePreAuth } from '../envelopes/dsse.ts';
import { accept, type CheckResult, makeReason, type Reason, reject } from '../reason.ts';
import { ENDLESS, type SignatureResult } from '../signature-result.ts';
import type { SigstoreSigner } from '../signer.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { readAuthenticTime } from './authentic-times.ts';
import type { BundleSigner, SigstoreBundle } from './bundle.ts';
import { checkLeafChain, type LeafCertificates, readLeaf } from './certificate-chain.ts';
import { readIdentity } from './certificate-identity.ts';
import { findMismatch, type SignedMaterial } from './log-body.ts';
import { isSignedByKey } from './log-key.ts';
import { proveEntry } from './log-proof.ts';
import { isWithin, type TrustedLog, type TrustedRoot } from './trusted-root.ts';

/** Whom a verification may trust; who of them may state what is decided by the trust document. */
export interface SigstoreTrust {
  /** By name. One that cannot be read is kept as its failure. */
  readonly roots: ReadonlyMap<string, Result<TrustedRoot>>;
  /** Public keys that the document names. */
  readonly keys: readonly KeyObject[];
}

export interface BundleVerification {
  readonly bundle: SigstoreBundle;
  readonly format: SigstoreSigner['format'];
  /** What a message signature is over; null where only an envelope can be about the artifact. */
  readonly artifact: Uint8Array | null;
  /** Why the payload of an envelope, or a signed message, is not about the expected artifact. */
  readonly checkContent: (content: SignedContent) => readonly Reason[];
  readonly trust: SigstoreTrust;
  readonly now: Instant;
}

/** What a signature is over. */
export type SignedContent =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'dsse'; readonly payloadType: string; readonly payload: Uint8Array };

/**
 * Whether a sigstore bundle may count. Nothing is asked of anybody (S11). A certificate needs a
 * trusted root that vouches for its chain, for a log entry about exactly this signature (S10), and
 * for a time (S9). A key needs nothing but itself (S12); which roots vouch for its log entry is
 * said, because a rule may require one. Every entry and every timestamp that is there must be
 * right.
 */
export function verifyBundle(verification: BundleVerification): SignatureResult<SigstoreSigner> {
  const { bundle } = verification;
  const content = readContent(verification);
  if (!content.ok) return refuse(null, content.reason);
  const flaws = verification.checkContent(content.value.content);
  const checked =
    bundle.signer.kind === 'key'
      ? verifyKeyed(verification, content.value.signed)
      : verifyKeyless(verification, bundle.signer, content.value.signed);
  const [first, ...others] = flaws;
  // mutant sigstore-signature-of-something-else: condition -> true
  if (first === undefined || checked.kind === 'undetermined') return checked;
  const { signer } = checked;
  const more = checked.kind === 'untrusted' ? checked.reasons : [];
  return { kind: 'untrusted', signer, reasons: [first, ...others, ...more] };
}

type Verdict = SignatureResult<SigstoreSigner>;
type Material = Omit<SignedMaterial, 'signer'>;

function refuse(signer: SigstoreSigner | null, reason: Reason): Verdict {
  return { kind: 'untrusted', signer, reasons: [reason] };
}

function readContent({ bundle, artifact }: BundleVerification): CheckResult<{
  readonly content: SignedContent;
  readonly signed: Material;
}> {
  const { content } = bundle;
  const { signature } = content;
  if (content.kind === 'dsse') {
    const { payloadType, payload, envelope } = content;
    const signed = encodePreAuth(payloadType, payload);
    return accept({
      content: { kind: 'dsse', payloadType, payload },
      signed: { signed, payload, envelope, signature },
    });
  }
  if (artifact === null)
    return reject('target-mismatch', 'a message signature is over a file, and there is none');
  const { digest } = content;
  const hash = digest === null ? undefined : HASHES.get(digest.algorithm);
  // mutant message-digest-of-another-artifact: condition -> false
  if (digest !== null && (hash === undefined || !isHash(hash, artifact, digest.bytes)))
    return reject('target-mismatch', 'the signed digest is that of another artifact');
  return accept({
    content: { kind: 'message', bytes: artifact },
    signed: { signed: artifact, payload: null, envelope: null, signature },
  });
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
]);

function isHash(name: string, bytes: Uint8Array, digest: Uint8Array): boolean {
  return isSameBytes(createHash(name).update(bytes).digest(), digest);
}

/** S12: the signature alone decides; the log entries are proven for the rules that want them. */
function verifyKeyed(verification: BundleVerification, signed: Material): Verdict {
  const { bundle, format, trust, now } = verification;
  if (trust.keys.length === 0) return waitForTrust('it is signed by a key, and no key is trusted');
  const key = trust.keys.find((one) => isSignedByKey(one, signed.signed, signed.signature));
  // mutant sigstore-signature-by-any-key: condition -> false
  if (key === undefined)
    return refuse(null, makeReason('key-not-trusted', 'it is signed by no key that is trusted'));
  const spki = key.export({ format: 'der', type: 'spki' });
  const proofs = proveByRoots(trust, (root) =>
    proveTimes(bundle, { ...signed, signer: spki }, root, { now, needsLog: true }),
  );
  const id = computeKeyId(key);
  const signer = {
    format,
    identity: `key sha256:${id}`,
    issuer: null,
    claims: {},
    thumbprint: id,
    trustedRoots: proofs.proven.map(({ name }) => name),
    unproven: proofs.refusal?.message ?? null,
    ...describeProofs(proofs.proven.map(({ value }) => value)),
  };
  return { kind: 'trusted', signer, validUntil: null, ends: ENDLESS, unchecked: [] };
}

function verifyKeyless(
  verification: BundleVerification,
  { leaf, others }: Extract<BundleSigner, { kind: 'certificate' }>,
  signed: Material,
): Verdict {
  const { bundle, trust, now } = verification;
  const certificates = readLeaf(leaf, others);
  if (!certificates.ok) return refuse(null, certificates.reason);
  const { leaf: certificate } = certificates.value;
  const claimed = readIdentity(certificate);
  if (claimed === null)
    return refuse(null, makeReason('certificate-malformed', 'its certificate has no identity'));
  const named: SignerName = {
    format: verification.format,
    identity: claimed.identity,
    issuer: claimed.issuer,
    claims: Object.fromEntries(claimed.claims),
    thumbprint: certificate.thumbprint,
    unproven: null,
  };
  // mutant sigstore-signature-bytes: condition -> false
  if (!isSignedByKey(certificate.publicKey, signed.signed, signed.signature))
    return refuse(
      { ...named, trustedRoots: [], ...describeProofs([]) },
      makeReason('signature-mismatch', 'the signature is not by the key of its certificate'),
    );
  if (trust.roots.size === 0)
    return waitForTrust('it is signed by a certificate, and no trusted root is named');
  const material = { ...signed, signer: certificate.der };
  const { proven, refusal, lost } = proveByRoots(trust, (root) =>
    proveLeaf(bundle, certificates.value, material, root, now),
  );
  const names = proven.map(({ name }) => name);
  const values = proven.map(({ value }) => value);
  const signer = { ...named, trustedRoots: names, ...describeProofs(values) };
  // mutant sigstore-certificate-of-no-root: condition -> true
  if (proven.length > 0)
    return { kind: 'trusted', signer, validUntil: null, ends: ENDLESS, unchecked: [] };
  if (lost !== null) return { kind: 'undetermined', cause: lost };
  return refuse(signer, refusal ?? makeReason('not-in-trust-store', 'no root vouches for it'));
}

type SignerName = Pick<SigstoreSigner, 'format' | 'identity' | 'issuer' | 'claims' | 'thumbprint'> &
  Pick<SigstoreSigner, 'unproven'>;

/** What one trusted root proves about a signature. */
interface Proof {
  readonly moments: readonly Instant[];
  /** The logs that have it, by their keys: the same log twice is one log (A50). */
  readonly logs: ReadonlySet<string>;
}

/** The span of all moments that others vouch for, and the logs of the root that has most. */
function describeProofs(
  proofs: readonly Proof[],
): Pick<SigstoreSigner, 'logs' | 'signedAt' | 'signedBy'> {
  const moments = proofs.flatMap((one) => one.moments);
  const logs = Math.max(0, ...proofs.map((one) => one.logs.size));
  if (moments.length === 0) return { logs, signedAt: null };
  return {
    logs,
    signedAt: Math.min(...moments) as Instant,
    signedBy: Math.max(...moments) as Instant,
  };
}

interface Proofs<T> {
  readonly proven: readonly { readonly name: string; readonly value: T }[];
  /** Of the last root that does not vouch. */
  readonly refusal: Reason | null;
  /** Why a root could not be asked. */
  readonly lost: Failure | null;
}

function proveByRoots<T>(
  { roots }: SigstoreTrust,
  prove: (root: TrustedRoot) => CheckResult<T>,
): Proofs<T> {
  const proven: { name: string; value: T }[] = [];
  let refusal: Reason | null = null;
  let lost: Failure | null = null;
  for (const [name, root] of roots) {
    if (!root.ok) {
      lost = root.failure;
      continue;
    }
    const checked = prove(root.value);
    if (checked.ok) proven.push({ name, value: checked.value });
    else refusal = checked.reason;
  }
  return { proven, refusal, lost };
}

/** Its times first, because its chain must have been valid at each of them. */
function proveLeaf(
  bundle: SigstoreBundle,
  certificates: LeafCertificates,
  material: SignedMaterial,
  root: TrustedRoot,
  now: Instant,
): CheckResult<Proof> {
  const proof = proveTimes(bundle, material, root, { now, needsLog: root.hasLogs });
  if (!proof.ok) return proof;
  const { moments } = proof.value;
  // mutant certificate-without-a-time: condition -> false
  if (moments.length === 0)
    return reject('signing-time-unproven', 'nobody of the trusted root says when it was signed');
  const chain = checkLeafChain(certificates, root, moments);
  return chain.ok ? proof : chain;
}

/**
 * The moments for which the root vouches: of log entries about exactly this signature, and of
 * timestamps over it.
 */
function proveTimes(
  bundle: SigstoreBundle,
  material: SignedMaterial,
  root: TrustedRoot,
  { now, needsLog }: { readonly now: Instant; readonly needsLog: boolean },
): CheckResult<Proof> {
  const moments: Instant[] = [];
  const logs = new Set<string>();
  const untimed: TrustedLog[] = [];
  // mutant sigstore-signature-in-no-log: condition -> false
  if (needsLog && bundle.entries.length === 0)
    return reject('log-entry', 'it is in no transparency log');
  for (const entry of bundle.entries) {
    const needsProof = bundle.version !== '0.1';
    const proven = proveEntry(entry, root, { needsProof, now });
    if (!proven.ok) return proven;
    const mismatch = findMismatch(entry, material);
    // mutant log-entry-of-another-signature: condition -> false
    if (mismatch !== null)
      return reject('log-entry', `the entry of the transparency log does not count: ${mismatch}`);
    const { integratedAt: at, log } = proven.value;
    logs.add(computeKeyId(log.key));
    if (at === null) untimed.push(log);
    else moments.push(at);
  }
  for (const response of bundle.timestamps) {
    const { timestampAuthorities } = root;
    const moment = readAuthenticTime(response, material.signature, timestampAuthorities, now);
    if (!moment.ok) return moment;
    moments.push(moment.value);
  }
  // S16: a log that signs no time is judged by the times of others, and without any by today.
  const judged = moments.length > 0 ? moments : [now];
  // mutant log-without-times-outside-its-window: condition -> false
  if (untimed.some(({ window }) => judged.some((at) => !isWithin(window, at))))
    return reject('log-entry', 'its log was not trusted when it was signed (A51)');
  return accept({ moments, logs });
}

/** The signature could count if somebody were trusted: it is there, and nothing is known of it. */
function waitForTrust(why: string): Verdict {
  const cause = new Failure(
    'TRUST_INVALID',
    `the signature cannot be verified: ${why}`,
    'Name its signer in the trust document: docs/reference/sigstore.md.',
  );
  return { kind: 'undetermined', cause };
}
