import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';
import { describeSigner, type NotarySigner, readSigningTime, type Signer } from '../signer.ts';
import { type NameMap, parseNameText } from '../x509/distinguished-name.ts';
import { coversRepository } from './repository-pattern.ts';
import { matchesSigstore } from './sigstore-signer.ts';
import type {
  PredicateType,
  StatementKind,
  TrustDocument,
  TrustedSigner,
  TrustRule,
} from './trust-rule.ts';

/** A statement of a signer about a repository. */
export interface RepositoryStatement {
  /** Normalised `registry/repository`. */
  readonly repository: string;
  readonly kind: StatementKind | PredicateType;
  readonly signer: Signer;
  /** Now. */
  readonly at: Instant;
}

/**
 * Whether a statement by this signer counts: only when a rule names the repository, the kind of
 * statement and the signer. Call it for signers of trusted results. A statement without a rule does
 * not count.
 *
 * @example isStatementTrusted(trust, { repository, kind: 'sbom', signer, at: now })
 */
export function isStatementTrusted(trust: TrustDocument, statement: RepositoryStatement): boolean {
  return trust.rules.some((rule) => testRule(rule, statement) === 'applies');
}

/** Whether a rule lets a statement count; else the first thing of it that does not fit. */
export type RuleTest =
  | 'applies'
  | 'other-repository'
  | 'other-statement'
  | 'other-signer'
  | 'signed-before'
  | 'ended';

/** What one rule says about a statement. */
export function testRule(
  rule: TrustRule,
  { repository, kind, signer, at }: RepositoryStatement,
): RuleTest {
  // mutant trust-rule-of-another-repository by 2-whose-evidence-counts, trust-document also by
  //   demo: remove
  if (!rule.repositories.some((pattern) => coversRepository(pattern, repository)))
    return 'other-repository';
  // mutant trust-rule-is-per-statement-kind by 2-whose-evidence-counts, trust-document: remove
  if (!rule.statements.includes(kind)) return 'other-statement';
  if (!rule.signers.some((trusted) => matchesSigner(trusted, signer))) return 'other-signer';
  return testTime(rule, signer, at);
}

/**
 * Only a timestamp or a signing authority shows when something was signed. Without one the signer
 * could say anything, so the rule must not have ended now; what it says itself is held against it.
 */
function testTime({ since, until }: TrustRule, signer: Signer, at: Instant): RuleTest {
  const proven = signer.format === 'ssh' ? null : (signer.signedBy ?? null);
  const claimed = readSigningTime(signer) ?? at;
  // mutant trust-rule-since by trust-windows: condition -> false
  if (since !== null && Math.min(proven ?? at, claimed) < since) return 'signed-before';
  // mutant trust-rule-until by trust-windows: condition -> false
  if (until !== null && (proven ?? at) >= until) return 'ended';
  return 'applies';
}

/** When a rule about a signer and a repository begins or ends next; null where none does. */
export function findNextChange(
  trust: TrustDocument,
  { repository, signer, at }: Omit<RepositoryStatement, 'kind'>,
): Instant | null {
  const moments = trust.rules
    .filter(
      (rule) =>
        rule.repositories.some((pattern) => coversRepository(pattern, repository)) &&
        rule.signers.some((trusted) => matchesSigner(trusted, signer)),
    )
    .flatMap(({ since, until }) => [since, until])
    .filter((moment): moment is Instant => moment !== null && moment > at);
  return moments.length === 0 ? null : (Math.min(...moments) as Instant);
}

/**
 * Why a statement does not count for `isStatementTrusted`. A rule that trusts the same subject by
 * another trust store is named: else the sentence contradicts what the user reads in the document.
 */
export function explainDistrust(trust: TrustDocument, statement: RepositoryStatement): string {
  const { repository, kind, signer } = statement;
  const { identity } = describeSigner(signer);
  const said = `${identity} is not trusted to state ${kind} about ${repository}`;
  if (!isNotary(signer)) return `${said}${explainRoots(signer)}${explainTime(trust, statement)}`;
  if (signer.trustStore === null) return said;
  const stores = trust.rules.flatMap(({ signers }) =>
    signers.flatMap((one) => (one.kind === 'subject' ? [one.trustStore] : [])),
  );
  const other = stores.find((trustStore) =>
    isStatementTrusted(trust, { ...statement, signer: { ...signer, trustStore } }),
  );
  if (other === undefined) return `${said}${explainTime(trust, statement)}`;
  return `${said} by the trust store ${signer.trustStore}, but by ${other}`;
}

/** A rule that would apply at another time is named. */
function explainTime({ rules }: TrustDocument, statement: RepositoryStatement): string {
  for (const rule of rules) {
    const test = testRule(rule, statement);
    if (test === 'ended' && rule.until !== null)
      return `: the rule ${rule.id} ended at ${formatInstant(rule.until)}`;
    if (test === 'signed-before' && rule.since !== null)
      return `: the rule ${rule.id} is for what was signed from ${formatInstant(rule.since)} on`;
  }
  return '';
}

/** A rule names a signer in the terms of its format; no rule names the key of a commit. */
function matchesSigner(trusted: TrustedSigner, signer: Signer): boolean {
  switch (signer.format) {
    case 'notary-jws':
    case 'notary-cose':
      return matchesCertificate(trusted, signer);
    case 'sigstore-bundle':
    case 'cosign-legacy':
      return (
        (trusted.kind === 'sigstore-identity' || trusted.kind === 'sigstore-key') &&
        matchesSigstore(trusted, signer)
      );
    case 'ssh':
      return false;
  }
}

function isNotary(signer: Signer): signer is NotarySigner {
  return signer.format === 'notary-jws' || signer.format === 'notary-cose';
}

/** By which root the identity is vouched for, or why a root does not vouch for the entry. */
function explainRoots(signer: Signer): string {
  if (signer.format === 'ssh' || isNotary(signer)) return '';
  const issuer = signer.issuer === null ? '' : `, issuer ${signer.issuer}`;
  const roots = signer.trustedRoots.join(', ');
  const unproven = signer.unproven === null ? '' : `; ${signer.unproven}`;
  return ` (${roots === '' ? 'no trusted root' : `trusted root ${roots}`}${issuer}${unproven})`;
}

/**
 * The whole subject is compared, in any order: a subset would admit another signer of the same
 * organisation.
 */
function matchesCertificate(trusted: TrustedSigner, signer: NotarySigner): boolean {
  if (signer.trustStore === null) return false;
  if (trusted.kind === 'certificate') return signer.thumbprint === trusted.thumbprint;
  if (trusted.kind !== 'subject') return false;
  const subject = readName(signer.identity);
  // mutant signer-trust-store by 2-whose-evidence-counts, trust-document: remove operand 2
  if (!subject.ok || signer.trustStore !== trusted.trustStore) return false;
  const same = [...trusted.identity].every(([type, value]) => subject.value.get(type) === value);
  // mutant signer-subject-is-whole by 2-whose-evidence-counts, trust-document: remove operand 2
  return same && subject.value.size === trusted.identity.size;
}

/** The names of the few signers of an estate, which are compared again for each image and rule. */
const NAMES_MAX = 64;
const names = new Map<string, Result<NameMap>>();

function readName(text: string): Result<NameMap> {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = parseNameText(text);
  if (names.size >= NAMES_MAX) names.clear();
  names.set(text, name);
  return name;
}
