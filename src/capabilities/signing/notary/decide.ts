import type { Instant } from '../../../core/instant.ts';
import { refuseSignature, type SignatureResult } from '../signature-result.ts';
import type { NotarySigner } from '../signer.ts';
import type { VerificationPlan } from './plan.ts';
import { type FactGatherer, UNCHECKED_FACTS, type VerificationFacts } from './port.ts';

/**
 * The verdict on a planned verification, when the answers to its queries are known. A revoked
 * certificate never counts, whatever the policy says about revocation. An unknown state counts only
 * when the policy does not enforce revocation.
 */
export function decideVerification(
  plan: VerificationPlan,
  { revocation }: VerificationFacts,
): SignatureResult<NotarySigner> {
  if (plan.kind === 'decided') return plan.result;
  const { signer, validUntil, queries } = plan;
  if (queries.length === 0) return { kind: 'trusted', signer, validUntil, unchecked: [] };
  const unchecked = { kind: 'trusted', signer, validUntil, unchecked: ['revocation'] } as const;
  switch (revocation.kind) {
    case 'unchecked':
      return unchecked;
    case 'good':
      return {
        kind: 'trusted',
        signer,
        // mutant verdict-outlives-its-facts: value -> validUntil
        validUntil: takeEarlier(validUntil, revocation.validUntil),
        unchecked: [],
      };
    case 'revoked':
      // mutant revoked-whatever-the-policy-says:
      //   it -> if (plan.revocation !== 'enforce') return unchecked; $
      return refuseSignature(
        signer,
        'certificate-revoked',
        `the certificate of ${revocation.subject} has been revoked`,
      );
    case 'unknown':
      // mutant unknown-revocation-is-enforced: condition -> true
      if (plan.revocation !== 'enforce') return unchecked;
      return { kind: 'undetermined', cause: revocation.cause };
  }
}

/** Gets the answers to the queries of the plan, if there are any, and decides. */
export async function completeVerification(
  plan: VerificationPlan,
  gatherer: FactGatherer,
  options: { readonly signal?: AbortSignal } = {},
): Promise<SignatureResult<NotarySigner>> {
  // mutant plan-without-queries-asks-nobody: remove operand 2
  // mutant decided-plan-asks-nobody: remove operand
  if (plan.kind === 'decided' || plan.queries.length === 0)
    return decideVerification(plan, UNCHECKED_FACTS);
  return decideVerification(plan, await gatherer.gather(plan.queries, options));
}

function takeEarlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}
