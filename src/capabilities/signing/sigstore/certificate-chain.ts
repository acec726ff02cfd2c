import type { Instant } from '../../../core/instant.ts';
import { accept, type CheckResult, reject } from '../reason.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { checkPath, checkValidity } from '../x509/chain.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { findPath } from '../x509/find-path.ts';
import { listCertificateLogs } from './certificate-log.ts';
import { isWithin, type TrustedAuthority, type TrustedRoot } from './trusted-root.ts';

/** The leaf of a bundle, and the certificates that came with it. */
export interface LeafCertificates {
  readonly leaf: Certificate;
  readonly others: readonly Certificate[];
}

/** Reads the certificates of a bundle; a root in it is refused (S8). */
export function readLeaf(
  leaf: Uint8Array,
  others: readonly Uint8Array[],
): CheckResult<LeafCertificates> {
  const parsed: Certificate[] = [];
  for (const der of [leaf, ...others]) {
    const certificate = parseCertificate(der);
    if (!certificate.ok) return reject('certificate-malformed', certificate.failure.message);
    parsed.push(certificate.value);
  }
  const [first, ...rest] = parsed;
  // mutant root-in-a-bundle: condition -> first === undefined
  if (first === undefined || parsed.some((one) => isSameBytes(one.subjectDer, one.issuerDer)))
    return reject('root-certificate', 'the bundle has a root certificate, which proves nothing');
  return accept({ leaf: first, others: rest });
}

/**
 * Whether an authority of the trusted root issued the leaf, and it, its chain and the authority
 * were valid at every moment that is proven (S16), and a log of certificates has it where the root
 * has such logs.
 */
export function checkLeafChain(
  { leaf, others }: LeafCertificates,
  { authorities, certificateLogs, hasCertificateLogs }: TrustedRoot,
  moments: readonly Instant[],
): CheckResult<true> {
  let refusal = reject('not-in-trust-store', 'the trusted root has no authority of certificates');
  for (const authority of authorities) {
    const checked = checkAuthority({ leaf, others }, authority, moments);
    if (!checked.ok) {
      refusal = checked;
      continue;
    }
    const found = listCertificateLogs(leaf, checked.value, certificateLogs);
    // mutant certificate-in-no-log: condition -> true
    if (!hasCertificateLogs || found.size > 0) return accept(true);
    refusal = reject(
      'certificate-log',
      'no log of certificates of the trusted root has promised to publish the certificate (SCT)',
    );
  }
  return refusal;
}

/** The issuer of the leaf. */
function checkAuthority(
  { leaf, others }: LeafCertificates,
  { certificates, window }: TrustedAuthority,
  moments: readonly Instant[],
): CheckResult<Certificate> {
  const root = certificates.at(-1) ?? certificates[0];
  const found = findPath(leaf, [...certificates, ...others]);
  // mutant sigstore-chain-to-any-root: condition -> false
  if (found.at(-1)?.thumbprint !== root.thumbprint)
    return reject('not-in-trust-store', 'its certificate is not of an authority of the root');
  const path = checkPath(
    found.map(({ der }) => der),
    'sigstore',
  );
  if (!path.ok) return reject(path.flaw, path.message);
  for (const at of moments) {
    const invalid = checkValidity(path.chain, at) ?? checkWindow(window, at);
    // mutant sigstore-chain-was-valid: condition -> false
    if (invalid !== null) return reject(invalid.flaw, invalid.message);
  }
  return accept(path.chain.certificates[1] ?? root);
}

function checkWindow(window: TrustedAuthority['window'], at: Instant) {
  // mutant authority-outside-its-window: condition -> true
  if (isWithin(window, at)) return null;
  return {
    flaw: 'certificate-expired' as const,
    message: 'the authority of its certificate was not trusted at that time (A51)',
  };
}
