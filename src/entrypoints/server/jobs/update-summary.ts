import { toOneLine } from '../../../core/one-line.ts';
import type { Result } from '../../../core/result.ts';
import type { UpdateOutcome } from '../../compose/update-advisories.ts';
import { describeJobFailure, type LogEntry } from '../log.ts';

/** The summary of one update of the advisories for the log and the metrics. */
export interface UpdateSummary {
  readonly from: string;
  readonly ecosystems: number;
  readonly added: number;
  readonly updated: number;
  readonly rejected: number;
  readonly failed: number;
  readonly absent: readonly string[];
  readonly problems: readonly { ecosystem: string; code: string; message: string }[];
}

const LINES_MAX = 100;

export function summariseUpdate(outcome: UpdateOutcome): UpdateSummary {
  const { from, updated, absent, failed, imported } = outcome;
  return {
    ...{ from: toOneLine(from), ecosystems: updated.length, added: imported.added },
    ...{ updated: imported.updated, rejected: imported.rejected, failed: failed.length },
    absent: absent.slice(0, LINES_MAX).map((name) => toOneLine(name)),
    problems: failed.slice(0, LINES_MAX).map(({ target, failure }) => ({
      ecosystem: toOneLine(target),
      code: failure.code,
      message: toOneLine(failure.message),
    })),
  };
}

/** The lines of the log about one update. */
export function logUpdate(result: Result<UpdateSummary>, log: (entry: LogEntry) => void): void {
  if (!result.ok) {
    log(describeJobFailure('advisories-not-updated', result.failure));
    return;
  }
  const { problems, ...counts } = result.value;
  log({ level: counts.failed > 0 ? 'warn' : 'info', event: 'advisories-updated', ...counts });
  for (const one of problems) log({ level: 'warn', event: 'advisories-of-ecosystem', ...one });
}
