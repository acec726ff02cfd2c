import { type Failure, toFailure } from '../../core/failure.ts';
import type { Call } from './command.ts';
import { makePrintable, paintErr } from './io.ts';
import type { SchemaValue } from './report/schemas.ts';

/** A target of several that gave no result. */
export interface FailedTarget {
  readonly target: string;
  readonly failure: Failure;
}

export interface Batch<T> {
  readonly done: readonly T[];
  readonly failed: readonly FailedTarget[];
}

/**
 * Works on each target; one that fails is named on standard error and does not end the others.
 * Where none gives a result, the first failure is thrown, so a single target fails as it is.
 */
export async function runBatch<T>(
  targets: readonly string[],
  { io, signal }: Pick<Call, 'io' | 'signal'>,
  work: (target: string) => Promise<T>,
): Promise<Batch<T>> {
  const done: T[] = [];
  const failed: FailedTarget[] = [];
  for (const target of targets) {
    try {
      done.push(await work(target));
    } catch (thrown) {
      // mutant one-bad-target-ends-a-batch by batch: condition -> true
      // mutant interrupted-batch-goes-on by batch: operand -> false
      if (signal.aborted || targets.length === 1) throw thrown;
      failed.push({ target, failure: toFailure(thrown) });
    }
  }
  const [first] = failed;
  for (const one of failed) printFailed(io, one);
  if (first !== undefined && done.length === 0) throw first.failure;
  return { done, failed };
}

function printFailed(io: Call['io'], { target, failure }: FailedTarget): void {
  const { message, code, remedy } = failure;
  io.err(`${paintErr(io, 'red', 'error:')} ${makePrintable(`${target}: ${message}`)} [${code}]\n`);
  io.err(`  ${paintErr(io, 'yellow', 'fix:')} ${makePrintable(remedy)}\n`);
}

/** What is said at the end, because the first lines may be far up. */
export function listFailedHints({ done, failed }: Batch<unknown>): readonly string[] {
  if (failed.length === 0) return [];
  const names = failed.map(({ target }) => target).join(', ');
  return [
    `not read: ${names}, ${failed.length} of ${done.length + failed.length} targets (exit code 3)`,
  ];
}

type FailedValue = SchemaValue<'scan'>['failed'][number];

export function toFailedJson({ target, failure }: FailedTarget): FailedValue {
  const { code, message, remedy } = failure;
  return { target, code, message, remedy };
}
