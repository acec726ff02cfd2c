import { Failure, type FailureCode } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { failed, type Result } from '../../core/result.ts';
import type { ArtifactSource } from './port.ts';

/**
 * The failures of a registry that is unreachable or silent. A registry that answers, even with a
 * refusal, is reachable.
 */
const SILENT: ReadonlySet<FailureCode> = new Set(['REGISTRY_UNREACHABLE', 'DEADLINE_EXCEEDED']);

/**
 * A source that asks a registry that is down less often: otherwise each of a thousand images would
 * wait for its own deadline. A request that is not sent fails with the last cause, so everything
 * that depends on it is undetermined.
 */
export function withPatience(source: ArtifactSource, nowMs: () => number): ArtifactSource {
  const registries = new Map<string, RegistryState>();
  const ask = async <T>(registry: string, work: () => Promise<Result<T>>): Promise<Result<T>> => {
    const standing = registries.get(registry) ?? { silent: 0, askedMs: 0, cause: null };
    registries.set(registry, standing);
    // mutant audit-skips-silent-registry by known-content: operand 2 -> false
    if (standing.cause !== null && standing.silent >= LIMITS.auditSilentMax) {
      // mutant audit-asks-silent-registry-again by known-content: condition -> true
      if (nowMs() - standing.askedMs < LIMITS.auditSilentMs)
        return failed(createNotAskedFailure(registry, standing.cause));
    }
    standing.askedMs = nowMs();
    const answer = await work();
    // From its end: a request that hangs takes longer than the pause.
    standing.askedMs = nowMs();
    const isSilent = !answer.ok && SILENT.has(answer.failure.code);
    standing.silent = isSilent ? standing.silent + 1 : 0;
    standing.cause = answer.ok ? null : answer.failure;
    return answer;
  };
  return {
    // mutant audit-silence-is-per-registry by known-content: argument -> ''
    resolve: (reference, options) =>
      ask(reference.registry, () => source.resolve(reference, options)),
    referrers: (repository, ...others) =>
      ask(takeHost(repository), () => source.referrers(repository, ...others)),
    manifest: (repository, ...others) =>
      ask(takeHost(repository), () => source.manifest(repository, ...others)),
    blobBytes: (repository, ...others) =>
      ask(takeHost(repository), () => source.blobBytes(repository, ...others)),
    blob: source.blob.bind(source),
  };
}

interface RegistryState {
  /** Requests in a row without an answer. */
  silent: number;
  askedMs: number;
  cause: Failure | null;
}

function takeHost(repository: string): string {
  return repository.slice(0, repository.indexOf('/'));
}

function createNotAskedFailure(registry: string, { code, message }: Failure): Failure {
  const why =
    `${registry} was not asked again after ${LIMITS.auditSilentMax} requests without an ` +
    `answer: ${message}`;
  return new Failure(code, why, 'Try again when the registry answers.');
}
