import { createHash, createPublicKey, type KeyObject, sign as nodeSign } from 'node:crypto';
import { Attributes, CertificationRequest, CertificationRequestInfo } from '@peculiar/asn1-csr';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectKeyIdentifier,
  id_kp_codeSigning,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';
import type { Instant } from '../../../core/instant.ts';
import { getOwn } from '../../../core/own.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { NAME_OIDS, parseNameText } from './distinguished-name.ts';

/**
 * A certificate to make. The caller gives the serial number and the times: randomness and time are
 * arguments.
 */
export interface CertificatePlan {
  readonly subject: Name;
  readonly publicKey: KeyObject;
  /** Positive, at most 20 octets (RFC 5280 §4.1.2.2). */
  readonly serial: Uint8Array;
  readonly validFrom: Instant;
  readonly validUntil: Instant;
  readonly extensions: readonly Extension[];
}

export interface Issuer {
  readonly name: Name;
  readonly privateKey: KeyObject;
}

/** The DER of a certificate, signed by `issuer` with SHA-256. */
export function buildCertificate(plan: CertificatePlan, issuer: Issuer): Uint8Array {
  const signature = selectSignatureAlgorithm(issuer.privateKey);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: toExactBuffer(plan.serial),
    signature,
    issuer: issuer.name,
    validity: new Validity({
      notBefore: new Date(plan.validFrom),
      notAfter: new Date(plan.validUntil),
    }),
    subject: plan.subject,
    subjectPublicKeyInfo: buildPublicKeyInfo(plan.publicKey),
    extensions: new Extensions([...plan.extensions]),
  });
  const signed = nodeSign(
    'sha256',
    Buffer.from(AsnConvert.serialize(tbsCertificate)),
    issuer.privateKey,
  );
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: toExactBuffer(signed),
  });
  return new Uint8Array(AsnConvert.serialize(certificate));
}

/**
 * What an authority needs (N29): critical CA=true and keyCertSign; an authority that is not a root
 * also names the key of its issuer.
 */
export function buildAuthorityExtensions(
  publicKey: KeyObject,
  pathLength: number | null,
  issuerKey: KeyObject | null = null,
): readonly Extension[] {
  const constraints = new BasicConstraints({
    cA: true,
    ...(pathLength === null ? {} : { pathLenConstraint: pathLength }),
  });
  return [
    buildExtension(id_ce_basicConstraints, true, constraints),
    buildExtension(
      id_ce_keyUsage,
      true,
      new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
    ),
    buildSubjectKeyExtension(publicKey),
    ...(issuerKey === null ? [] : [buildAuthorityKeyExtension(issuerKey)]),
  ];
}

/** What a signing leaf needs (N30, N31): only digitalSignature, critical, and codeSigning. */
export function buildSignerExtensions(
  publicKey: KeyObject,
  issuerKey: KeyObject,
): readonly Extension[] {
  return [
    buildExtension(id_ce_basicConstraints, true, new BasicConstraints({ cA: false })),
    buildExtension(id_ce_keyUsage, true, new KeyUsage(KeyUsageFlags.digitalSignature)),
    buildExtension(id_ce_extKeyUsage, false, new ExtendedKeyUsage([id_kp_codeSigning])),
    buildSubjectKeyExtension(publicKey),
    buildAuthorityKeyExtension(issuerKey),
  ];
}

export function buildExtension(oid: string, critical: boolean, value: object): Extension {
  return new Extension({
    extnID: oid,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

function buildSubjectKeyExtension(publicKey: KeyObject): Extension {
  return buildExtension(
    id_ce_subjectKeyIdentifier,
    false,
    new SubjectKeyIdentifier(computeKeyIdentifier(publicKey)),
  );
}

function buildAuthorityKeyExtension(issuerKey: KeyObject): Extension {
  const keyId = new KeyIdentifier(computeKeyIdentifier(issuerKey));
  return buildExtension(
    id_ce_authorityKeyIdentifier,
    false,
    new AuthorityKeyIdentifier({ keyIdentifier: keyId }),
  );
}

/** RFC 7093 §2 (1): the leftmost 160 bits of SHA-256 over the key's bits. */
function computeKeyIdentifier(key: KeyObject): ArrayBuffer {
  const bits = new Uint8Array(buildPublicKeyInfo(key).subjectPublicKey);
  return toExactBuffer(createHash('sha256').update(bits).digest().subarray(0, 20));
}

/** A PKCS#10 request (RFC 2986) for `privateKey`'s certificate, DER. */
export function buildRequest(subject: Name, privateKey: KeyObject): Uint8Array {
  const certificationRequestInfo = new CertificationRequestInfo({
    subject,
    subjectPKInfo: buildPublicKeyInfo(createPublicKey(privateKey)),
    attributes: new Attributes(),
  });
  const signed = nodeSign(
    'sha256',
    Buffer.from(AsnConvert.serialize(certificationRequestInfo)),
    privateKey,
  );
  const request = new CertificationRequest({
    certificationRequestInfo,
    signatureAlgorithm: selectSignatureAlgorithm(privateKey),
    signature: toExactBuffer(signed),
  });
  return new Uint8Array(AsnConvert.serialize(request));
}

/**
 * A subject from its text, with the country first as in certificates. Notation needs C, ST and O to
 * match a signer (N42), so a subject without them is refused here and not only at verification.
 *
 * @example buildName('CN=release,O=Shop,ST=WA,C=US')
 */
export function buildName(text: string): Result<Name> {
  const parsed = parseNameText(text);
  if (!parsed.ok) return parsed;
  const missing = ['C', 'ST', 'O'].filter((type) => !parsed.value.has(type));
  const unknown = [...parsed.value.keys()].filter((type) => !Object.hasOwn(NAME_OIDS, type));
  if (
    missing.length > 0 ||
    unknown.length > 0 ||
    !/^[A-Za-z]{2}$/.test(parsed.value.get('C') ?? '')
  ) {
    const why = `the subject ${JSON.stringify(text.slice(0, 200))} needs C (two letters), ST and O`;
    return fail(
      'USAGE',
      `${why}; other types: ${Object.keys(NAME_OIDS).join(', ')}`,
      'Write CN=release,O=Shop,ST=WA,C=US.',
    );
  }
  const rdns = [...parsed.value].reverse().map(([type, value]) => {
    const attribute = new AttributeTypeAndValue({
      type: getOwn(NAME_OIDS, type) ?? '',
      value: buildAttributeValue(type, value),
    });
    return new RelativeDistinguishedName([attribute]);
  });
  return ok(new Name(rdns));
}

/** RFC 5280 appendix A.1: the country and the serial number are PrintableStrings. */
function buildAttributeValue(type: string, value: string): AttributeValue {
  const printable = type === 'C' || type === 'SERIALNUMBER';
  return new AttributeValue(printable ? { printableString: value } : { utf8String: value });
}

function buildPublicKeyInfo(key: KeyObject): SubjectPublicKeyInfo {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return AsnConvert.parse(publicKey.export({ format: 'der', type: 'spki' }), SubjectPublicKeyInfo);
}

function selectSignatureAlgorithm(key: KeyObject): AlgorithmIdentifier {
  if (key.asymmetricKeyType === 'ec')
    return new AlgorithmIdentifier({ algorithm: '1.2.840.10045.4.3.2' });
  return new AlgorithmIdentifier({ algorithm: '1.2.840.113549.1.1.11', parameters: null });
}

function toExactBuffer(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
