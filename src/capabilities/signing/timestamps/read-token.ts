import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import type { StapledAnswers } from '../revocation/check-chain.ts';
import { readGeneralizedTime } from './generalized-time.ts';

/** The hashes that a token may use: SHA-1 is none of them (N32). */
export type TokenHash = 'sha256' | 'sha384' | 'sha512';

/** A timestamp token (RFC 3161 section 2.4.2) as read: nothing in it is verified. */
export interface TimestampToken {
  /** What was stamped. */
  readonly imprint: { readonly hash: TokenHash; readonly digest: Uint8Array };
  /** Whatever the accuracy says, the time is between these two. */
  readonly earliest: Instant;
  readonly latest: Instant;
  /** The content of the number that the request gave, or null. */
  readonly nonce: Uint8Array | null;
  /** DER of the TSTInfo, which the message digest of the signer covers. */
  readonly content: Uint8Array;
  /** DER, in any order. */
  readonly certificates: readonly Uint8Array[];
  /** Lists and answers that came with it (RFC 5652 section 10.2.1, RFC 5940). */
  readonly stapled: StapledAnswers;
  readonly signer: TokenSigner;
}

/** The one SignerInfo (RFC 5652 section 5.3). */
export interface TokenSigner {
  readonly identifier: SignerIdentifier;
  readonly hash: TokenHash;
  /** DER of the signed attributes as a SET, which is what is signed (RFC 5652 section 5.4). */
  readonly signedAttributes: Uint8Array;
  readonly messageDigest: Uint8Array;
  /** The signing certificate that it names: `signing-certificate-v2` (RFC 5816). */
  readonly certificateHash: { readonly hash: TokenHash; readonly digest: Uint8Array };
  readonly signatureOid: string;
  readonly signature: Uint8Array;
}

export type SignerIdentifier =
  | { readonly kind: 'serial'; readonly issuer: Uint8Array; readonly serial: Uint8Array }
  | { readonly kind: 'key'; readonly identifier: Uint8Array };

const OID = {
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;
const HASHES: Readonly<Record<string, TokenHash>> = {
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const CONTEXT = (number: number): number => 0xa0 | number;
/** A policy whose tokens are accurate to a second unless they say otherwise (ETSI EN 319 421). */
const BASELINE_POLICY = '0.4.0.2023.1.1';
/** A token of a real authority has about 7 KiB. */
export const TOKEN_BYTES_MAX = LIMITS.timestampBytesMax;

const malformed = (why: string): CheckResult<never> =>
  reject('timestamp-malformed', `the timestamp is malformed: ${why}`);

/** Reads a TimeStampToken strictly: DER, one signer, and the attributes that RFC 3161 asks for. */
export function readTimestampToken(bytes: Uint8Array): CheckResult<TimestampToken> {
  if (bytes.length > TOKEN_BYTES_MAX) return malformed(`it has over ${TOKEN_BYTES_MAX} bytes`);
  const [type, wrapped] = readDer(bytes)?.children ?? [];
  const signedData = wrapped?.tag === CONTEXT(0) ? wrapped.children[0] : undefined;
  if (formatOid(type) !== OID.signedData || signedData === undefined)
    return malformed('it is no CMS signed data');
  const [, , encapsulated, ...others] = signedData.children;
  const [contentType, content] = encapsulated?.children ?? [];
  const octets = content?.tag === CONTEXT(0) ? content.children[0] : undefined;
  if (formatOid(contentType) !== OID.tstInfo || octets?.tag !== TAG.octetString)
    return malformed('it holds no TSTInfo');
  const info = readInfo(octets.content);
  if (!info.ok) return info;
  const certificates = others.find(({ tag }) => tag === CONTEXT(0))?.children ?? [];
  if (certificates.length > 2 * LIMITS.chainCertificatesMax)
    return malformed(`it has ${certificates.length} certificates`);
  const stapled = readStapled(others.find(({ tag }) => tag === CONTEXT(1)));
  const signers = others.at(-1);
  const [signerInfo, ...more] = signers?.tag === TAG.set ? signers.children : [];
  // mutant timestamp-of-two-signers by timestamp: remove operand 2
  if (signerInfo === undefined || more.length > 0) return malformed('it has not one signer');
  const signer = readSigner(signerInfo);
  if (!signer.ok) return signer;
  return accept({
    ...info.value,
    content: octets.content,
    certificates: certificates.map((one) => one.bytes),
    stapled,
    signer: signer.value,
  });
}

const STAPLED_MAX = 8;
/** id-ri-ocsp-response */
const OCSP_RESPONSE = '1.3.6.1.5.5.7.16.2';

function readStapled(node: DerNode | undefined): StapledAnswers {
  const choices = (node?.children ?? []).slice(0, STAPLED_MAX);
  return {
    crls: choices.flatMap((one) => (one.tag === TAG.sequence ? [one.bytes] : [])),
    ocsp: choices.flatMap(({ tag, children: [format, info] }) =>
      tag === CONTEXT(1) && formatOid(format) === OCSP_RESPONSE && info !== undefined
        ? [info.bytes]
        : [],
    ),
  };
}

type Info = Pick<TimestampToken, 'imprint' | 'earliest' | 'latest' | 'nonce'>;

/** RFC 3161 section 2.4.2. */
function readInfo(bytes: Uint8Array): CheckResult<Info> {
  const [version, policy, imprint, serial, time, ...rest] = readDer(bytes)?.children ?? [];
  if (version?.tag !== TAG.integer || version.content.length !== 1 || version.content[0] !== 1)
    return malformed('its TSTInfo has another version');
  const policyOid = formatOid(policy);
  const [algorithm, digest] = imprint?.children ?? [];
  const hash = readHash(algorithm);
  if (policyOid === null || serial?.tag !== TAG.integer) return malformed('its TSTInfo');
  if (hash === null || digest?.tag !== TAG.octetString)
    return malformed('its imprint, or the hash of its imprint is not accepted');
  const at = readGeneralizedTime(time);
  if (at === null) return malformed('its time');
  const accuracy = readAccuracy(rest[0], policyOid === BASELINE_POLICY ? 1_000 : 0);
  if (accuracy === null) return malformed('its accuracy');
  return accept({
    imprint: { hash, digest: digest.content },
    earliest: (at - accuracy) as Instant,
    latest: (at + accuracy) as Instant,
    nonce: rest.find(({ tag }) => tag === TAG.integer)?.content ?? null,
  });
}

/** In milliseconds, rounded up; `fallback` where it is left out. */
function readAccuracy(node: DerNode | undefined, fallback: number): number | null {
  if (node?.tag !== TAG.sequence) return fallback;
  let milliseconds = 0;
  for (const { tag, content } of node.children) {
    const value = readCount(content);
    if (value === null) return null;
    if (tag === TAG.integer) milliseconds += value * 1_000;
    else if (tag === 0x80) milliseconds += value;
    else if (tag === 0x81) milliseconds += Math.ceil(value / 1_000);
    else return null;
  }
  return milliseconds;
}

/** A number that is not negative and not absurd. */
function readCount(content: Uint8Array): number | null {
  const [first] = content;
  if (first === undefined || first >= 0x80 || content.length > 4) return null;
  return content.reduce((value, byte) => value * 256 + byte, 0);
}

/** RFC 5652 section 5.3: the version of a SignerInfo says how the signer is named. */
export const SIGNER_VERSIONS: Readonly<Record<SignerIdentifier['kind'], number>> = {
  serial: 1,
  key: 3,
};

function readSigner(node: DerNode): CheckResult<TokenSigner> {
  const [version, sid, digestAlgorithm, attributes, signatureAlgorithm, signature] = node.children;
  const identifier = readIdentifier(sid);
  const hash = readHash(digestAlgorithm);
  const isVersion =
    version?.content.length === 1 &&
    version.content[0] === SIGNER_VERSIONS[identifier?.kind ?? 'key'];
  if (version?.tag !== TAG.integer || identifier === null || !isVersion)
    return malformed('its signer');
  if (hash === null) return malformed('the hash of its signer is not accepted');
  // mutant timestamp-without-signed-attributes by timestamp: remove
  if (attributes?.tag !== CONTEXT(0)) return malformed('its signer has no signed attributes');
  const values = readAttributes(attributes);
  if (values === null) return malformed('its signed attributes');
  const [contentType, messageDigest] = [values.get(OID.contentType), values.get(OID.messageDigest)];
  // mutant timestamp-content-type-is-signed by timestamp: condition -> false
  if (formatOid(contentType) !== OID.tstInfo)
    return malformed('its signed attributes name another content');
  if (messageDigest?.tag !== TAG.octetString) return malformed('it signs no message digest');
  const certificateHash = readCertificateHash(values.get(OID.signingCertificateV2));
  if (certificateHash === null)
    return malformed('it names no signing certificate by signing-certificate-v2 (N47)');
  const signatureOid = formatOid(signatureAlgorithm?.children[0]);
  if (signatureOid === null || signature?.tag !== TAG.octetString)
    return malformed('its signature');
  return accept({
    identifier,
    hash,
    signedAttributes: Uint8Array.from([TAG.set, ...attributes.bytes.subarray(1)]),
    messageDigest: messageDigest.content,
    certificateHash,
    signatureOid,
    signature: signature.content,
  });
}

/** How a SignerInfo names its certificate (RFC 5652 section 5.3). */
export function readIdentifier(node: DerNode | undefined): SignerIdentifier | null {
  if (node?.tag === 0x80) return { kind: 'key', identifier: node.content };
  const [issuer, serial] = node?.tag === TAG.sequence ? node.children : [];
  if (issuer?.tag !== TAG.sequence || serial?.tag !== TAG.integer) return null;
  return { kind: 'serial', issuer: issuer.bytes, serial: serial.content };
}

/** The one value of each attribute, by its type; null where one has not one, or occurs twice. */
export function readAttributes(node: DerNode): ReadonlyMap<string, DerNode> | null {
  const values = new Map<string, DerNode>();
  for (const { children } of node.children) {
    const [type, set] = children;
    const oid = formatOid(type);
    const [value, ...more] = set?.tag === TAG.set ? set.children : [];
    if (oid === null || value === undefined || values.has(oid)) return null;
    // Others may have several values.
    if (more.length === 0) values.set(oid, value);
  }
  return values;
}

/** RFC 5035 section 3: the first certificate is the signer's; its hash is SHA-256 by default. */
function readCertificateHash(node: DerNode | undefined): TokenSigner['certificateHash'] | null {
  const [first] = node?.children[0]?.children ?? [];
  const [one, two] = first?.children ?? [];
  const [algorithm, digest] = one?.tag === TAG.sequence ? [one, two] : [undefined, one];
  const hash = algorithm === undefined ? 'sha256' : readHash(algorithm);
  if (hash === null || digest?.tag !== TAG.octetString) return null;
  return { hash, digest: digest.content };
}

/** The accepted hash of an AlgorithmIdentifier, or null. */
export function readHash(algorithm: DerNode | undefined): TokenHash | null {
  const oid = formatOid(algorithm?.tag === TAG.sequence ? algorithm.children[0] : undefined);
  return oid === null ? null : (getOwn(HASHES, oid) ?? null);
}
