import { Failure, type FailureCode, toFailure } from './failure.ts';

/** An expected outcome: a value, or the Failure that says why there is none. */
export type Result<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: Failure };

export function ok<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(
  code: FailureCode,
  message: string,
  remedy: string,
  cause?: unknown,
): Result<never> {
  return {
    ok: false,
    failure: new Failure(code, message, remedy, cause === undefined ? {} : { cause }),
  };
}

export function failed(failure: Failure): Result<never> {
  return { ok: false, failure };
}

/**
 * Returns the value or throws the failure: for edges where the work cannot go on without the value.
 */
export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw result.failure;
}

/** Runs `work`; what it throws becomes a failure. */
export async function attempt<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work());
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}
