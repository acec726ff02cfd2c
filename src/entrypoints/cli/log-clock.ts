import type { LogEntry } from '../../capabilities/evidence/index.ts';
import { formatInstant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow, type Result } from '../../core/result.ts';
import type { Io } from './io.ts';

type Stamp = Pick<LogEntry, 'position' | 'recordedAt'>;

/** Whether an entry has a time that is yet to come: the clock was ahead when it was recorded. */
export function isAhead({ recordedAt }: Stamp): boolean {
  // mutant log-of-another-clock by log-clock: operand 4 -> 1_000 * $
  return recordedAt > toInstant(Date.now()) + LIMITS.clockSkewMs;
}

/** Says once that times of the answer may come from a clock that was ahead. */
export async function noteClockAhead(
  io: Io,
  log: { latest(): Promise<Result<Stamp | null>> },
): Promise<void> {
  const latest = orThrow(await log.latest());
  if (latest === null || !isAhead(latest)) return;
  const { position, recordedAt } = latest;
  io.err(
    `position ${position} of the log is stamped ${formatInstant(recordedAt)}, which is yet to ` +
      'come: the clock was ahead then: waybill graph verify\n',
  );
}
