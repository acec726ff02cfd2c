import type { Digest } from '../../core/digest.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';

/**
 * Documents and signatures that were examined and that nobody who counts had signed, for a time. A
 * search of very many goes on where the last one ended, instead of ending at the same place each
 * time: who may push can delay the answer about an image, and not prevent it.
 */
export class KnownStrangers {
  readonly #until = new Map<string, Instant>();
  #trust: Digest | null = null;

  /** Whether it was examined under the same trust document, and not long ago. */
  has(trust: Digest, repository: string, digest: Digest, now: Instant): boolean {
    // mutant strangers-under-another-trust-document by known-strangers: remove
    if (this.#trust !== trust) return false;
    const until = this.#until.get(toKey(repository, digest));
    // mutant strangers-for-ever by known-strangers: remove operand 2
    return until !== undefined && now < until;
  }

  add(trust: Digest, repository: string, digest: Digest, now: Instant): void {
    if (this.#trust !== trust) this.#until.clear();
    this.#trust = trust;
    const key = toKey(repository, digest);
    this.#until.delete(key);
    this.#until.set(key, toInstant(now + LIMITS.strangersKnownMs));
    const oldest = this.#until.keys().next();
    if (this.#until.size > LIMITS.strangersKnownMax && oldest.done !== true)
      this.#until.delete(oldest.value);
  }
}

/** Half of the digest, as it need not resist who makes two documents of his own look the same. */
function toKey(repository: string, digest: Digest): string {
  return `${digest.slice(-32)} ${repository}`;
}
