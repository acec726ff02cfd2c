import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import { ok, type Result } from '../../../core/result.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { readCertificateTime } from '../x509/certificate-time.ts';
import { readSignatureScheme, type SignatureScheme } from '../x509/signature-scheme.ts';
import { readDetails, readExtensionList, readReason } from './crl.ts';
import { NONCE_OID } from './ocsp-request.ts';
import { failRevocation, type Revocation } from './revocation-fact.ts';

/** A basic OCSP response (RFC 6960 §4.2) as read: nothing in it is verified. */
export interface OcspResponse {
  readonly responder: ResponderId;
  readonly producedAt: Instant;
  readonly answers: readonly OcspAnswer[];
  readonly nonce: Uint8Array | null;
  readonly signed: Uint8Array;
  readonly scheme: SignatureScheme;
  readonly signature: Uint8Array;
  /** DER, in any order. */
  readonly certificates: readonly Uint8Array[];
}

export type ResponderId =
  | { readonly kind: 'name'; readonly der: Uint8Array }
  | { readonly kind: 'key'; readonly hash: Uint8Array };

/** About one certificate (SingleResponse). */
export interface OcspAnswer {
  readonly id: CertificateId;
  /** `unknown` is the responder's own word. */
  readonly state: 'good' | 'unknown' | Revocation;
  readonly thisUpdate: Instant;
  readonly nextUpdate: Instant | null;
}

export interface CertificateId {
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly issuerName: Uint8Array;
  readonly issuerKey: Uint8Array;
  readonly serial: Uint8Array;
}

/** SHA-1 only names the authority here; it protects nothing. */
const HASHES: Readonly<Record<string, CertificateId['hash']>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const BASIC = '1.3.6.1.5.5.7.48.1.1';
/** OCSPResponseStatus; 4 is not used. */
const STATUSES = [
  'successful',
  'malformedRequest',
  'internalError',
  'tryLater',
  'unused',
  'sigRequired',
  'unauthorized',
];
const CERTIFICATES_MAX = 10;
const ANSWERS_MAX = 100;

const malformed = (why: string): Result<never> =>
  failRevocation(`the OCSP answer is malformed: ${why}`);

/** Reads an answer strictly. */
export function readOcspResponse(bytes: Uint8Array): Result<OcspResponse> {
  if (bytes.length > LIMITS.ocspBytesMax)
    return failRevocation(`the OCSP answer has over ${LIMITS.ocspBytesMax} bytes`);
  const [status, wrapped] = readDer(bytes)?.children ?? [];
  if (status?.tag !== TAG.enumerated || status.content.length !== 1)
    return malformed('it is no OCSP response');
  const code = status.content[0] ?? -1;
  if (code !== 0) return failRevocation(`the OCSP responder says ${STATUSES[code] ?? 'an error'}`);
  const [type, octets] = wrapped?.tag === 0xa0 ? (wrapped.children[0]?.children ?? []) : [];
  if (formatOid(type) !== BASIC || octets?.tag !== TAG.octetString)
    return malformed('it is no basic response');
  const [data, algorithm, signature, certificates, ...more] =
    readDer(octets.content)?.children ?? [];
  if (data?.tag !== TAG.sequence || algorithm === undefined || more.length > 0)
    return malformed('its shape');
  const scheme = readSignatureScheme(algorithm);
  if (scheme === null)
    return failRevocation('the OCSP answer is signed by an algorithm that N32 excludes');
  if (signature?.tag !== TAG.bitString || signature.content[0] !== 0)
    return malformed('its signature');
  const list = certificates?.tag === 0xa0 ? certificates.children[0]?.children : [];
  if (list === undefined || list.length > CERTIFICATES_MAX) return malformed('its certificates');
  const read = readData(data);
  if (!read.ok) return read;
  return ok({
    ...read.value,
    signed: data.bytes,
    scheme,
    signature: signature.content.subarray(1),
    certificates: list.map((one) => one.bytes),
  });
}

type Data = Pick<OcspResponse, 'responder' | 'producedAt' | 'answers' | 'nonce'>;

/** ResponseData. */
function readData({ children }: DerNode): Result<Data> {
  const [first] = children;
  const [id, produced, responses, wrapped, ...more] =
    first?.tag === 0xa0 ? children.slice(1) : children;
  const responder = readResponder(id);
  const producedAt = readTime(produced);
  if (responder === null || producedAt === null || more.length > 0)
    return malformed('its responder or time');
  if (responses?.tag !== TAG.sequence || responses.children.length > ANSWERS_MAX)
    return malformed('its answers');
  const answers: OcspAnswer[] = [];
  for (const node of responses.children) {
    const answer = readAnswer(node);
    if (!answer.ok) return answer;
    if (answer.value !== null) answers.push(answer.value);
  }
  const found = readExtensionList(wrapped?.tag === 0xa1 ? wrapped.children[0] : undefined);
  if (found === null || (wrapped !== undefined && wrapped.tag !== 0xa1))
    return malformed('its extensions');
  const unknown = [...found].find(([oid, { critical }]) => critical && oid !== NONCE_OID);
  // mutant answer-with-an-unknown-critical-extension by ocsp: remove
  if (unknown !== undefined)
    return failRevocation(`the OCSP answer has the critical extension ${unknown[0]}`);
  const nonce = found.get(NONCE_OID)?.value;
  const inner = nonce === undefined ? null : readDer(nonce);
  // Before RFC 8954 some responders gave the octets without a second OCTET STRING.
  const value = nonce === undefined ? null : inner?.tag === TAG.octetString ? inner.content : nonce;
  return ok({ responder, producedAt, answers, nonce: value });
}

function readResponder(node: DerNode | undefined): ResponderId | null {
  const [inner] = node?.children ?? [];
  if (node?.tag === 0xa1 && inner?.tag === TAG.sequence) return { kind: 'name', der: inner.bytes };
  return node?.tag === 0xa2 && inner?.tag === TAG.octetString
    ? { kind: 'key', hash: inner.content }
    : null;
}

/** Null for a certificate that is named by a hash that we do not know. */
function readAnswer({ children }: DerNode): Result<OcspAnswer | null> {
  const [id, status, time, ...rest] = children;
  const [algorithm, name, key, serial] = id?.children ?? [];
  if (name?.tag !== TAG.octetString || key?.tag !== TAG.octetString || serial?.tag !== TAG.integer)
    return malformed('the certificate of an answer');
  const hash = getOwn(HASHES, formatOid(algorithm?.children[0]) ?? '');
  const thisUpdate = readTime(time);
  const ending = rest.find(({ tag }) => tag === 0xa0);
  const nextUpdate = ending === undefined ? null : readTime(ending.children[0]);
  if (thisUpdate === null || (ending !== undefined && nextUpdate === null))
    return malformed('the times of an answer');
  const found = readExtensionList(rest.find(({ tag }) => tag === 0xa1)?.children[0]);
  if (found === null) return malformed('the extensions of an answer');
  const details = readDetails(found);
  const unknown = [...found].find(([oid, { critical }]) => critical && !UNDERSTOOD.includes(oid));
  if (details === null) return malformed('the extensions of an answer');
  if (unknown !== undefined)
    return failRevocation(`the OCSP answer has the critical extension ${unknown[0]}`);
  const state = readState(status, details.invalidSince);
  if (state === null) return malformed('the state of an answer');
  if (hash === undefined) return ok(null);
  const named = { hash, issuerName: name.content, issuerKey: key.content, serial: serial.content };
  return ok({ id: named, state, thisUpdate, nextUpdate });
}

/** Extensions of entries of a list, which an answer may also have (RFC 6960 §4.4.5). */
const UNDERSTOOD: readonly string[] = ['2.5.29.21', '2.5.29.24'];

function readState(
  node: DerNode | undefined,
  invalidSince: Instant | null,
): OcspAnswer['state'] | null {
  if (node?.tag === 0x80 && node.content.length === 0) return 'good';
  if (node?.tag === 0x82 && node.content.length === 0) return 'unknown';
  if (node?.tag !== 0xa1) return null;
  const [time, why] = node.children;
  const at = readTime(time);
  const reason =
    why === undefined
      ? 'unspecified'
      : readReason(why.tag === 0xa0 ? (why.children[0] ?? null) : null);
  return at === null || reason === null ? null : { at, reason, invalidSince };
}

/** RFC 6960 §4.2.1: GeneralizedTime; some responders write a fraction, which adds nothing. */
function readTime(node: DerNode | undefined): Instant | null {
  if (node?.tag !== TAG.generalizedTime || node.content.length > 32) return null;
  return readCertificateTime(node);
}
