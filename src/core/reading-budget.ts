import { toFailure } from './failure.ts';
import { failed, ok, type Result } from './result.ts';

/**
 * Runs the reading of an untrusted document of so many bytes, and ends it where it takes too long.
 * What is read must not change anything outside: the reading may end at any point.
 */
export type ReadingBudget = <T>(bytes: number, read: () => Result<T>) => Result<T>;

/** No budget: for who may be ended as a whole. */
export const readAtOnce: ReadingBudget = (_, read) => read();

/** The same for a reading that throws instead of returning a failure. */
export function readWithin<T>(reading: ReadingBudget, bytes: number, read: () => T): Result<T> {
  return reading(bytes, () => {
    try {
      return ok(read());
    } catch (thrown) {
      return failed(toFailure(thrown));
    }
  });
}
