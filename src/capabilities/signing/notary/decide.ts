import { formatInstant, type Instant } from '../../../core/instant.ts';
import { quoteText } from '../reason.ts';
import type { CertificateRevocation } from '../revocation/revocation-fact.ts';
import { refuseSignature, type SignatureResult } from '../signature-result.ts';
import type { NotarySigner } from '../signer.ts';
import type { VerificationPlan } from './plan.ts';
import { settlePlugin } from './plugin-check.ts';
import { type FactGatherer, UNCHECKED_FACTS, type VerificationFacts } from './port.ts';

/**
 * The verdict on a planned verification, when the answers to its queries are known. An unknown
 * state counts only when the policy does not enforce revocation. A certificate that was revoked
 * never counts, with two exceptions, which both need a time of the signature that others vouch for:
 * the authority says that it may have been misused only since later (N49), or it was revoked later
 * and the policy does not enforce revocation.
 */
export function decideVerification(
  planned: VerificationPlan,
  { revocations, plugin = { kind: 'absent' } }: VerificationFacts,
): SignatureResult<NotarySigner> {
  const plan = settlePlugin(planned, plugin);
  if (plan.kind === 'decided') return plan.result;
  const { signer, validUntil, ends, queries } = plan;
  const trusted = { kind: 'trusted', signer, validUntil, ends, unchecked: [] } as const;
  if (queries.length === 0) return trusted;
  const facts = queries.map(({ usedBy }, at) => {
    const fact = revocations[at] ?? { kind: 'unchecked' };
    return { usedBy, certificates: fact.kind === 'checked' ? fact.certificates : [] };
  });
  const certificates = facts.flatMap((fact) => fact.certificates);
  const shown = certificates.length === 0 ? {} : { revocation: certificates };
  const revoked = facts
    .flatMap(({ usedBy, certificates: all }) =>
      all.filter((one) => isRevokedFor(one, usedBy, plan)),
    )
    .at(0);
  // mutant revoked-whatever-the-policy-says: condition -> $ && plan.revocation === 'enforce'
  if (revoked !== undefined) {
    const refused = refuseSignature(signer, 'certificate-revoked', explainRevocation(revoked));
    return { ...refused, ...shown };
  }
  const unknown = certificates.find(({ state }) => state === 'unknown');
  // mutant unknown-revocation-is-enforced: remove operand 2
  if (unknown?.cause && plan.revocation === 'enforce')
    return { kind: 'undetermined', cause: unknown.cause, ...shown };
  const isOpen = unknown !== undefined || facts.some((fact) => fact.certificates.length === 0);
  return {
    ...trusted,
    // mutant verdict-outlives-its-facts: value -> validUntil
    validUntil: certificates.reduce(
      (until, { source }) => takeEarlier(until, source?.validUntil ?? null),
      validUntil,
    ),
    unchecked: isOpen ? ['revocation'] : [],
    ...shown,
  };
}

type OpenPlan = Extract<VerificationPlan, { kind: 'open' }>;

function isRevokedFor(
  { revocation }: CertificateRevocation,
  usedBy: Instant | null,
  { revocation: action }: OpenPlan,
): boolean {
  if (revocation === null) return false;
  // mutant revoked-before-a-time-that-only-the-signer-states: remove
  if (usedBy === null) return true;
  const { at, invalidSince } = revocation;
  // mutant signed-before-the-misuse: condition -> false
  if (invalidSince !== null && usedBy < invalidSince) return false;
  // mutant revoked-after-the-signature-by-policy: remove operand
  return action === 'enforce' || at <= usedBy;
}

function explainRevocation({ subject, revocation, source }: CertificateRevocation): string {
  const at = revocation === null ? '' : ` at ${formatInstant(revocation.at)}`;
  const by = source === null ? '' : `, says ${quoteText(source.from)}`;
  return `the certificate of ${subject} was revoked${at} (${revocation?.reason})${by}`;
}

/** Gets the answers to the queries of the plan, if there are any, and decides. */
export async function completeVerification(
  planned: VerificationPlan,
  gatherer: FactGatherer,
  options: { readonly signal?: AbortSignal } = {},
): Promise<SignatureResult<NotarySigner>> {
  const plan = await completePlugin(planned, gatherer, options);
  // mutant plan-without-queries-asks-nobody: remove operand 2
  // mutant decided-plan-asks-nobody: remove operand
  if (plan.kind === 'decided' || plan.queries.length === 0)
    return decideVerification(plan, UNCHECKED_FACTS);
  return decideVerification(plan, await gatherer.gather(plan.queries, options));
}

async function completePlugin(
  plan: VerificationPlan,
  gatherer: FactGatherer,
  options: { readonly signal?: AbortSignal },
): Promise<VerificationPlan> {
  if (plan.kind === 'decided' || plan.plugin === null) return plan;
  const fact = await gatherer.askPlugin?.(plan.plugin.query, options);
  return settlePlugin(plan, fact ?? { kind: 'absent' });
}

function takeEarlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}
