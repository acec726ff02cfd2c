import type { Result } from './result.ts';

/**
 * Runs the reading of an untrusted document, and ends it where it takes too long; one whose values
 * may not fit into memory is not begun. What is read must not change anything outside: the reading
 * may end at any point.
 */
export type ReadingBudget = <T>(bytes: Uint8Array, read: () => Result<T>) => Result<T>;

/** No budget: for who may be ended as a whole. */
export const readAtOnce: ReadingBudget = (_, read) => read();
