import pino from 'pino';
import { makePrintable } from './io.ts';

/** One line of a log; `level` says how bad it is. */
export type LoggedEntry = Readonly<Record<string, unknown>> & {
  readonly level: 'info' | 'warn' | 'error';
};

export type LogFormat = 'json' | 'text';

interface LineTarget {
  readonly write: (line: string) => void;
}

/**
 * Writes the log of a server: one line each, with the time in RFC 3339. In text, a line is time,
 * level, event and then `name=value`; a value that is not one plain word is in the form of JSON.
 */
export function createLogWriter(
  format: LogFormat,
  target: LineTarget = pino.destination({ dest: 2, sync: true }),
): (entry: LoggedEntry) => void {
  const destination: LineTarget =
    format === 'json' ? target : { write: (line) => void target.write(formatAsText(line)) };
  const options = {
    base: null,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (level: string) => ({ level }) },
  };
  const logger = pino(options, destination);
  return ({ level, ...entry }) => logger[level](entry);
}

function formatAsText(line: string): string {
  const { level, time, event, ...entry } = JSON.parse(line) as Record<string, unknown>;
  const members = Object.entries(entry)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${formatValue(value)}`);
  const words = [time, String(level).padEnd(5), event, ...members];
  return `${makePrintable(words.join(' '))}\n`;
}

function formatValue(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[\w./:@+-]+$/.test(value);
  return isPlain ? value : JSON.stringify(value);
}
