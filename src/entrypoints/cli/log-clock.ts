import { isAhead, type LogStamp } from '../../capabilities/evidence/index.ts';
import { formatInstant, toInstant } from '../../core/instant.ts';
import { orThrow, type Result } from '../../core/result.ts';
import type { Io } from './io.ts';

/** Says once that times of the answer may come from a clock that was ahead. */
export async function noteClockAhead(
  io: Io,
  log: { latest(): Promise<Result<LogStamp | null>> },
): Promise<void> {
  const latest = orThrow(await log.latest());
  if (latest === null || !isAhead(latest, toInstant(Date.now()))) return;
  const { position, recordedAt } = latest;
  io.err(
    `position ${position} of the log is stamped ${formatInstant(recordedAt)}, which is yet to ` +
      'come: the clock was ahead then: waybill graph verify\n',
  );
}
