import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { ok, type Result } from '../../../core/result.ts';
import { type Certificate, parseCertificate } from '../x509/certificate.ts';
import { isSameBytes } from '../x509/chain-links.ts';
import { readPurposes } from '../x509/extensions.ts';
import { isSignedWith } from '../x509/signature-scheme.ts';
import type { CertificateId, OcspAnswer, OcspResponse, ResponderId } from './ocsp.ts';
import { failRevocation } from './revocation-fact.ts';

const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9';
const NO_CHECK = '1.3.6.1.5.5.7.48.1.5';

export interface OcspQuestion {
  readonly certificate: Certificate;
  readonly issuer: Certificate;
  /** What was sent with the question; null for an answer to an earlier one. */
  readonly nonce: Uint8Array | null;
  readonly now: Instant;
}

/** A verified answer about one certificate. */
export interface VerifiedAnswer {
  readonly state: OcspAnswer['state'];
  /** Until when it may be used. */
  readonly validUntil: Instant;
  /** Whether the responder says itself until when. */
  readonly hasEnd: boolean;
  /**
   * The certificate of a responder that the authority appointed and whose own revocation is open;
   * null where the authority answered itself, or says that nothing is to be checked (nocheck).
   */
  readonly responder: Certificate | null;
}

/**
 * Verifies an answer (RFC 6960 §3.2): it is about this certificate, by its issuer or a responder
 * that the issuer appointed, signed, to this question, and current.
 */
export function verifyOcsp(
  response: OcspResponse,
  { certificate, issuer, nonce, now }: OcspQuestion,
): Result<VerifiedAnswer> {
  const [answer, ...others] = response.answers.filter(({ id }) => isAbout(id, certificate, issuer));
  // mutant answer-about-another-certificate by ocsp: value 1 -> response.answers
  if (answer === undefined || others.length > 0)
    return failRevocation(`the OCSP answer is not about ${certificate.subjectText}`);
  // mutant answer-to-another-question by ocsp: condition -> false
  if (nonce !== null && response.nonce !== null && !isSameBytes(response.nonce, nonce))
    return failRevocation('the OCSP answer is to another question (nonce)');
  const { thisUpdate, nextUpdate } = answer;
  // mutant answer-from-the-future by ocsp: condition -> false
  if (thisUpdate > now + LIMITS.clockSkewMs)
    return failRevocation(`the OCSP answer is of ${formatInstant(thisUpdate)}: ahead`);
  const isFresh = nonce !== null && response.nonce !== null;
  const end = nextUpdate ?? (isFresh ? now : thisUpdate) + LIMITS.ocspLifeMs;
  // mutant answer-that-has-ended by ocsp: condition -> false
  if (now >= end + (nextUpdate === null ? LIMITS.clockSkewMs : 0))
    return failRevocation(`the OCSP answer ended at ${formatInstant(end as Instant)}`);
  const responder = findResponder(response, issuer, now);
  if (!responder.ok) return responder;
  const key = (responder.value ?? issuer).publicKey;
  // mutant answer-signature by ocsp: condition -> false
  if (!isSignedWith(response.scheme, key, response.signed, response.signature))
    return failRevocation('the signature of the OCSP answer is not by its responder');
  const open = responder.value?.extensions.has(NO_CHECK) === false ? responder.value : null;
  const validUntil = Math.max(end, now + 1) as Instant;
  return ok({ state: answer.state, validUntil, hasEnd: nextUpdate !== null, responder: open });
}

function isAbout(id: CertificateId, certificate: Certificate, issuer: Certificate): boolean {
  const hash = (bytes: Uint8Array): Uint8Array => createHash(id.hash).update(bytes).digest();
  return (
    isSameBytes(id.serial, certificate.serial) &&
    isSameBytes(id.issuerName, hash(certificate.issuerDer)) &&
    // mutant answer-of-another-authority by ocsp: remove operand
    isSameBytes(id.issuerKey, hash(issuer.keyBits))
  );
}

/** RFC 6960 §4.2.2.2: null for the issuer itself; else a responder that it appointed. */
function findResponder(
  { responder, certificates }: OcspResponse,
  issuer: Certificate,
  now: Instant,
): Result<Certificate | null> {
  if (isNamed(responder, issuer)) return ok(null);
  for (const der of certificates) {
    const parsed = parseCertificate(der);
    if (!parsed.ok || !isNamed(responder, parsed.value)) continue;
    const flaw = findResponderFlaw(parsed.value, issuer, now);
    return flaw === null ? ok(parsed.value) : failRevocation(`the OCSP responder ${flaw}`);
  }
  return failRevocation(
    `the OCSP answer is neither by ${issuer.subjectText} nor by a responder of it`,
  );
}

function isNamed(responder: ResponderId, certificate: Certificate): boolean {
  if (responder.kind === 'name') return isSameBytes(responder.der, certificate.subjectDer);
  const hash = createHash('sha1').update(certificate.keyBits).digest();
  return isSameBytes(responder.hash, hash);
}

function findResponderFlaw(one: Certificate, issuer: Certificate, now: Instant): string | null {
  const name = one.subjectText;
  const purposes = readPurposes(one);
  // mutant responder-without-its-purpose by ocsp: condition -> false
  if (!Array.isArray(purposes) || !purposes.includes(OCSP_SIGNING))
    return `${name} may not answer (extended key usage OCSPSigning)`;
  // mutant responder-of-another-authority by ocsp: condition -> false
  if (!isSameBytes(one.issuerDer, issuer.subjectDer) || !isIssuedBy(one, issuer))
    return `${name} is not appointed by ${issuer.subjectText}`;
  // mutant responder-that-has-ended by ocsp: condition -> false
  if (now < one.notBefore || now > one.notAfter)
    return `${name} was valid until ${formatInstant(one.notAfter)}`;
  return one.signedWith === null ? `${name} is signed by an algorithm that N32 excludes` : null;
}

function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  try {
    return certificate.handle.verify(issuer.publicKey);
  } catch {
    return false;
  }
}
