import { createHash } from 'node:crypto';
import { formatInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Result } from '../../../core/result.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import { type DetachedSignature, readDetachedSignature } from '../cms/signed-data.ts';
import { decodeBase64 } from '../envelopes/base64.ts';
import { isIdentified, isSignedBy } from '../timestamps/verify-token.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { checkPath, checkValidity } from '../x509/chain.ts';
import { findPath } from '../x509/find-path.ts';
import { type CommitReasonCode, makeCommitReason } from './commit-reason.ts';
import {
  type CertificateSigner,
  type CommitStanding,
  distrust,
  type SignedObject,
} from './commit-signer.ts';
import { type GitsignTrust, verifyGitsign } from './verify-gitsign.ts';

const BEGIN = '-----BEGIN SIGNED MESSAGE-----';
const END = '-----END SIGNED MESSAGE-----';

/**
 * Verifies an X.509 signature as gpgsm and smimesign make it: CMS beside the signed bytes, by a
 * certificate whose chain ends at one of `roots` and was valid when it signed.
 */
export function verifyX509(object: SignedObject, trust: CertificateTrust): CommitStanding {
  const text = object.signature?.text ?? new Uint8Array();
  if (text.length > LIMITS.cmsSignatureBytesMax)
    return refuse('signature-malformed', 'the signature is too long');
  const binary = removeArmour(Buffer.from(text).toString('latin1'));
  if (binary === null) return refuse('signature-malformed', 'its armour or base64 is malformed');
  const signature = readDetachedSignature(binary);
  if (typeof signature === 'string')
    return refuse('signature-malformed', `its CMS cannot be read: ${signature}`);
  const known: Certificate[] = [];
  for (const der of signature.certificates) {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return refuse('certificate', certificate.failure.message);
    known.push(certificate.value);
  }
  const { x509, gitsign } = trust;
  const roots = x509.ok ? x509.value : [];
  const leaf = [...known, ...roots].find((one) => isIdentified(one, signature.identifier));
  // A67: no certificate is no signer.
  if (leaf === undefined)
    return refuse('key-unknown', 'it does not hold the certificate of its signer');
  if (!isSignedObject(object, signature, leaf))
    return refuse(
      'signature-mismatch',
      'the signature is not over these bytes, or not by its key',
      { ...describe(leaf), principal: null },
    );
  // mutant gitsign-by-its-chain by verify-x509: condition -> false
  if (leaf.extensions.has(FULCIO_ISSUER))
    return gitsign.ok
      ? verifyGitsign(object, signature, leaf, gitsign.value)
      : { kind: 'undetermined', cause: gitsign.failure };
  if (!x509.ok) return { kind: 'undetermined', cause: x509.failure };
  return judgeSigner(object, signature, { leaf, known, roots });
}

/** Whom we trust: roots of certificates, and identities of sigstore. */
export interface CertificateTrust {
  readonly x509: Result<readonly Certificate[]>;
  readonly gitsign: Result<GitsignTrust>;
}

function isSignedObject(
  { payload }: SignedObject,
  signature: DetachedSignature,
  leaf: Certificate,
): boolean {
  const digest = createHash(signature.hash).update(payload).digest();
  // mutant x509-signed-bytes by verify-x509: remove operand 1
  return digest.equals(signature.messageDigest) && isSignedBy(signature, leaf);
}

interface Certificates {
  readonly leaf: Certificate;
  readonly known: readonly Certificate[];
  readonly roots: readonly Certificate[];
}

function judgeSigner(
  object: SignedObject,
  signature: DetachedSignature,
  { leaf, known, roots }: Certificates,
): CommitStanding {
  const claimed: CertificateSigner = { ...describe(leaf), principal: null };
  const chain = findPath(leaf, [...roots, ...known]);
  const root = chain.at(-1);
  // mutant x509-of-any-root by verify-x509: condition -> false
  if (!roots.some(({ thumbprint }) => thumbprint === root?.thumbprint))
    return refuse('key-unknown', `no root of ${leaf.subjectText} is named`, claimed);
  const path = checkPath(
    chain.map(({ der }) => der),
    'commit',
  );
  if (!path.ok) return refuse('certificate', path.message, claimed);
  const at = signature.signedAt ?? object.committer.at;
  if (at === null) return refuse('signing-time', 'nothing says when it was signed', claimed);
  const invalid = checkValidity(path.chain, at);
  // mutant x509-validity by verify-x509: condition -> false
  if (invalid !== null)
    return refuse(
      'key-not-valid-then',
      `${invalid.message}, and it was signed on ${formatInstant(at)}`,
      claimed,
    );
  const signer = describe(leaf);
  return {
    kind: 'trusted',
    signer,
    authorMatches: signer.addresses.includes(object.author.email),
    committerMatches: signer.addresses.includes(object.committer.email),
  };
}

const SUBJECT_ALT_NAME = '2.5.29.17';
const MAILBOX = 0x81;
/** The issuer of the identity token, in a certificate of Fulcio. */
const FULCIO_ISSUER = '1.3.6.1.4.1.57264.1.8';

/** The addresses are alternative names; that of a subject is not one (RFC 8550 §3). */
function describe(leaf: Certificate): CertificateSigner & { readonly principal: string } {
  const names = readDer(leaf.extensions.get(SUBJECT_ALT_NAME)?.value ?? new Uint8Array());
  const addresses = (names?.tag === TAG.sequence ? names.children : []).flatMap(
    ({ tag, content }) => {
      const text = Buffer.from(content).toString('latin1');
      return tag === MAILBOX && /^[\x21-\x7e]{3,320}$/.test(text) ? [text] : [];
    },
  );
  return {
    format: 'x509',
    principal: addresses[0] ?? leaf.subjectText,
    fingerprint: leaf.thumbprint,
    addresses: [...new Set(addresses)],
  };
}

/** Lines end in LF, with canonical base64 between the two lines, and nothing around them. */
function removeArmour(text: string): Buffer | null {
  const lines = text.replace(/\n$/, '').split('\n');
  if (lines.shift() !== BEGIN || lines.pop() !== END || lines.includes('')) return null;
  return decodeBase64(lines.join(''));
}

function refuse(
  code: CommitReasonCode,
  text: string,
  signer: CertificateSigner | null = null,
): CommitStanding {
  return distrust(makeCommitReason(code, text), signer);
}
