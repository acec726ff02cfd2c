import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { type DerNode, formatOid, readDer, TAG } from '../../../formats/der/der.ts';
import { readPem } from '../../../formats/der/pem.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { type SignatureAlgorithm, selectAlgorithm } from './algorithm.ts';
import { readCertificateTime } from './certificate-time.ts';
import { formatName, type NameAttribute, readName } from './distinguished-name.ts';
import { readSignatureScheme, type SignatureScheme } from './signature-scheme.ts';

/** One certificate (RFC 5280 §4.1), read strictly; nothing in it is trusted yet. */
export interface Certificate {
  readonly der: Uint8Array;
  /** SHA-256 of the DER, lower-case hex. */
  readonly thumbprint: string;
  readonly version: 1 | 2 | 3;
  readonly subject: readonly NameAttribute[];
  /** The subject as notation prints it. */
  readonly subjectText: string;
  readonly subjectDer: Uint8Array;
  readonly issuerDer: Uint8Array;
  /** The content of the serial number, as written. */
  readonly serial: Uint8Array;
  /** The bits of the public key, without its algorithm; responders hash them. */
  readonly keyBits: Uint8Array;
  readonly notBefore: Instant;
  readonly notAfter: Instant;
  readonly publicKey: KeyObject;
  /** Null when the key may not sign (N16). */
  readonly algorithm: SignatureAlgorithm | null;
  /** How its issuer signed it, or null for digests and schemes that are not accepted (N32). */
  readonly signedWith: SignatureScheme['kind'] | null;
  readonly extensions: ReadonlyMap<string, CertificateExtension>;
  /** The certificate as OpenSSL reads it, to check the link to an issuer. */
  readonly handle: X509Certificate;
}

export interface CertificateExtension {
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** @example parseCertificate(der) */
export function parseCertificate(der: Uint8Array): Result<Certificate> {
  if (der.length > LIMITS.certificateBytesMax) {
    return fail(
      'LIMIT_EXCEEDED',
      `a certificate of ${der.length} bytes`,
      'Certificates have at most 64 KiB.',
    );
  }
  const root = readDer(der);
  if (root === null) return malformed('it is not DER');
  const [tbs, outer, signature] = root.children;
  if (root.tag !== TAG.sequence || root.children.length !== 3 || tbs === undefined)
    return malformed('its shape');
  if (outer === undefined || signature?.tag !== TAG.bitString) return malformed('its shape');
  return readFields(der, tbs, outer);
}

function readFields(der: Uint8Array, tbs: DerNode, outer: DerNode): Result<Certificate> {
  const version = readVersion(tbs.children[0]);
  const fields = version === 1 ? tbs.children : tbs.children.slice(1);
  const [serial, inner, issuer, validity, subject, spki, ...rest] = fields;
  if (version === null || serial?.tag !== TAG.integer)
    return malformed('its version or serial number is malformed');
  if (inner === undefined || !Buffer.from(inner.bytes).equals(outer.bytes)) {
    return malformed('the two signature algorithms differ (RFC 5280 §4.1.1.2)');
  }
  const attributes = subject?.tag === TAG.sequence ? readName(subject) : null;
  if (
    issuer?.tag !== TAG.sequence ||
    readName(issuer) === null ||
    subject === undefined ||
    attributes === null
  ) {
    return malformed('its names');
  }
  const [notBefore, notAfter] = [
    readCertificateTime(validity?.children[0]),
    readCertificateTime(validity?.children[1]),
  ];
  if (notBefore === null || notAfter === null || validity?.children.length !== 2)
    return malformed('its validity');
  const extensions = readExtensions(rest, version);
  if (extensions === null)
    return malformed('its extensions are malformed, or one of them occurs twice');
  const handle = open(der);
  if (handle === null || spki === undefined) return malformed('its public key is malformed');
  return ok({
    der,
    thumbprint: createHash('sha256').update(der).digest('hex'),
    version,
    subject: attributes,
    subjectText: formatName(attributes),
    subjectDer: subject.bytes,
    issuerDer: issuer.bytes,
    serial: serial.content,
    keyBits: readKeyBits(spki),
    notBefore,
    notAfter,
    publicKey: handle.publicKey,
    algorithm: hasNamedParameters(spki) ? selectAlgorithm(handle.publicKey) : null,
    signedWith: readSignatureScheme(outer)?.kind ?? null,
    extensions,
    handle: handle.certificate,
  });
}

function readVersion(node: DerNode | undefined): 1 | 2 | 3 | null {
  if (node === undefined) return null;
  if (node.tag !== 0xa0) return 1;
  const [number] = node.children;
  const value =
    number?.tag === TAG.integer && number.content.length === 1 ? number.content[0] : undefined;
  return value === 1 ? 2 : value === 2 ? 3 : null; // v1 is the default, and DER omits defaults
}

function open(der: Uint8Array): { certificate: X509Certificate; publicKey: KeyObject } | null {
  try {
    const certificate = new X509Certificate(der);
    return { certificate, publicKey: certificate.publicKey };
  } catch {
    return null;
  }
}

/** Null when they are malformed or one occurs twice (RFC 5280 §4.2). */
function readExtensions(
  rest: readonly DerNode[],
  version: 1 | 2 | 3,
): ReadonlyMap<string, CertificateExtension> | null {
  const found = new Map<string, CertificateExtension>();
  const wrapped = rest.filter((node) => node.tag === 0xa3);
  const others = rest.filter((node) => node.tag !== 0xa3 && node.tag !== 0x81 && node.tag !== 0x82);
  if (wrapped.length > 1 || others.length > 0 || (wrapped.length === 1 && version !== 3))
    return null;
  for (const node of wrapped[0]?.children[0]?.children ?? []) {
    const critical = node.children.length === 3;
    const [oid, flag] = node.children;
    const value = node.children.at(-1);
    const type = formatOid(oid);
    if (type === null || found.has(type) || value?.tag !== TAG.octetString) return null;
    if (critical && (flag?.tag !== TAG.boolean || flag.content[0] !== 0xff)) return null;
    if (node.children.length < 2 || node.children.length > 3) return null;
    found.set(type, { critical, value: value.content });
  }
  return found;
}

/** The content of a BIT STRING begins with the number of bits that it does not use. */
function readKeyBits(spki: DerNode): Uint8Array {
  return spki.children[1]?.content.subarray(1) ?? new Uint8Array();
}

/**
 * RFC 5480 §2.1.1: a curve is named, never given by its parameters, so that no signer can choose
 * its generator.
 */
function hasNamedParameters(spki: DerNode): boolean {
  const [algorithm] = spki.children;
  const type = formatOid(algorithm?.children[0]);
  return (
    type === '1.2.840.113549.1.1.1' ||
    (type === '1.2.840.10045.2.1' && algorithm?.children[1]?.tag === TAG.oid)
  );
}

/**
 * The certificates of a file: PEM with one or more, or one in DER.
 *
 * @example parseCertificates(await readFile('root.crt'))
 */
export function parseCertificates(bytes: Uint8Array): Result<readonly Certificate[]> {
  const ders = bytes[0] === TAG.sequence ? [bytes] : readPemCertificates(bytes);
  if (ders === null || ders.length === 0) return malformed('the file is neither PEM nor DER');
  if (ders.length > LIMITS.trustStoreCertificatesMax) {
    return fail('LIMIT_EXCEEDED', `${ders.length} certificates in one file`, 'Split the file.');
  }
  const certificates: Certificate[] = [];
  for (const der of ders) {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return certificate;
    certificates.push(certificate.value);
  }
  return ok(certificates);
}

function readPemCertificates(bytes: Uint8Array): readonly Uint8Array[] | null {
  const text = decodeUtf8(bytes);
  const blocks = text.ok ? readPem(text.value) : null;
  if (blocks === null || blocks.some((block) => block.label !== 'CERTIFICATE')) return null;
  return blocks.map((block) => block.bytes);
}

function malformed(why: string): Result<never> {
  return fail('CERTIFICATE_INVALID', `not a certificate: ${why}`, 'Export it again as DER or PEM.');
}
