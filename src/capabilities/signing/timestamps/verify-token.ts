import { constants, createHash, verify as verifySignature } from 'node:crypto';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { getOwn } from '../../../core/own.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import type { StapledAnswers } from '../revocation/check-chain.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { checkPath, checkValidity, type ValidatedChain } from '../x509/chain.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { findPath } from '../x509/find-path.ts';
import {
  readTimestampToken,
  type SignerIdentifier,
  type TimestampToken,
  type TokenSigner,
} from './read-token.ts';

/** When something existed, as an authority of the trust store says. */
export interface AuthenticTime {
  /** The time is between these two. */
  readonly earliest: Instant;
  readonly latest: Instant;
  /** The chain of the authority, up to a root of the trust store. */
  readonly chain: ValidatedChain;
  /** What came with it about the revocation of that chain. */
  readonly stapled: StapledAnswers;
}

/**
 * Verifies an RFC 3161 timestamp over `stamped` (N46, N47): its imprint, its signer by
 * `signing-certificate-v2`, its signature, and a chain for timestamping up to one of `roots` that
 * was valid then. Certificates that a token leaves out may be among `known`. Revocation is another
 * question.
 */
export function verifyTimestamp(
  bytes: Uint8Array,
  stamped: Uint8Array,
  roots: readonly Certificate[],
  known: readonly Certificate[] = [],
): CheckResult<AuthenticTime> {
  const token = readTimestampToken(bytes);
  if (!token.ok) return token;
  const { imprint, earliest, latest, content, signer } = token.value;
  // mutant timestamp-of-something-else by timestamp: condition -> false
  if (!hasHash(stamped, imprint)) return refuse('it is about something else');
  const messageDigest = { hash: signer.hash, digest: signer.messageDigest };
  // mutant timestamp-content-is-signed by timestamp: condition -> false
  if (!hasHash(content, messageDigest)) return refuse('its content is not what was signed');
  const chain = buildChain(token.value, roots, known);
  if (!chain.ok) return chain;
  const [leaf] = chain.value.certificates;
  // mutant timestamp-signature by timestamp: condition -> false
  if (!isSignedBy(token.value.signer, leaf))
    return refuse(`the signature is not by ${leaf.subjectText}`);
  for (const at of [earliest, latest]) {
    const invalid = checkValidity(chain.value, at);
    // mutant timestamp-of-an-ended-authority by timestamp: condition -> false
    if (invalid !== null) return refuse(`${invalid.message}, and it is of ${formatInstant(at)}`);
  }
  return accept({ earliest, latest, chain: chain.value, stapled: token.value.stapled });
}

function refuse(why: string): CheckResult<never> {
  return reject('timestamp-unverified', `the timestamp does not count: ${why}`);
}

function hasHash(
  bytes: Uint8Array,
  { hash, digest }: { readonly hash: string; readonly digest: Uint8Array },
): boolean {
  return createHash(hash).update(bytes).digest().equals(digest);
}

/** From the certificate that the signer names to a root of the store, by way of the token's. */
function buildChain(
  { certificates, signer }: TimestampToken,
  roots: readonly Certificate[],
  known: readonly Certificate[],
): CheckResult<ValidatedChain> {
  const parsed: Certificate[] = [...known];
  for (const der of certificates) {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return refuse(certificate.failure.message);
    parsed.push(certificate.value);
  }
  const leaf = parsed.find((one) => hasHash(one.der, signer.certificateHash));
  if (leaf === undefined) return refuse('it does not hold the certificate of its signer');
  // mutant timestamp-signer-is-named by timestamp: condition -> false
  if (!isIdentified(leaf, signer.identifier))
    return refuse('its signer is another than the certificate that it names');
  const chain = findPath(leaf, [...roots, ...parsed]);
  const path = checkPath(
    chain.map(({ der }) => der),
    'timestamping',
  );
  if (!path.ok) return refuse(path.message);
  const root = chain.at(-1);
  // mutant timestamp-of-any-authority by timestamp: condition -> false
  if (!roots.some(({ thumbprint }) => thumbprint === root?.thumbprint))
    return refuse(`no root of ${leaf.subjectText} is in a trust store of the type tsa`);
  return accept(path.chain);
}

const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';

/** Whether a SignerInfo means this certificate. */
export function isIdentified(leaf: Certificate, identifier: SignerIdentifier): boolean {
  if (identifier.kind === 'key') {
    const own = readDer(leaf.extensions.get(SUBJECT_KEY_IDENTIFIER)?.value ?? new Uint8Array());
    return own?.tag === TAG.octetString && isSameBytes(own.content, identifier.identifier);
  }
  return (
    isSameBytes(leaf.serial, identifier.serial) && isSameBytes(leaf.issuerDer, identifier.issuer)
  );
}

/** By signature algorithm, the hash that it is for; null where the signer's hash decides. */
const RSA: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.1': null,
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
};
const ECDSA: Readonly<Record<string, string>> = {
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
};
const PSS = '1.2.840.113549.1.1.10';

type SignedAttributes = Pick<
  TokenSigner,
  'signatureOid' | 'signedAttributes' | 'signature' | 'hash'
>;

/** Whether the key of a certificate signed the attributes of a SignerInfo. */
export function isSignedBy(signer: SignedAttributes, { publicKey }: Certificate): boolean {
  const { signatureOid: oid, signedAttributes, signature, hash } = signer;
  const isRsa = publicKey.asymmetricKeyType === 'rsa';
  const padding = oid === PSS ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
  const own = isRsa ? (oid === PSS ? null : getOwn(RSA, oid)) : getOwn(ECDSA, oid);
  // An algorithm that is for another hash, or for another kind of key.
  if (own === undefined || (own !== null && own !== hash)) return false;
  const key = isRsa
    ? { key: publicKey, padding, saltLength: constants.RSA_PSS_SALTLEN_AUTO }
    : { key: publicKey, dsaEncoding: 'der' as const };
  try {
    return verifySignature(hash, signedAttributes, key, signature);
  } catch {
    return false; // OpenSSL throws for a signature that it cannot even read
  }
}
