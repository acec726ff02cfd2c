import {
  BasicConstraints,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_inhibitAnyPolicy,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  id_ce_policyMappings,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  KeyUsageFlags,
} from '@peculiar/asn1-x509';
import { formatCount } from '../../../core/count.ts';
import { isSameName } from './canonical-name.ts';
import type { Certificate } from './certificate.ts';
import { type ChainPurpose, type ChainRefusal, refuseChain } from './chain-flaw.ts';
import { readExtension, readKeyUsage, readPurposes } from './extensions.ts';

const UNDERSTOOD = new Set<string>([
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_certificatePolicies,
  id_ce_extKeyUsage,
  id_ce_inhibitAnyPolicy,
  id_ce_keyUsage,
  id_ce_nameConstraints,
  id_ce_policyConstraints,
  id_ce_policyMappings,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
]);

export function checkCertificate(certificate: Certificate): ChainRefusal | null {
  const name = certificate.subjectText;
  if (certificate.signedWith === null)
    return refuseChain('weak-digest', `${name} is signed by an algorithm that N32 excludes`);
  for (const [oid, { critical }] of certificate.extensions) {
    if (critical && !UNDERSTOOD.has(oid))
      return refuseChain('critical-extension', `${name} has the critical extension ${oid}`);
  }
  return null;
}

/** N29, RFC 5280 §6.1.4 (k)–(n). `below` are the intermediates between the issuer and the leaf. */
export function checkIssuer(
  issuer: Certificate,
  below: readonly Certificate[],
): ChainRefusal | null {
  const name = issuer.subjectText;
  const constraints = readExtension(issuer, id_ce_basicConstraints, BasicConstraints);
  if (
    issuer.version !== 3 ||
    constraints === null ||
    constraints === 'malformed' ||
    !constraints.cA
  ) {
    return refuseChain('not-a-ca', `${name} is not a certification authority`);
  }
  if (issuer.extensions.get(id_ce_basicConstraints)?.critical !== true) {
    return refuseChain('not-a-ca', `the basic constraints of ${name} are not critical`);
  }
  const allowed = constraints.pathLenConstraint;
  // RFC 5280 §4.2.1.9: self-issued intermediates are not counted.
  const length = below.filter(
    (certificate) => !isSameName(certificate.subjectDer, certificate.issuerDer),
  ).length;
  if (allowed !== undefined && (!Number.isSafeInteger(allowed) || allowed < length)) {
    return refuseChain(
      'path-length',
      `${name} allows ${formatCount(allowed, 'intermediate')} below it, and has ${length}`,
    );
  }
  const usage = readKeyUsage(issuer);
  if (usage === null || (usage & KeyUsageFlags.keyCertSign) === 0) {
    return refuseChain(
      'key-usage',
      `the key usage of ${name} is not critical or lacks keyCertSign`,
    );
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
export function checkLeaf(leaf: Certificate, purpose: ChainPurpose): ChainRefusal | null {
  const name = leaf.subjectText;
  if (leaf.algorithm === null)
    return refuseChain('weak-key', `${name} has a key that N16 excludes`);
  const constraints = readExtension(leaf, id_ce_basicConstraints, BasicConstraints);
  if (constraints === 'malformed')
    return refuseChain('certificate-malformed', `the basic constraints of ${name} are malformed`);
  if (constraints !== null && (constraints.cA || constraints.pathLenConstraint !== undefined)) {
    return refuseChain(
      'key-usage',
      `${name} is a certification authority and may not be used to sign content`,
    );
  }
  if (purpose === 'commit') return checkPersonalUsage(leaf);
  if (purpose === 'machine') return checkServerUsage(leaf);
  const usage = readKeyUsage(leaf);
  if (
    usage === null ||
    (usage & KeyUsageFlags.digitalSignature) === 0 ||
    (usage & EXCLUDED_USAGES) !== 0
  ) {
    return refuseChain(
      'key-usage',
      `the key usage of ${name} is not critical, lacks digitalSignature or has more`,
    );
  }
  if (purpose === 'timestamping') return checkTimestampingUsage(leaf);
  return checkSigningUsage(leaf) ?? (purpose === 'sigstore' ? checkCodeUsage(leaf) : null);
}

const ANY = '2.5.29.37.0';
const PURPOSES = '1.3.6.1.5.5.7.3';
const CODE = `${PURPOSES}.3`;
const MAIL = `${PURPOSES}.4`;
const SERVER = `${PURPOSES}.1`;
/**
 * serverAuth, clientAuth, emailProtection, timeStamping, and OCSPSigning as the reference
 * implementation adds.
 */
const EXCLUDED_PURPOSES = new Set([ANY, ...[1, 2, 4, 8, 9].map((last) => `${PURPOSES}.${last}`)]);

/** RFC 8550 §4.4: a person's certificate also encrypts, and may be for mail. */
function checkPersonalUsage(leaf: Certificate): ChainRefusal | null {
  const usage = readKeyUsage(leaf) ?? 0;
  const signs = KeyUsageFlags.digitalSignature | KeyUsageFlags.nonRepudiation;
  // mutant commit-certificate-usage by verify-x509: operand -> false
  if ((usage & signs) === 0 || (usage & (KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)) !== 0)
    return refuseChain(
      'key-usage',
      `the key usage of ${leaf.subjectText} is not critical, or does not let it sign`,
    );
  const purposes = readPurposes(leaf);
  const allowed = [ANY, CODE, MAIL];
  // mutant commit-certificate-purpose by verify-x509: condition -> false
  if (
    purposes !== null &&
    (purposes === 'malformed' || !purposes.some((one) => allowed.includes(one)))
  )
    return refuseChain(
      'extended-key-usage',
      `${leaf.subjectText} is neither for mail nor for signing code`,
    );
  return null;
}

/** The certificate of a server, whose key also signs documents; it may encrypt as well. */
function checkServerUsage(leaf: Certificate): ChainRefusal | null {
  const usage = readKeyUsage(leaf) ?? 0;
  const isAuthority = (usage & (KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign)) !== 0;
  const purposes = readPurposes(leaf);
  const isForServers = Array.isArray(purposes) && purposes.includes(SERVER);
  // mutant machine-certificate-usage by attested-document: condition -> false
  if ((usage & KeyUsageFlags.digitalSignature) === 0 || isAuthority || !isForServers)
    return refuseChain('key-usage', `${leaf.subjectText} is not the certificate of a server`);
  return null;
}

function checkSigningUsage(leaf: Certificate): ChainRefusal | null {
  const purposes = readPurposes(leaf);
  if (purposes === 'malformed')
    return refuseChain(
      'certificate-malformed',
      `the extended key usage of ${leaf.subjectText} is malformed`,
    );
  const excluded = purposes?.find((purpose) => EXCLUDED_PURPOSES.has(purpose));
  return excluded === undefined
    ? null
    : refuseChain(
        'extended-key-usage',
        `${leaf.subjectText} has the extended key usage ${excluded}, which N31 excludes`,
      );
}

/** Fulcio's certificate specification: the purpose is named. */
function checkCodeUsage(leaf: Certificate): ChainRefusal | null {
  const purposes = readPurposes(leaf);
  // mutant sigstore-leaf-for-another-purpose by sigstore-forgeries: condition -> true
  if (Array.isArray(purposes) && purposes.includes(`${PURPOSES}.3`)) return null;
  return refuseChain('extended-key-usage', 'the certificate is not for signing code');
}

function checkTimestampingUsage(leaf: Certificate): ChainRefusal | null {
  const purposes = readPurposes(leaf);
  const critical = leaf.extensions.get(id_ce_extKeyUsage)?.critical === true;
  const only = Array.isArray(purposes) && purposes.length === 1 && purposes[0] === `${PURPOSES}.8`;
  return critical && only
    ? null
    : refuseChain(
        'extended-key-usage',
        `${leaf.subjectText} does not have timestamping as its only purpose, critical (N34)`,
      );
}

const WANTED: Readonly<Record<ChainPurpose, readonly string[]>> = {
  timestamping: [`${PURPOSES}.8`],
  'code-signing': [CODE],
  sigstore: [CODE],
  commit: [CODE, MAIL],
  machine: [SERVER],
};

/**
 * An intermediate that is limited to other purposes cannot vouch for this one, as in OpenSSL and
 * web browsers.
 */
export function checkIssuerPurpose(
  issuer: Certificate,
  purpose: ChainPurpose,
): ChainRefusal | null {
  const purposes = readPurposes(issuer);
  const wanted = WANTED[purpose];
  if (
    purposes === null ||
    (purposes !== 'malformed' && purposes.some((one) => one === ANY || wanted.includes(one)))
  )
    return null;
  return refuseChain(
    'extended-key-usage',
    `${issuer.subjectText} may not issue certificates for ${purpose}`,
  );
}
