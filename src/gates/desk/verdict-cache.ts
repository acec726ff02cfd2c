import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Decision } from '../../core/verdict.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';

/**
 * Everything that a verdict depends on, apart from time (foundation 5). Two requests that differ in
 * one of these never share a verdict.
 */
export interface VerdictKey {
  readonly tenant: string;
  readonly cluster: string;
  readonly namespace: string;
  /**
   * The credentials that read the evidence: a verdict from more rights is not shown to callers with
   * fewer.
   */
  readonly credentialScope: string;
  readonly repository: string;
  readonly digest: Digest;
  readonly workload: string;
  readonly policy: Digest;
  readonly trust: Digest;
  readonly evidence: Digest;
  readonly findings: Digest;
}

interface Entry<T> {
  readonly value: T;
  readonly digest: Digest;
  readonly madeAt: Instant;
  readonly diesAt: Instant;
}

/**
 * Verdicts by key; the least recently used is removed first. It reads no clock: `now` is a
 * parameter.
 */
export class VerdictCache<
  T extends { readonly decision: Decision; readonly validUntil: Instant | null },
> {
  readonly #entries = new Map<string, Entry<T>>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: VerdictKey, now: Instant): T | null {
    const text = canonicalizeJson({ ...key });
    const entry = this.#entries.get(text);
    if (entry === undefined) return null;
    this.#entries.delete(text);
    // A clock that was set back proves nothing: what was true later need not be true now.
    // mutant verdict-clock-put-back by 5-time-in-verdicts: remove operand
    if (now < entry.madeAt || now >= entry.diesAt) return null;
    this.#entries.set(text, entry);
    return entry.value;
  }

  put(key: VerdictKey, value: T, now: Instant): void {
    // mutant undetermined-cached-shortly by 5-time-in-verdicts: value -> $branch2
    const life =
      value.decision === 'undetermined' ? LIMITS.undeterminedCacheMs : LIMITS.verdictCacheMs;
    // mutant verdict-cache-respects-validity by 5-time-in-verdicts: call -> $argument
    const diesAt = Math.min(now + life, value.validUntil ?? Number.POSITIVE_INFINITY) as Instant;
    this.#entries.set(canonicalizeJson({ ...key }), {
      value,
      digest: key.digest,
      madeAt: now,
      diesAt,
    });
    if (this.#entries.size <= LIMITS.verdictCacheEntriesMax) return;
    const oldest = this.#entries.keys().next();
    if (oldest.done !== true) this.#entries.delete(oldest.value);
  }

  /** New evidence about a digest: the next request about it is decided again. */
  forget(digest: Digest): void {
    for (const [text, entry] of this.#entries)
      if (entry.digest === digest) this.#entries.delete(text);
  }
}
