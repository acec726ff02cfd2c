import type { Instant } from '../../../core/instant.ts';
import type { Result } from '../../../core/result.ts';

/** One question to a revocation service, over HTTP. */
export interface RevocationRequest {
  readonly kind: 'crl' | 'ocsp';
  /** As the certificate names it; nothing about it is known. */
  readonly url: string;
  /** What is posted; null for a list, which is fetched. */
  readonly body: Uint8Array | null;
  /** Equal for questions with the same answer: the name of the answer in a cache. */
  readonly id: string;
}

/** An answer that was judged to be usable now. */
export interface Usable<T> {
  readonly value: T;
  /** Until when it may be used. */
  readonly validUntil: Instant;
  /** Whether a later question may be answered by it. */
  readonly isKept: boolean;
}

export interface RevocationAnswer<T> extends Usable<T> {
  /** When the service gave it. */
  readonly askedAt: Instant;
}

/** Judges the bytes of a service. `asked` is false for an answer to an earlier question. */
export type AnswerJudge<T> = (bytes: Uint8Array, now: Instant, asked: boolean) => Result<Usable<T>>;

/**
 * Where answers come from. Laws: `ask` gives only what `judge` accepts, from a cache or from the
 * service, and asks a service once for all that wait for the same `id`. It throws nothing, is
 * bounded in bytes, time and redirects, and ends with `signal`. `nonce` is random.
 */
export interface RevocationSource {
  ask<T>(
    request: RevocationRequest,
    judge: AnswerJudge<T>,
    signal: AbortSignal,
  ): Promise<Result<RevocationAnswer<T>>>;
  nonce(): Uint8Array;
  now(): Instant;
}
