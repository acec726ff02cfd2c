import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import type { ValidatedChain } from '../x509/chain.ts';

/**
 * What a verification has to know and no document says (N48): whether a certificate of this chain,
 * all of which hold together, has been revoked.
 */
export interface VerificationQuery {
  readonly kind: 'revocation';
  readonly chain: ValidatedChain;
}

/** What is known of the revocation of a chain. */
export type RevocationFact =
  /** Nobody was asked. */
  | { readonly kind: 'unchecked' }
  /** Until `validUntil` no certificate of it is revoked; null for no end. */
  | { readonly kind: 'good'; readonly validUntil: Instant | null }
  /** `subject` is that of the certificate. */
  | { readonly kind: 'revoked'; readonly subject: string }
  /** Asked, and not answered. */
  | { readonly kind: 'unknown'; readonly cause: Failure };

/** The answers to the queries of one plan. */
export interface VerificationFacts {
  readonly revocation: RevocationFact;
}

/**
 * Asks outside for what a verification needs. Laws: each answer is about the chain of its query;
 * who cannot be reached in time is `unknown`, never a throw and never `good`; it ends when `signal`
 * does. `F` are the answers that it can give.
 */
export interface FactGatherer<F extends VerificationFacts = VerificationFacts> {
  gather(
    queries: readonly VerificationQuery[],
    options: { readonly signal?: AbortSignal },
  ): Promise<F>;
}

/** The facts of somebody who has no source: by their type nothing was checked. */
export interface UncheckedFacts extends VerificationFacts {
  readonly revocation: { readonly kind: 'unchecked' };
}

export const UNCHECKED_FACTS: UncheckedFacts = { revocation: { kind: 'unchecked' } };

/** A gatherer without sources. It asks nobody, and every check that needs one stays unchecked. */
export const NO_SOURCES: FactGatherer<UncheckedFacts> = {
  gather: () => Promise.resolve(UNCHECKED_FACTS),
};
