import { createHash } from 'node:crypto';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { checkPolicies } from './certificate-policies.ts';
import { type ChainPurpose, type ChainRefusal, findRefusal, refuseChain } from './chain-flaw.ts';
import { checkLinks } from './chain-links.ts';
import { checkCertificate, checkIssuer, checkIssuerPurpose, checkLeaf } from './chain-usage.ts';
import { checkNameConstraints } from './name-constraints.ts';

/**
 * A chain in which every link, constraint and usage holds. Whether its root is trusted is another
 * question.
 */
export interface ValidatedChain {
  /** Leaf first. */
  readonly certificates: readonly [Certificate, ...Certificate[]];
  /** The span in which every certificate is valid; N33: the spans need not be nested. */
  readonly validFrom: Instant;
  readonly validUntil: Instant;
  /** Whether a certificate names a revocation service (N48). */
  readonly revocable: boolean;
}

export type ChainCheck = { readonly ok: true; readonly chain: ValidatedChain } | ChainRefusal;

/**
 * Certificate path validation (the parts of RFC 5280 §6.1 that signing needs) and the rules of
 * Notary Project N29–N34, at one moment.
 *
 * @example validateChain([leaf, intermediate, root], 'code-signing', now)
 */
export function validateChain(
  chain: readonly Uint8Array[],
  purpose: ChainPurpose,
  at: Instant,
): Result<ValidatedChain> {
  const path = checkPath(chain, purpose);
  // mutant chain-validity-is-not-remembered by chain-memory: branch -> $operand2
  const checked = path.ok ? (checkValidity(path.chain, at) ?? path) : path;
  if (checked.ok) return ok(checked.chain);
  return fail(
    'CERTIFICATE_INVALID',
    `${checked.flaw}: ${checked.message}`,
    'Use a chain that follows the rules.',
  );
}

/**
 * The results for chains, by their bytes: one key signs thousands of images, and its chain is
 * always the same.
 */
const CHECKED = new Map<string, ChainCheck>();
const CHECKED_MAX = 256;
/** Longer chains are checked each time: anyone may send as many as they like. */
const CHECKED_BYTES_MAX = 32 * 1024;

/** All rules except time. Many different chains empty this memory, and have no other effect. */
export function checkPath(chain: readonly Uint8Array[], purpose: ChainPurpose): ChainCheck {
  const bytes = chain.reduce((sum, { length }) => sum + length, 0);
  if (chain.length > LIMITS.chainCertificatesMax || bytes > CHECKED_BYTES_MAX)
    return examinePath(chain, purpose);
  // mutant chain-check-is-per-purpose by chain-memory: span -> ''
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
    return refuseChain(
      'chain-length',
      `a chain of ${chain.length} certificates; 1 to ${LIMITS.chainCertificatesMax} are allowed`,
    );
  }
  const certificates: Certificate[] = [];
  for (const der of chain) {
    const parsed = parseCertificate(der);
    if (!parsed.ok) return refuseChain('certificate-malformed', parsed.failure.message);
    certificates.push(parsed.value);
  }
  const [leaf, ...issuers] = certificates;
  if (leaf === undefined) return refuseChain('chain-length', 'the chain is empty');
  const bad =
    findRefusal(certificates.map((certificate) => () => checkCertificate(certificate))) ??
    checkLinks(certificates, purpose) ??
    findRefusal(
      issuers.map((issuer, below) => () => checkIssuer(issuer, issuers.slice(0, below))),
    ) ??
    checkLeaf(leaf, purpose) ??
    findRefusal(issuers.slice(0, -1).map((issuer) => () => checkIssuerPurpose(issuer, purpose))) ??
    checkNameConstraints(certificates) ??
    checkPolicies(certificates);
  return bad ?? { ok: true, chain: buildValidatedChain([leaf, ...issuers]) };
}

function buildValidatedChain(
  certificates: readonly [Certificate, ...Certificate[]],
): ValidatedChain {
  // A root cannot revoke itself.
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
 * RFC 5280 §6.1.3 (a)(2): every certificate is within its validity, both ends included. Null when
 * all are.
 */
export function checkValidity(chain: ValidatedChain, at: Instant): ChainRefusal | null {
  for (const certificate of chain.certificates) {
    const subject = certificate.subjectText;
    if (at < certificate.notBefore) {
      return refuseChain(
        'certificate-not-yet-valid',
        `${subject} is valid from ${formatInstant(certificate.notBefore)}`,
      );
    }
    if (at > certificate.notAfter) {
      return refuseChain(
        'certificate-expired',
        `${subject} was valid until ${formatInstant(certificate.notAfter)}`,
      );
    }
  }
  return null;
}
