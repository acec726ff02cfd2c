import { type ArtifactSource, withPatience } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, type Result } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { openRegistryClient } from './registry.ts';

/**
 * A registry client of one command, which ends whatever the registry does. A registry that gives no
 * answer several times in a row is not asked on, and all waiting for answers together is bounded.
 * `waitMs` is null where many images are asked about, each with its own deadline.
 */
export async function openCommandClient(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  waitMs: number | null = LIMITS.registryWaitMs,
) {
  const client = await openRegistryClient(config, env);
  const patient = withPatience(client, () => performance.now());
  return { ...client, ...(waitMs === null ? patient : limitWaiting(patient, waitMs)) };
}

/** A source whose answers may be waited for no longer than that in all; layers are not counted. */
export function limitWaiting(source: ArtifactSource, waitMs: number): ArtifactSource {
  const wait = new Waiting(waitMs);
  const ask = <T>(
    options: { readonly signal?: AbortSignal } | undefined,
    work: (signal: AbortSignal) => Promise<Result<T>>,
  ): Promise<Result<T>> => wait.spend(options?.signal, work);
  return {
    resolve: (reference, options) =>
      ask(options, (signal) => source.resolve(reference, { ...options, signal })),
    manifest: (repository, wanted, options) =>
      ask(options, (signal) => source.manifest(repository, wanted, { ...options, signal })),
    referrers: (repository, digest, type, options) =>
      ask(options, (signal) => source.referrers(repository, digest, type, { ...options, signal })),
    blobBytes: (repository, descriptor, bytesMax, options) =>
      ask(options, (signal) =>
        source.blobBytes(repository, descriptor, bytesMax, { ...options, signal }),
      ),
    blob: source.blob.bind(source),
  };
}

/** Time in which at least one request waits. */
class Waiting {
  readonly #end = new AbortController();
  readonly #waitMs: number;
  #leftMs: number;
  #since = 0;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(waitMs: number) {
    this.#waitMs = waitMs;
    this.#leftMs = waitMs;
  }

  async spend<T>(
    own: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result<T>>,
  ): Promise<Result<T>> {
    const { signal } = this.#end;
    if (signal.aborted) return failed(this.#explain());
    if (this.#waiting++ === 0) {
      this.#since = performance.now();
      this.#timer = setTimeout(() => this.#end.abort(), this.#leftMs);
    }
    try {
      const answer = await work(own === undefined ? signal : AbortSignal.any([own, signal]));
      const isLate = signal.aborted && own?.aborted !== true;
      return !answer.ok && isLate ? failed(this.#explain()) : answer;
    } finally {
      if (--this.#waiting === 0) {
        clearTimeout(this.#timer);
        // mutant waiting-without-end by command-registry: remove
        this.#leftMs -= performance.now() - this.#since;
      }
    }
  }

  #explain(): Failure {
    const seconds = Math.round(this.#waitMs / 1_000);
    const why = `the answers of the registry took more than ${seconds} s in all`;
    return new Failure('DEADLINE_EXCEEDED', why, 'Try again when the registry is faster.');
  }
}
