import {
  AuthorityKeyIdentifier,
  id_ce_authorityKeyIdentifier,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  SubjectKeyIdentifier,
} from '@peculiar/asn1-x509';
import { isSameName } from './canonical-name.ts';
import type { Certificate } from './certificate.ts';
import { type ChainPurpose, type ChainRefusal, refuseChain } from './chain-flaw.ts';
import { readExtension } from './extensions.ts';

/**
 * RFC 5280 §6.1.3 (a)(1) and (4), N21, N32: each certificate is signed by the next one, and the
 * last one is the only self-signed root.
 */
export function checkLinks(
  certificates: readonly Certificate[],
  purpose: ChainPurpose,
): ChainRefusal | null {
  for (const [index, certificate] of certificates.entries()) {
    const last = index === certificates.length - 1;
    const issuer = last ? certificate : certificates[index + 1];
    const name = certificate.subjectText;
    if (issuer === undefined || !isSameName(certificate.issuerDer, issuer.subjectDer)) {
      return last
        ? refuseChain('chain-incomplete', `the last certificate, ${name}, is not self-signed`)
        : refuseChain('chain-order', `${name} is not issued by the certificate after it`);
    }
    const mayBeNameless = index === 0 && purpose === 'sigstore' && isNamedOtherwise(certificate);
    if (certificate.subjectDer.length <= 2 && !mayBeNameless)
      return refuseChain('chain-order', 'a certificate has an empty subject');
    if (!isUsableKey(issuer))
      return refuseChain('weak-key', `${issuer.subjectText} has a key that N16 excludes`);
    if (!isSignedBy(certificate, issuer)) {
      return last
        ? refuseChain('chain-incomplete', `the last certificate, ${name}, is not self-signed`)
        : refuseChain(
            'link-signature',
            `the signature of ${name} is not by the certificate after it`,
          );
    }
    if (
      !last &&
      isSameName(certificate.subjectDer, certificate.issuerDer) &&
      isSignedBy(certificate, certificate)
    ) {
      return refuseChain('chain-order', `${name} is self-signed and is not the last certificate`);
    }
    const identifiers = checkIdentifiers(certificate, issuer);
    if (identifiers !== null) return identifiers;
  }
  return null;
}

/** RFC 5280 §4.1.2.6: an empty subject has a critical alternative name. */
function isNamedOtherwise({ extensions }: Certificate): boolean {
  return extensions.get(id_ce_subjectAltName)?.critical === true;
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

/** Keys of issuers may have sizes that signing keys may not have, but no weaker ones. */
function isUsableKey(certificate: Certificate): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type === 'ec') return certificate.algorithm !== null;
  const bits = details?.modulusLength ?? 0;
  return type === 'rsa' && bits >= 2_048 && bits <= 8_192 && (details?.publicExponent ?? 0n) >= 3n;
}

/** RFC 5280 §4.2.1.1: when both are given, they agree. */
function checkIdentifiers(certificate: Certificate, issuer: Certificate): ChainRefusal | null {
  const wanted = readExtension(certificate, id_ce_authorityKeyIdentifier, AuthorityKeyIdentifier);
  const given = readExtension(issuer, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier);
  if (wanted === 'malformed' || given === 'malformed') {
    return refuseChain(
      'certificate-malformed',
      `a key identifier of ${certificate.subjectText} is malformed`,
    );
  }
  if (wanted?.keyIdentifier === undefined || given === null) return null;
  if (isSameBytes(new Uint8Array(wanted.keyIdentifier.buffer), new Uint8Array(given.buffer)))
    return null;
  return refuseChain(
    'key-identifier',
    `${certificate.subjectText} names another key of its issuer`,
  );
}

export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(b);
}
