import type { Instant } from '../../../core/instant.ts';
import { closeLengths } from '../../../formats/der/ber.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import {
  readAttributes,
  readHash,
  readIdentifier,
  SIGNER_VERSIONS,
  type SignerIdentifier,
  type TokenHash,
} from '../timestamps/read-token.ts';
import { readCertificateTime } from '../x509/certificate-time.ts';

/** A signature of CMS (RFC 5652) beside its content, with one signer; nothing in it is verified. */
export interface DetachedSignature {
  /** DER, in any order. */
  readonly certificates: readonly Uint8Array[];
  readonly identifier: SignerIdentifier;
  readonly hash: TokenHash;
  /** DER of the signed attributes as a SET, which is what is signed. */
  readonly signedAttributes: Uint8Array;
  readonly messageDigest: Uint8Array;
  /** As the signer says; null where it does not. */
  readonly signedAt: Instant | null;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
} as const;
const CONTEXT = (number: number): number => 0xa0 | number;
const CERTIFICATES_MAX = 20;

/** Reads it strictly, but for open lengths, which gpgsm writes; or says what is wrong. */
export function readDetachedSignature(bytes: Uint8Array): DetachedSignature | string {
  const closed = closeLengths(bytes);
  const [type, wrapped] = (closed === null ? null : readDer(closed))?.children ?? [];
  const signedData = wrapped?.tag === CONTEXT(0) ? wrapped.children[0] : undefined;
  if (formatOid(type) !== OID.signedData || signedData?.tag !== TAG.sequence)
    return 'it is no CMS signed data';
  const [version, digests, encapsulated, ...others] = signedData.children;
  if (version?.tag !== TAG.integer || digests?.tag !== TAG.set) return 'its head';
  const [contentType, ...content] = encapsulated?.children ?? [];
  // mutant cms-with-own-content by verify-x509: operand 2 -> false
  if (formatOid(contentType) !== OID.data || content.length > 0)
    return 'it has a content of its own';
  const certificates = others.find(({ tag }) => tag === CONTEXT(0))?.children ?? [];
  if (certificates.length > CERTIFICATES_MAX) return `it has ${certificates.length} certificates`;
  const signers = others.at(-1);
  const [signer, ...more] = signers?.tag === TAG.set ? signers.children : [];
  // mutant cms-of-two-signers by verify-x509: operand 2 -> false
  if (signer === undefined || more.length > 0) return 'it has not one signer';
  const read = readSigner(signer);
  return typeof read === 'string'
    ? read
    : { ...read, certificates: certificates.map((one) => one.bytes) };
}

function readSigner({ children }: DerNode): Omit<DetachedSignature, 'certificates'> | string {
  const [version, sid, digestAlgorithm, attributes, signatureAlgorithm, signature] = children;
  const identifier = readIdentifier(sid);
  const hash = readHash(digestAlgorithm);
  if (identifier === null || version?.content[0] !== SIGNER_VERSIONS[identifier.kind])
    return 'its signer';
  if (hash === null) return 'the hash of its signer is not accepted';
  const values = attributes?.tag === CONTEXT(0) ? readAttributes(attributes) : null;
  // Without them the content is signed itself, and could be read as attributes (RFC 9882 §6).
  if (attributes === undefined || values === null) return 'its signed attributes';
  const digest = values.get(OID.messageDigest);
  // mutant cms-content-type-is-signed by verify-x509: operand -> false
  if (formatOid(values.get(OID.contentType)) !== OID.data || digest?.tag !== TAG.octetString)
    return 'its signed attributes name another content';
  const time = values.get(OID.signingTime);
  const signedAt = readCertificateTime(time);
  if (time !== undefined && signedAt === null) return 'its signing time';
  const signatureOid = formatOid(signatureAlgorithm?.children[0]);
  if (signatureOid === null || signature?.tag !== TAG.octetString) return 'its signature';
  return {
    identifier,
    hash,
    signedAttributes: Uint8Array.from([TAG.set, ...attributes.bytes.subarray(1)]),
    messageDigest: digest.content,
    signedAt,
    signatureOid,
    signature: signature.content,
  };
}
