import type { Instant } from '../../../core/instant.ts';
import type { StapledAnswers } from '../revocation/check-chain.ts';
import type { CertificateRevocation } from '../revocation/revocation-fact.ts';
import type { ValidatedChain } from '../x509/chain.ts';
import type { PluginFact, PluginQuery } from './plugin-query.ts';

/**
 * A question that no document answers (N48): whether a certificate of this valid chain has been
 * revoked.
 */
export interface VerificationQuery {
  readonly kind: 'revocation';
  readonly chain: ValidatedChain;
  /** When it was used at the latest, if somebody else vouches for that; else null. */
  readonly usedBy: Instant | null;
  /** What came with the signature about the chain. */
  readonly stapled: StapledAnswers;
}

/** What is known about the revocation of one chain. */
export type RevocationFact =
  /** Nobody was asked. */
  | { readonly kind: 'unchecked' }
  /** Leaf first, without the root. */
  | { readonly kind: 'checked'; readonly certificates: readonly CertificateRevocation[] };

/** The answers to the queries of one plan, in their order; what is absent is unchecked. */
export interface VerificationFacts {
  readonly revocations: readonly RevocationFact[];
  /** From the plugin that the signature requires; without it, nobody asked. */
  readonly plugin?: PluginFact;
}

/**
 * Gets from outside what a verification needs. Laws: each answer is about the chain of its query.
 * A certificate whose service cannot be reached in time is `unknown`, never a throw and never
 * `good`. The waiting ends when `signal` ends. `F` are the possible answers.
 */
export interface FactGatherer<F extends VerificationFacts = VerificationFacts> {
  gather(
    queries: readonly VerificationQuery[],
    options: { readonly signal?: AbortSignal },
  ): Promise<F>;
  /**
   * Asks the plugin that a signature requires; without it, no plugin is installed. Laws: a plugin
   * that is not installed is `absent`, one that fails or takes too long is `failed`, never a throw.
   */
  askPlugin?(query: PluginQuery, options: { readonly signal?: AbortSignal }): Promise<PluginFact>;
}

/** The facts without a source: their type says that nothing was checked. */
export interface UncheckedFacts extends VerificationFacts {
  readonly revocations: readonly [];
}

export const UNCHECKED_FACTS: UncheckedFacts = { revocations: [] };

/**
 * A gatherer without sources. It makes no queries, and every check that needs a source stays
 * unchecked.
 */
export const NO_SOURCES: FactGatherer<UncheckedFacts> = {
  gather: () => Promise.resolve(UNCHECKED_FACTS),
};
