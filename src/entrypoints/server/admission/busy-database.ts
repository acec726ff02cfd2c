import type { Failure } from '../../../core/failure.ts';

/** Whether the database may take the same records later: somebody holds it, or it is away. */
export function isBusy({ code }: Failure): boolean {
  // mutant absent-database-is-tried-again by decision-log: operand 2 -> false
  return code === 'STORE_LOCKED' || code === 'STORE_UNREACHABLE';
}
