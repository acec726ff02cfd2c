import { type Context, createContext, Script } from 'node:vm';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { failed, type Result } from '../../core/result.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const WORK = new Script('work()', { filename: 'reading' });
let context: (Context & { work?: () => void }) | null = null;

/**
 * A budget of time for documents that are not small. A thread would have to start, and would send
 * copies of what it read; the engine can end a function of this thread as well. Meanwhile no
 * handler of ours could hear a signal, so that SIGINT and SIGTERM end the process at once, as they
 * do where there is no handler.
 *
 * @example const readWithin = createReadingBudget(LIMITS.documentReadMs);
 */
export function createReadingBudget(ms: number): ReadingBudget {
  return (bytes, read) =>
    bytes <= LIMITS.lightDocumentsBytesMax ? read() : runWithin(ms, bytes, read);
}

export const readWithinBudget = createReadingBudget(LIMITS.documentReadMs);

/**
 * The same for one command, which may read thousands of documents: what any of them takes over its
 * fair time, by its bytes, is taken from one budget. So a tree full of hostile files takes no
 * longer than one of them, besides a time that grows with its bytes.
 */
export function createCommandBudget(
  ms: number = LIMITS.documentReadMs,
  fairMsMin: number = FAIR_MS_MIN,
): ReadingBudget {
  let leftMs = ms;
  return (bytes, read) => {
    const fairMs = fairMsMin + (bytes / BYTES_PER_SECOND_MIN) * 1_000;
    const isLight = bytes <= LIMITS.lightDocumentsBytesMax && leftMs > 0;
    const allowedMs = Math.max(1, Math.ceil(Math.min(ms, Math.max(leftMs, 0) + fairMs)));
    const started = performance.now();
    const outcome = isLight ? read() : runWithin(allowedMs, bytes, read);
    // mutant budget-for-each-hostile-file by reading-budget: remove
    leftMs -= Math.max(0, performance.now() - started - fairMs);
    return outcome;
  };
}

/** All readers are at least ten times as fast. */
const BYTES_PER_SECOND_MIN = 1024 * 1024;
const FAIR_MS_MIN = 250;

function runWithin<T>(ms: number, bytes: number, read: () => Result<T>): Result<T> {
  let outcome: Result<T> | null = null;
  context ??= createContext(Object.create(null));
  context.work = () => {
    outcome = read();
  };
  const giveBack = dropSignalHandlers();
  try {
    // mutant reading-without-a-deadline by reading-budget: argument 2 -> {}
    WORK.runInContext(context, { timeout: ms });
  } catch (thrown) {
    if (!isTimeout(thrown)) throw thrown;
    outcome = failed(createLateFailure(bytes, ms));
  } finally {
    delete context.work;
    giveBack();
  }
  return outcome ?? failed(createLateFailure(bytes, ms));
}

/** It is an error of the other context, and no `Error` here. */
function isTimeout(thrown: unknown): boolean {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    'code' in thrown &&
    thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}

function createLateFailure(bytes: number, ms: number): Failure {
  return new Failure(
    'DEADLINE_EXCEEDED',
    `a document of ${bytes} bytes took over ${ms / 1_000} s to read`,
    'Give a smaller document, or one for each part.',
  );
}

/** Returns what puts the handlers back. In a thread there are none. */
function dropSignalHandlers(): () => void {
  const dropped = SIGNALS.flatMap((signal) =>
    process.listeners(signal).map((handler) => ({ signal, handler })),
  );
  // mutant signal-during-a-reading by reading-budget: remove
  for (const { signal, handler } of dropped) process.off(signal, handler);
  return () => {
    for (const { signal, handler } of dropped) process.on(signal, handler);
  };
}
