import { id_ce_basicConstraints, KeyUsageFlags } from '@peculiar/asn1-x509';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import { readDer, TAG } from '../../../formats/der/der.ts';
import type { Certificate } from '../x509/certificate.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { readKeyUsage } from '../x509/extensions.ts';
import { isSignedWith } from '../x509/signature-scheme.ts';
import { type Crl, findRevoked } from './crl.ts';
import { failRevocation, type Revocation } from './revocation-fact.ts';

const SUBJECT_KEY = '2.5.29.14';

/**
 * Whether a list is of `issuer` and current at `now` (RFC 5280 §6.3.3 (c), (f), (g)): its issuer,
 * its key, its signature and its times.
 */
export function checkCrl(crl: Crl, issuer: Certificate, now: Instant): Result<Crl> {
  const name = issuer.subjectText;
  // mutant list-of-another-issuer by crl: condition -> false
  if (!isSameBytes(crl.issuerDer, issuer.subjectDer))
    return failRevocation(`the revocation list is not by ${name}`);
  const own = readDer(issuer.extensions.get(SUBJECT_KEY)?.value ?? new Uint8Array());
  if (
    crl.issuerKey !== null &&
    own?.tag === TAG.octetString &&
    !isSameBytes(crl.issuerKey, own.content)
  )
    return failRevocation(`the revocation list is by another key than that of ${name}`);
  // mutant list-by-an-authority-that-may-not by crl: condition -> false
  if (((readKeyUsage(issuer) ?? 0) & KeyUsageFlags.cRLSign) === 0)
    return failRevocation(`${name} may not sign revocation lists (key usage cRLSign)`);
  // mutant list-signature by crl: condition -> false
  if (!isSignedWith(crl.scheme, issuer.publicKey, crl.signed, crl.signature))
    return failRevocation(`the signature of the revocation list is not by ${name}`);
  return checkTimes(crl, now);
}

/** Without the signature: for a list that was checked before. */
export function checkTimes(crl: Crl, now: Instant): Result<Crl> {
  // mutant list-from-the-future by crl: condition -> false
  if (crl.thisUpdate > now + LIMITS.clockSkewMs)
    return failRevocation(`the revocation list is of ${formatInstant(crl.thisUpdate)}: ahead`);
  // mutant list-that-has-ended by crl: condition -> false
  if (now >= crl.nextUpdate)
    return failRevocation(`the revocation list ended at ${formatInstant(crl.nextUpdate)}`);
  return ok(crl);
}

export interface CrlQuestion {
  readonly certificate: Certificate;
  /** The addresses of lists that it names. */
  readonly urls: readonly string[];
}

/** What complete list and delta say about a certificate; null where it is not revoked. */
export function judgeByCrl(
  base: Crl,
  delta: Crl | null,
  { certificate, urls }: CrlQuestion,
): Result<Revocation | null> {
  if (base.baseNumber !== null)
    return failRevocation('the revocation list is a delta, and not a complete list');
  const flaw = findScopeFlaw(base, certificate, urls);
  if (flaw !== null) return failRevocation(flaw);
  if (delta !== null) {
    const mismatch = findDeltaFlaw(base, delta);
    if (mismatch !== null) return failRevocation(mismatch);
    const newer = findRevoked(delta, certificate.serial);
    if (!newer.ok) return newer;
    // RFC 5280 §5.2.4: a hold that was lifted is reported by the delta alone.
    if (newer.value !== null) return newer.value.reason === 'removeFromCRL' ? ok(null) : newer;
  }
  const found = findRevoked(base, certificate.serial);
  if (!found.ok || found.value?.reason !== 'removeFromCRL') return found;
  return failRevocation('a complete revocation list takes a certificate out of itself');
}

/** RFC 5280 §6.3.3 (b)(2). */
function findScopeFlaw(
  { scope }: Crl,
  certificate: Certificate,
  urls: readonly string[],
): string | null {
  const isAuthority = isAuthorityCertificate(certificate);
  // mutant list-for-other-certificates by crl: condition -> false
  if (scope.only !== null && (scope.only === 'authorities') !== isAuthority)
    return `the revocation list is only for ${scope.only}`;
  // mutant list-of-another-place by crl: condition -> false
  if (scope.urls.length > 0 && !scope.urls.some((url) => urls.includes(url)))
    return 'the revocation list is one for other certificates';
  return null;
}

function isAuthorityCertificate(certificate: Certificate): boolean {
  return certificate.extensions.has(id_ce_basicConstraints) && certificate.handle.ca;
}

/** RFC 5280 §5.2.4 and §6.3.3 (c). */
function findDeltaFlaw(base: Crl, delta: Crl): string | null {
  if (delta.baseNumber === null || delta.number === null || base.number === null)
    return 'the delta or its revocation list has no number';
  if (!isSameBytes(base.scope.der, delta.scope.der))
    return 'the delta has another scope than its revocation list';
  // mutant delta-of-a-newer-list by crl: condition -> false
  if (base.number < delta.baseNumber)
    return 'the delta goes on from a newer revocation list than this one';
  // mutant delta-that-is-older by crl: condition -> false
  return delta.number < base.number ? 'the delta is older than its revocation list' : null;
}
