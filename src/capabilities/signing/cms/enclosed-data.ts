import { createHash } from 'node:crypto';
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

/** A signature of CMS (RFC 5652) with its content and one signer; nothing in it is verified. */
export interface EnclosedSignature {
  readonly content: Uint8Array;
  /** DER, in any order. */
  readonly certificates: readonly Uint8Array[];
  readonly identifier: SignerIdentifier;
  readonly hash: TokenHash;
  /** The bytes that are signed: the content, or attributes that hold its digest. */
  readonly signedAttributes: Uint8Array;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
}

const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
} as const;

/** The metadata service of Azure names a whole signature algorithm where its hash belongs. */
const SIGNATURE_HASHES: ReadonlyMap<string, TokenHash> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
]);

const CONTEXT = (number: number): number => 0xa0 | number;
const CERTIFICATES_MAX = 20;

/** Reads it, or says what is wrong. */
export function readEnclosedSignature(bytes: Uint8Array): EnclosedSignature | string {
  const closed = closeLengths(bytes);
  const whole = closed === null ? null : readDer(closed);
  const [type, wrapped, ...rest] = readSequence(whole);
  const signedData = wrapped?.tag === CONTEXT(0) ? wrapped.children[0] : undefined;
  if (formatOid(type) !== OID.signedData || signedData?.tag !== TAG.sequence || rest.length > 0)
    return 'it is no CMS signed data';
  const [version, , encapsulated, ...others] = signedData.children;
  if (version?.tag !== TAG.integer) return 'it is no CMS signed data';
  const [contentType, enclosed, ...more] = readSequence(encapsulated);
  const octets = enclosed?.tag === CONTEXT(0) ? enclosed.children[0] : undefined;
  if (formatOid(contentType) !== OID.data || octets?.tag !== TAG.octetString || more.length > 0)
    return 'it encloses no data';
  const certificates = others.find(({ tag }) => tag === CONTEXT(0))?.children ?? [];
  if (certificates.length > CERTIFICATES_MAX) return `it has ${certificates.length} certificates`;
  const signers = others.at(-1);
  const [signer, ...further] = signers?.tag === TAG.set ? signers.children : [];
  // mutant machine-document-of-two-signers by attested-document: operand 2 -> false
  if (signer === undefined || further.length > 0) return 'it has not one signer';
  const read = readSigner(readSequence(signer), octets.content);
  if (typeof read === 'string') return read;
  const { content } = octets;
  return { ...read, content, certificates: certificates.map((one) => one.bytes) };
}

function readSequence(node: DerNode | null | undefined): readonly DerNode[] {
  return node?.tag === TAG.sequence ? node.children : [];
}

function readSigner(
  [version, sid, digestAlgorithm, ...rest]: readonly DerNode[],
  content: Uint8Array,
): Omit<EnclosedSignature, 'content' | 'certificates'> | string {
  const identifier = readIdentifier(sid);
  const hash = readAnyHash(digestAlgorithm);
  const isVersion = version?.tag === TAG.integer && version.content.length === 1;
  if (!isVersion || identifier === null) return 'its signer';
  if (version.content[0] !== SIGNER_VERSIONS[identifier.kind]) return 'the version of its signer';
  if (hash === null) return 'the hash of its signer is not accepted';
  const attributes = rest[0]?.tag === CONTEXT(0) ? rest[0] : null;
  const [algorithm, signature] = attributes === null ? rest : rest.slice(1);
  const signatureOid = formatOid(readSequence(algorithm)[0]);
  if (signatureOid === null || signature?.tag !== TAG.octetString) return 'its signature';
  const parts = { identifier, hash, signatureOid, signature: signature.content };
  if (attributes === null) return { ...parts, signedAttributes: content };
  const values = readAttributes(attributes);
  const digest = values?.get(OID.messageDigest);
  const own = createHash(hash).update(content).digest();
  // mutant machine-document-is-signed by attested-document: operand 3 -> false
  if (
    formatOid(values?.get(OID.contentType)) !== OID.data ||
    digest?.tag !== TAG.octetString ||
    !own.equals(digest.content)
  )
    return 'its signed attributes are of another content';
  const signedAttributes = Uint8Array.from([TAG.set, ...attributes.bytes.subarray(1)]);
  return { ...parts, signedAttributes };
}

function readAnyHash(algorithm: DerNode | undefined): TokenHash | null {
  const oid = formatOid(readSequence(algorithm)[0]);
  return readHash(algorithm) ?? SIGNATURE_HASHES.get(oid ?? '') ?? null;
}
