import { randomBytes } from 'node:crypto';
import {
  type AnswerJudge,
  failRevocation,
  type RevocationAnswer,
  type RevocationRequest,
  type RevocationSource,
} from '../../capabilities/signing/index.ts';
import type { Failure } from '../../core/failure.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import type { AnswerCache } from './answer-cache.ts';

export interface SourceOptions {
  readonly cache: AnswerCache;
  /** Bounded in bytes and time. */
  readonly fetch: (request: RevocationRequest) => Promise<Result<Uint8Array>>;
  readonly now: () => Instant;
}

type Answer = RevocationAnswer<unknown>;

/** How much of lists is held in memory, by their bytes. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
const HELD_MAX = 1_000;
const NONCE_BYTES = 32;

/**
 * Answers from memory, from the cache on disk and from the services, in this order. A service that
 * failed is left alone for a while, so that it costs its time once.
 */
export class CachedSource implements RevocationSource {
  readonly #options: SourceOptions;
  readonly #held = new Map<string, { readonly answer: Answer; readonly size: number }>();
  #heldBytes = 0;
  readonly #failures = new Map<string, { readonly failure: Failure; readonly until: number }>();
  readonly #running = new Map<string, Promise<Result<Answer>>>();

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  now(): Instant {
    return this.#options.now();
  }

  nonce(): Uint8Array {
    return randomBytes(NONCE_BYTES);
  }

  async ask<T>(
    request: RevocationRequest,
    judge: AnswerJudge<T>,
    signal: AbortSignal,
  ): Promise<Result<RevocationAnswer<T>>> {
    const { id } = request;
    const known = this.#held.get(id)?.answer;
    if (known !== undefined && isFresh(known, this.now())) return ok(known as RevocationAnswer<T>);
    // mutant revocation-list-is-fetched-once by revocation: value -> undefined
    const shared = this.#running.get(id);
    const work = shared ?? this.#find(request, judge);
    if (shared === undefined) {
      this.#running.set(id, work);
      void work.finally(() => this.#running.delete(id));
    }
    return (await waitFor(work, signal)) as Result<RevocationAnswer<T>>;
  }

  async #find(request: RevocationRequest, judge: AnswerJudge<unknown>): Promise<Result<Answer>> {
    const first = await this.#read(request, judge);
    if (first !== null && isFresh(first, this.now())) return ok(first);
    const turn = request.kind === 'crl' ? await this.#options.cache.takeTurn(request.id) : null;
    try {
      // mutant revocation-list-is-fetched-by-one-process by revocation: condition -> false
      const last = turn?.hasWaited === true ? await this.#read(request, judge) : first;
      if (last !== null && isFresh(last, this.now())) return ok(last);
      const fetched = await this.#fetch(request, judge);
      // A list that is due for a refresh holds until its end.
      return fetched.ok || last === null ? fetched : ok(last);
    } finally {
      await turn?.end();
    }
  }

  /** What is on disk, if it is right. */
  async #read({ id }: RevocationRequest, judge: AnswerJudge<unknown>): Promise<Answer | null> {
    const kept = await this.#options.cache.find(id);
    const old = kept === null ? null : judge(kept.bytes, this.now(), false);
    if (old?.ok !== true || kept === null) return null;
    const answer = { ...old.value, askedAt: kept.askedAt };
    if (isFresh(answer, this.now())) this.#hold(id, answer, kept.bytes.length);
    return answer;
  }

  async #fetch(request: RevocationRequest, judge: AnswerJudge<unknown>): Promise<Result<Answer>> {
    const { cache, fetch } = this.#options;
    const { id, url } = request;
    const before = this.#failures.get(url);
    if (before !== undefined && this.now() < before.until) return failed(before.failure);
    const got = await fetch(request);
    const judged = got.ok ? judge(got.value, this.now(), true) : got;
    if (!judged.ok) {
      this.#failures.delete(url);
      const until = this.now() + LIMITS.revocationRetryMs;
      this.#failures.set(url, { failure: judged.failure, until });
      dropFirst(this.#failures);
      return judged;
    }
    const answer = { ...judged.value, askedAt: this.now() };
    if (got.ok && answer.isKept) {
      this.#hold(id, answer, got.value.length);
      await cache.keep(id, got.value, answer.askedAt);
    }
    return ok(answer);
  }

  #hold(id: string, answer: Answer, size: number): void {
    this.#drop(id);
    this.#held.set(id, { answer, size });
    this.#heldBytes += size;
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= HELD_MAX && this.#heldBytes <= HELD_BYTES_MAX) break;
      this.#drop(oldest);
    }
  }

  #drop(id: string): void {
    this.#heldBytes -= this.#held.get(id)?.size ?? 0;
    this.#held.delete(id);
  }
}

function dropFirst(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > HELD_MAX && oldest !== undefined) map.delete(oldest);
}

/** Who gives up leaves the work to those who wait as well (G36); it ends by its own limits. */
function waitFor<T>(work: Promise<Result<T>>, signal: AbortSignal): Promise<Result<T>> {
  return new Promise((resolve) => {
    const stop = (): void => resolve(failRevocation('the time to ask for its revocation ran out'));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void work.then((result) => {
      signal.removeEventListener('abort', stop);
      resolve(result);
    });
  });
}

/** A list is asked for again long before its end, because an authority may publish at any time. */
function isFresh({ validUntil, askedAt }: Answer, now: Instant): boolean {
  // mutant revocation-answer-that-has-ended by revocation: remove operand 2
  return now >= askedAt && now < validUntil && now < askedAt + LIMITS.revocationRefreshMs;
}
