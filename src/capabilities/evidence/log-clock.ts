import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { LogEntry } from './port.ts';

/** When an entry was recorded, and where it stands. */
export type LogStamp = Pick<LogEntry, 'position' | 'recordedAt'>;

/** Whether an entry has a time that is yet to come: the clock was ahead when it was recorded. */
export function isAhead({ recordedAt }: LogStamp, now: Instant): boolean {
  // mutant log-of-another-clock by log-clock: operand 4 -> 1_000 * $
  return recordedAt > now + LIMITS.clockSkewMs;
}
