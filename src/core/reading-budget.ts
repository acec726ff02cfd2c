import { toFailure } from './failure.ts';
import { failed, ok, type Result } from './result.ts';

/**
 * Runs the reading of an untrusted document, and ends it where it takes too long; one whose values
 * may not fit into memory is not begun. Work on what was read before is named by its bytes alone.
 * What is read must not change anything outside: the reading may end at any point.
 */
export type ReadingBudget = <T>(document: Uint8Array | number, read: () => Result<T>) => Result<T>;

/** No budget: for who may be ended as a whole. */
export const readAtOnce: ReadingBudget = (_, read) => read();

/** The same for a reading that throws instead of returning a failure. */
export function readWithin<T>(
  reading: ReadingBudget,
  document: Uint8Array | number,
  read: () => T,
): Result<T> {
  return reading(document, () => {
    try {
      return ok(read());
    } catch (thrown) {
      return failed(toFailure(thrown));
    }
  });
}
