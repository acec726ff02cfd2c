import { createHash } from 'node:crypto';
import { AsnConvert } from '@peculiar/asn1-schema';
import {
  AuthorityKeyIdentifier,
  BasicConstraints,
  ExtendedKeyUsage,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { readDer } from '../../../formats/der/der.ts';
import { type Certificate, parseCertificate } from './certificate.ts';

/** What a chain is asked to vouch for. */
export type ChainPurpose = 'code-signing' | 'timestamping';

/** Why a chain is refused: stable codes. */
export type ChainFlaw =
  | 'certificate-malformed'
  | 'chain-length'
  | 'chain-incomplete'
  | 'chain-order'
  | 'link-signature'
  | 'key-identifier'
  | 'not-a-ca'
  | 'path-length'
  | 'key-usage'
  | 'extended-key-usage'
  | 'critical-extension'
  | 'name-constraints'
  | 'weak-digest'
  | 'weak-key'
  | 'certificate-not-yet-valid'
  | 'certificate-expired';

/**
 * A chain in which every link, constraint and usage holds. Whether its root is trusted is another
 * question.
 */
export interface ValidatedChain {
  /** Leaf first. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** The span in which every certificate is valid; N33: they need not nest. */
  readonly validFrom: Instant;
  readonly validUntil: Instant;
  /** Whether a certificate names a place to ask about revocation (N48). */
  readonly revocable: boolean;
}

export type ChainCheck =
  | { readonly ok: true; readonly chain: ValidatedChain }
  | { readonly ok: false; readonly flaw: ChainFlaw; readonly message: string };

/**
 * Certificate path validation (RFC 5280 §6.1 as far as signing needs it) and the rules of Notary
 * Project N29–N34, at one moment.
 *
 * @example validateChain([leaf, intermediate, root], 'code-signing', now)
 */
export function validateChain(
  chain: readonly Uint8Array[],
  purpose: ChainPurpose,
  at: Instant,
): Result<ValidatedChain> {
  const path = checkPath(chain, purpose);
  const checked = path.ok ? (checkValidity(path.chain, at) ?? path) : path;
  if (checked.ok) return ok(checked.chain);
  return fail(
    'CERTIFICATE_INVALID',
    `${checked.flaw}: ${checked.message}`,
    'Use a chain that the rules accept.',
  );
}

/**
 * What was found of chains by their bytes: one key signs thousands of images, and its chain is
 * always the same one.
 */
const CHECKED = new Map<string, ChainCheck>();
const CHECKED_MAX = 256;
/** Longer ones are checked each time: strangers may send as many as they like. */
const CHECKED_BYTES_MAX = 32 * 1024;

/**
 * All rules but time. Whoever sends other chains all the time makes this forget, and nothing else.
 */
export function checkPath(chain: readonly Uint8Array[], purpose: ChainPurpose): ChainCheck {
  const bytes = chain.reduce((sum, { length }) => sum + length, 0);
  if (chain.length > LIMITS.chainCertificatesMax || bytes > CHECKED_BYTES_MAX)
    return examinePath(chain, purpose);
  const hash = createHash('sha256').update(
    `${purpose} ${chain.map(({ length }) => length).join()} `,
  );
  for (const der of chain) hash.update(der);
  const key = hash.digest('base64');
  const known = CHECKED.get(key);
  if (known !== undefined) return known;
  const check = examinePath(chain, purpose);
  CHECKED.set(key, check);
  const [oldest] = CHECKED.keys();
  if (CHECKED.size > CHECKED_MAX && oldest !== undefined) CHECKED.delete(oldest);
  return check;
}

function examinePath(chain: readonly Uint8Array[], purpose: ChainPurpose): ChainCheck {
  if (chain.length === 0 || chain.length > LIMITS.chainCertificatesMax) {
    return makeFlaw(
      'chain-length',
      `a chain of ${chain.length} certificates; 1 to ${LIMITS.chainCertificatesMax} may be`,
    );
  }
  const certificates: Certificate[] = [];
  for (const der of chain) {
    const parsed = parseCertificate(der);
    if (!parsed.ok) return makeFlaw('certificate-malformed', parsed.failure.message);
    certificates.push(parsed.value);
  }
  const [leaf, ...issuers] = certificates;
  if (leaf === undefined) return makeFlaw('chain-length', 'an empty chain');
  const bad =
    findFirstFlaw(certificates.map((certificate) => () => checkCertificate(certificate))) ??
    checkLinks(certificates) ??
    findFirstFlaw(
      issuers.map((issuer, below) => () => checkIssuer(issuer, issuers.slice(0, below))),
    ) ??
    checkLeaf(leaf, purpose) ??
    findFirstFlaw(issuers.slice(0, -1).map((issuer) => () => checkIssuerPurpose(issuer, purpose)));
  return bad ?? { ok: true, chain: buildValidatedChain([leaf, ...issuers]) };
}

function buildValidatedChain(
  certificates: readonly [Certificate, ...Certificate[]],
): ValidatedChain {
  // a root cannot be revoked by itself
  const ends = certificates.length > 1 ? certificates.slice(0, -1) : certificates;
  return {
    certificates,
    validFrom: Math.max(...certificates.map((certificate) => certificate.notBefore)) as Instant,
    validUntil: Math.min(...certificates.map((certificate) => certificate.notAfter)) as Instant,
    revocable: ends.some((certificate) =>
      REVOCATION.some((oid) => certificate.extensions.has(oid)),
    ),
  };
}

/** authorityInfoAccess and cRLDistributionPoints. */
const REVOCATION = ['1.3.6.1.5.5.7.1.1', '2.5.29.31'];

/**
 * RFC 5280 §6.1.3 (a)(2): every certificate is within its validity, both ends included. Null where
 * all are.
 */
export function checkValidity(
  chain: ValidatedChain,
  at: Instant,
): (ChainCheck & { ok: false }) | null {
  for (const certificate of chain.certificates) {
    const subject = certificate.subjectText;
    if (at < certificate.notBefore) {
      return makeFlaw(
        'certificate-not-yet-valid',
        `${subject} is valid from ${formatInstant(certificate.notBefore)}`,
      );
    }
    if (at > certificate.notAfter) {
      return makeFlaw(
        'certificate-expired',
        `${subject} was valid until ${formatInstant(certificate.notAfter)}`,
      );
    }
  }
  return null;
}

const UNDERSTOOD = new Set<string>([
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  // with the initial any-policy set these cannot fail a path (RFC 5280 §6.1.1 (c))
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
]);

function checkCertificate(certificate: Certificate): (ChainCheck & { ok: false }) | null {
  const name = certificate.subjectText;
  if (certificate.signedWith === null)
    return makeFlaw('weak-digest', `${name} is signed by an algorithm that N32 excludes`);
  if (certificate.extensions.has(id_ce_nameConstraints)) {
    return makeFlaw(
      'name-constraints',
      `${name} has name constraints, which this version cannot check`,
    );
  }
  for (const [oid, { critical }] of certificate.extensions) {
    if (critical && !UNDERSTOOD.has(oid))
      return makeFlaw('critical-extension', `${name} has the critical extension ${oid}`);
  }
  return null;
}

/**
 * RFC 5280 §6.1.3 (a)(1) and (4), N21, N32: each certified by the next, one self-signed root, and
 * that one last.
 */
function checkLinks(certificates: readonly Certificate[]): (ChainCheck & { ok: false }) | null {
  for (const [index, certificate] of certificates.entries()) {
    const last = index === certificates.length - 1;
    const issuer = last ? certificate : certificates[index + 1];
    const name = certificate.subjectText;
    if (issuer === undefined || !isSameBytes(certificate.issuerDer, issuer.subjectDer)) {
      return last
        ? makeFlaw('chain-incomplete', `the last certificate, ${name}, is not self-signed`)
        : makeFlaw('chain-order', `${name} is not issued by the certificate after it`);
    }
    if (certificate.subjectDer.length <= 2)
      return makeFlaw('chain-order', 'a certificate has an empty subject');
    if (!isUsableKey(issuer))
      return makeFlaw('weak-key', `${issuer.subjectText} has a key that N16 excludes`);
    if (!isSignedBy(certificate, issuer)) {
      return last
        ? makeFlaw('chain-incomplete', `the last certificate, ${name}, is not self-signed`)
        : makeFlaw('link-signature', `the signature of ${name} is not by the certificate after it`);
    }
    if (
      !last &&
      isSameBytes(certificate.subjectDer, certificate.issuerDer) &&
      isSignedBy(certificate, certificate)
    ) {
      return makeFlaw('chain-order', `${name} is self-signed and is not the last certificate`);
    }
    const identifiers = checkIdentifiers(certificate, issuer);
    if (identifiers !== null) return identifiers;
  }
  return null;
}

function isSignedBy(certificate: Certificate, issuer: Certificate): boolean {
  const rsa = issuer.publicKey.asymmetricKeyType === 'rsa';
  if (rsa !== (certificate.signedWith !== 'ecdsa')) return false;
  try {
    return certificate.handle.verify(issuer.publicKey);
  } catch {
    return false;
  }
}

/** Keys of issuers may have sizes that signing keys may not, but never weaker ones. */
function isUsableKey(certificate: Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type === 'ec') return certificate.algorithm !== null;
  const bits = details?.modulusLength ?? 0;
  return type === 'rsa' && bits >= 2_048 && bits <= 8_192 && (details?.publicExponent ?? 0n) >= 3n;
}

/** RFC 5280 §4.2.1.1: where both are given, they agree. */
function checkIdentifiers(
  certificate: Certificate,
  issuer: Certificate,
): (ChainCheck & { ok: false }) | null {
  const wanted = readExtension(certificate, id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier);
  const given = readExtension(issuer, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier);
  if (wanted === 'malformed' || given === 'malformed') {
    return makeFlaw('certificate-malformed', `a key identifier of ${certificate.subjectText}`);
  }
  if (wanted?.keyIdentifier === undefined || given === null) return null;
  if (isSameBytes(new Uint8Array(wanted.keyIdentifier.buffer), new Uint8Array(given.buffer)))
    return null;
  return makeFlaw('key-identifier', `${certificate.subjectText} names another key of its issuer`);
}

/** N29, RFC 5280 §6.1.4 (k)–(n). `below` are the intermediates between it and the leaf. */
function checkIssuer(
  issuer: Certificate,
  below: readonly Certificate[],
): (ChainCheck & { ok: false }) | null {
  const name = issuer.subjectText;
  const constraints = readExtension(issuer, id_ce_basicConstraints, BasicConstraints);
  if (
    issuer.version !== 3 ||
    constraints === null ||
    constraints === 'malformed' ||
    !constraints.cA
  ) {
    return makeFlaw('not-a-ca', `${name} is not a certification authority`);
  }
  if (issuer.extensions.get(id_ce_basicConstraints)?.critical !== true) {
    return makeFlaw('not-a-ca', `the basic constraints of ${name} are not critical`);
  }
  const allowed = constraints.pathLenConstraint;
  // RFC 5280 §4.2.1.9: self-issued intermediates are not counted.
  const length = below.filter(
    (certificate) => !isSameBytes(certificate.subjectDer, certificate.issuerDer),
  ).length;
  if (allowed !== undefined && (!Number.isSafeInteger(allowed) || allowed < length)) {
    return makeFlaw(
      'path-length',
      `${name} allows ${allowed} intermediates below it; there are ${length}`,
    );
  }
  const usage = readKeyUsage(issuer);
  if (usage === null || (usage & KeyUsageFlags.keyCertSign) === 0) {
    return makeFlaw('key-usage', `the key usage of ${name} is not critical or lacks keyCertSign`);
  }
  return null;
}

const EXCLUDED_USAGES =
  KeyUsageFlags.keyEncipherment |
  KeyUsageFlags.dataEncipherment |
  KeyUsageFlags.keyAgreement |
  KeyUsageFlags.keyCertSign |
  KeyUsageFlags.cRLSign |
  KeyUsageFlags.encipherOnly |
  KeyUsageFlags.decipherOnly;

/** N30, N31, N34. */
function checkLeaf(leaf: Certificate, purpose: ChainPurpose): (ChainCheck & { ok: false }) | null {
  const name = leaf.subjectText;
  if (leaf.algorithm === null) return makeFlaw('weak-key', `${name} has a key that N16 excludes`);
  const constraints = readExtension(leaf, id_ce_basicConstraints, BasicConstraints);
  if (constraints === 'malformed')
    return makeFlaw('certificate-malformed', `the basic constraints of ${name}`);
  if (constraints !== null && (constraints.cA || constraints.pathLenConstraint !== undefined)) {
    return makeFlaw('key-usage', `${name} is a certification authority and may not sign content`);
  }
  const usage = readKeyUsage(leaf);
  if (
    usage === null ||
    (usage & KeyUsageFlags.digitalSignature) === 0 ||
    (usage & EXCLUDED_USAGES) !== 0
  ) {
    return makeFlaw(
      'key-usage',
      `the key usage of ${name} is not critical, lacks digitalSignature or has more`,
    );
  }
  return purpose === 'timestamping' ? checkTimestampingUsage(leaf) : checkSigningUsage(leaf);
}

const ANY = '2.5.29.37.0';
const PURPOSES = '1.3.6.1.5.5.7.3';
/**
 * serverAuth, clientAuth, emailProtection, timeStamping, and OCSPSigning as the reference
 * implementation adds.
 */
const EXCLUDED_PURPOSES = new Set([ANY, ...[1, 2, 4, 8, 9].map((last) => `${PURPOSES}.${last}`)]);

function checkSigningUsage(leaf: Certificate): (ChainCheck & { ok: false }) | null {
  const purposes = readPurposes(leaf);
  if (purposes === 'malformed')
    return makeFlaw('certificate-malformed', `the extended key usage of ${leaf.subjectText}`);
  const excluded = purposes?.find((purpose) => EXCLUDED_PURPOSES.has(purpose));
  return excluded === undefined
    ? null
    : makeFlaw(
        'extended-key-usage',
        `${leaf.subjectText} has the extended key usage ${excluded}, which N31 excludes`,
      );
}

function checkTimestampingUsage(leaf: Certificate): (ChainCheck & { ok: false }) | null {
  const purposes = readPurposes(leaf);
  const critical = leaf.extensions.get(id_ce_extKeyUsage)?.critical === true;
  const only = Array.isArray(purposes) && purposes.length === 1 && purposes[0] === `${PURPOSES}.8`;
  return critical && only
    ? null
    : makeFlaw(
        'extended-key-usage',
        `${leaf.subjectText} is not for timestamping alone, critically (N34)`,
      );
}

/**
 * An intermediate that is limited to other purposes cannot vouch for this one, as OpenSSL and web
 * browsers have it.
 */
function checkIssuerPurpose(
  issuer: Certificate,
  purpose: ChainPurpose,
): (ChainCheck & { ok: false }) | null {
  const purposes = readPurposes(issuer);
  const wanted = purpose === 'timestamping' ? `${PURPOSES}.8` : `${PURPOSES}.3`;
  if (
    purposes === null ||
    (purposes !== 'malformed' && (purposes.includes(wanted) || purposes.includes(ANY)))
  )
    return null;
  return makeFlaw(
    'extended-key-usage',
    `${issuer.subjectText} may not issue certificates for ${purpose}`,
  );
}

function readPurposes(certificate: Certificate): readonly string[] | null | 'malformed' {
  const purposes = readExtension(certificate, id_ce_extKeyUsage, ExtendedKeyUsage);
  if (purposes === null || purposes === 'malformed') return purposes;
  return purposes.length === 0 ? 'malformed' : [...purposes];
}

/** The bits of a critical key usage; null where it is absent, malformed or not critical. */
function readKeyUsage(certificate: Certificate): number | null {
  const found = certificate.extensions.get(id_ce_keyUsage);
  // a BIT STRING of at most nine bits
  if (found?.critical !== true || found.value.length > 5) return null;
  const usage = readExtension(certificate, id_ce_keyUsage, KeyUsage);
  return usage === null || usage === 'malformed' ? null : usage.toNumber();
}

function readExtension<T>(
  certificate: Certificate,
  oid: string,
  type: new () => T,
): T | null | 'malformed' {
  const found = certificate.extensions.get(oid);
  if (found === undefined) return null;
  if (readDer(found.value) === null) return 'malformed';
  try {
    return AsnConvert.parse(found.value, type);
  } catch {
    return 'malformed';
  }
}

function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}

function findFirstFlaw(
  checks: readonly (() => (ChainCheck & { ok: false }) | null)[],
): (ChainCheck & { ok: false }) | null {
  for (const check of checks) {
    const found = check();
    if (found !== null) return found;
  }
  return null;
}

function makeFlaw(code: ChainFlaw, message: string): ChainCheck & { ok: false } {
  return { ok: false, flaw: code, message };
}
