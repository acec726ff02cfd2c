import type { Failure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';

export type LogLevel = 'info' | 'warn' | 'error';

/** One line of the log: what happened, and how bad it is. */
export type LogEntry = Readonly<Record<string, unknown>> & {
  readonly level: LogLevel;
  readonly event: string;
};

export function describeJobFailure(event: string, { code, message }: Failure): LogEntry {
  return { level: 'error', event, code, message: toOneLine(message) };
}
