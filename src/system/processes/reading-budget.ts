import { getHeapStatistics } from 'node:v8';
import { type Context, createContext, Script } from 'node:vm';
import { Failure } from '../../core/failure.ts';
import { estimateJsonMemory } from '../../core/json-memory.ts';
import { LIMITS } from '../../core/limits.ts';
import type { ReadingBudget } from '../../core/reading-budget.ts';
import { failed, type Result } from '../../core/result.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const WORK = new Script('work()', { filename: 'reading' });
let context: (Context & { work?: () => void }) | null = null;

/**
 * A budget of time and memory for documents that are not small. A thread would have to start, and
 * would send copies of what it read; the engine can end a function of this thread as well.
 * Meanwhile no handler of ours could hear a signal, so that SIGINT and SIGTERM end the process at
 * once, as they do where there is no handler. No function can be ended for want of memory: the
 * engine ends the process. So it is asked before how much may be needed, and how much there is.
 *
 * @example const readWithin = createReadingBudget(LIMITS.documentReadMs);
 */
export function createReadingBudget(ms: number, memory = measureMemory): ReadingBudget {
  return (document, read) => {
    const bytes = countBytes(document);
    if (bytes <= LIMITS.lightDocumentsBytesMax) return read();
    const failure = findLackOfMemory(document, memory());
    return failure === null ? runWithin(ms, bytes, read) : failed(failure);
  };
}

function countBytes(document: Uint8Array | number): number {
  return typeof document === 'number' ? document : document.length;
}

function findLackOfMemory(document: Uint8Array | number, free: number): Failure | null {
  // mutant reading-without-memory by reading-budget: condition -> true
  if (typeof document === 'number' || fits(document, free)) return null;
  return createMemoryFailure(document.length, free);
}

/** What this thread may still allocate, in bytes. */
function measureMemory(): number {
  const { heap_size_limit: limit, used_heap_size: used } = getHeapStatistics();
  return limit - used;
}

/** A character takes two bytes at most, and readers refuse more values than the limit. */
function fits(bytes: Uint8Array, free: number): boolean {
  const forValues = free - 2 * bytes.length;
  return forValues >= LIMITS.jsonMemoryBytesMax || forValues >= estimateJsonMemory(bytes);
}

function createMemoryFailure(bytes: number, free: number): Failure {
  const mebibytes = Math.max(0, Math.floor(free / 1_048_576));
  return new Failure(
    'LIMIT_EXCEEDED',
    `a document of ${bytes} bytes may need more memory than the ${mebibytes} MiB that are left`,
    'Give a smaller document, or more memory, such as NODE_OPTIONS=--max-old-space-size=4096.',
  );
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
  return (document, read) => {
    const bytes = countBytes(document);
    const fairMs = fairMsMin + (bytes / BYTES_PER_SECOND_MIN) * 1_000;
    const isLight = bytes <= LIMITS.lightDocumentsBytesMax && leftMs > 0;
    const allowedMs = Math.max(1, Math.ceil(Math.min(ms, Math.max(leftMs, 0) + fairMs)));
    const failure = isLight ? null : findLackOfMemory(document, measureMemory());
    if (failure !== null) return failed(failure);
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
