import type { Failure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import type { ValidatedChain } from '../x509/chain.ts';

/**
 * A question that no document answers (N48): whether a certificate of this valid chain has been
 * revoked.
 */
export interface VerificationQuery {
  readonly kind: 'revocation';
  readonly chain: ValidatedChain;
}

/** What is known about the revocation of a chain. */
export type RevocationFact =
  /** No query was made. */
  | { readonly kind: 'unchecked' }
  /** No certificate of the chain is revoked until `validUntil`; null means no end. */
  | { readonly kind: 'good'; readonly validUntil: Instant | null }
  /** `subject` is the subject of the certificate. */
  | { readonly kind: 'revoked'; readonly subject: string }
  /** Queried, but not answered. */
  | { readonly kind: 'unknown'; readonly cause: Failure };

/** The answers to the queries of one plan. */
export interface VerificationFacts {
  readonly revocation: RevocationFact;
}

/**
 * Gets from outside what a verification needs. Laws: each answer is about the chain of its query. A
 * service that cannot be reached in time is `unknown`, never a throw and never `good`. The work
 * ends when `signal` ends. `F` are the possible answers.
 */
export interface FactGatherer<F extends VerificationFacts = VerificationFacts> {
  gather(
    queries: readonly VerificationQuery[],
    options: { readonly signal?: AbortSignal },
  ): Promise<F>;
}

/** The facts without a source: their type says that nothing was checked. */
export interface UncheckedFacts extends VerificationFacts {
  readonly revocation: { readonly kind: 'unchecked' };
}

export const UNCHECKED_FACTS: UncheckedFacts = { revocation: { kind: 'unchecked' } };

/**
 * A gatherer without sources. It makes no queries, and every check that needs a source stays
 * unchecked.
 */
export const NO_SOURCES: FactGatherer<UncheckedFacts> = {
  gather: () => Promise.resolve(UNCHECKED_FACTS),
};
