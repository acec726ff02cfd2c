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
  /** Attributes that nobody signed, by their type: DER of the one value. */
  readonly unsigned: ReadonlyMap<string, Uint8Array>;
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  pss: '1.2.840.113549.1.1.10',
} as const;
const CONTEXT = (number: number): number => 0xa0 | number;
const CERTIFICATES_MAX = 20;

/** Reads it strictly, but for open lengths, which gpgsm writes; or says what is wrong. */
export function readDetachedSignature(bytes: Uint8Array): DetachedSignature | string {
  const closed = closeLengths(bytes);
  const whole = closed === null ? null : readDer(closed);
  const [type, wrapped, ...rest] = readSequence(whole);
  const signedData = wrapped?.tag === CONTEXT(0) ? wrapped.children[0] : undefined;
  if (formatOid(type) !== OID.signedData || signedData?.tag !== TAG.sequence || rest.length > 0)
    return 'it is no CMS signed data';
  const [version, digests, encapsulated, ...others] = signedData.children;
  if (version?.tag !== TAG.integer || !isKnownVersion(version)) return 'its version';
  const [contentType, ...content] = readSequence(encapsulated);
  // mutant cms-with-own-content by verify-x509: operand 2 -> false
  if (formatOid(contentType) !== OID.data || content.length > 0)
    return 'it has a content of its own';
  const certificates = others.find(({ tag }) => tag === CONTEXT(0))?.children ?? [];
  if (certificates.length > CERTIFICATES_MAX) return `it has ${certificates.length} certificates`;
  const signers = others.at(-1);
  const [signer, ...more] = signers?.tag === TAG.set ? signers.children : [];
  // mutant cms-of-two-signers by verify-x509: operand 2 -> false
  if (signer === undefined || more.length > 0) return 'it has not one signer';
  const read = readSigner(readSequence(signer));
  if (typeof read === 'string') return read;
  // §5.1: who verifies may hash by these alone, so a signer's that is not among them fails there.
  const isDeclared = digests?.children.some((one) => readHash(one) === read.hash) === true;
  // mutant cms-undeclared-digest by verify-x509: operand 2 -> false
  if (digests?.tag !== TAG.set || !isDeclared) return 'the hash of its signer is not declared';
  return { ...read, certificates: certificates.map((one) => one.bytes) };
}

/** §5.1, for certificates of X.509 and content that is data. */
function isKnownVersion({ content }: DerNode): boolean {
  return content.length === 1 && (content[0] === 1 || content[0] === 3);
}

const NULL_TAG = 0x05;

/** RFC 3370 §2, §3.2, RFC 5754: parameters of a hash or of RSA are NULL or absent. */
function hasNoParameters(algorithm: DerNode | undefined): boolean {
  const [, parameters, ...more] = algorithm?.children ?? [];
  if (parameters === undefined) return true;
  return more.length === 0 && parameters.tag === NULL_TAG && parameters.content.length === 0;
}

/** Empty for what is no SEQUENCE. */
function readSequence(node: DerNode | null | undefined): readonly DerNode[] {
  // mutant cms-of-any-tag by verify-x509: condition -> false
  if (node?.tag !== TAG.sequence) return [];
  return node.children;
}

/** What is beside the signature is no part of it: what cannot be read is as if it was absent. */
function readUnsigned(node: DerNode | undefined): ReadonlyMap<string, Uint8Array> {
  const values = node?.tag === CONTEXT(1) ? readAttributes(node) : null;
  return new Map([...(values ?? [])].map(([oid, value]) => [oid, value.bytes]));
}

function readSigner(parts: readonly DerNode[]): Omit<DetachedSignature, 'certificates'> | string {
  const [version, sid, digestAlgorithm, attributes, signatureAlgorithm, signature, more] = parts;
  const identifier = readIdentifier(sid);
  const hash = readHash(digestAlgorithm);
  const isVersion = version?.tag === TAG.integer && version.content.length === 1;
  if (!isVersion || identifier === null) return 'its signer';
  if (version.content[0] !== SIGNER_VERSIONS[identifier.kind]) return 'the version of its signer';
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
  const signatureOid = formatOid(readSequence(signatureAlgorithm)[0]);
  if (signatureOid === null || signature?.tag !== TAG.octetString) return 'its signature';
  const isPlain = hasNoParameters(digestAlgorithm) && hasNoParameters(signatureAlgorithm);
  // mutant cms-odd-parameters by verify-x509: condition -> false
  if (signatureOid !== OID.pss && !isPlain) return 'the parameters of its algorithms';
  return {
    identifier,
    hash,
    signedAttributes: Uint8Array.from([TAG.set, ...attributes.bytes.subarray(1)]),
    messageDigest: digest.content,
    signedAt,
    signatureOid,
    signature: signature.content,
    unsigned: readUnsigned(more),
  };
}
