import { formatCount } from '../../core/count.ts';
import { type Failure, toFailure } from '../../core/failure.ts';
import { failed, ok, type Result } from '../../core/result.ts';
import { limitYoungGeneration } from '../../system/threads/young-generation.ts';
import type { Call } from './command.ts';
import { makePrintable, paintErr } from './io.ts';
import type { ExitCode, FailedTarget } from './report/report.ts';
import type { SchemaValue } from './report/schemas.ts';

export interface Batch<T> {
  readonly done: readonly T[];
  readonly failed: readonly FailedTarget[];
}

/**
 * Works on the targets one by one, and gives the result of each as soon as it is there. A target
 * alone fails as it is, and an interruption or a broken store ends the others. Of many targets, no
 * more memory is taken for what each leaves behind than for a few.
 */
export async function* runEach<T>(
  targets: readonly string[],
  { signal }: Pick<Call, 'signal'>,
  work: (target: string) => Promise<T>,
): AsyncGenerator<{ readonly target: string; readonly result: Result<T> }> {
  for (const target of targets) {
    let result: Result<T>;
    try {
      result = ok(await work(target));
    } catch (thrown) {
      const failure = toFailure(thrown);
      // mutant one-bad-target-ends-a-batch by batch: condition -> true
      // mutant interrupted-batch-goes-on by batch: operand -> false
      if (signal.aborted || targets.length === 1 || concernsAll(failure)) throw thrown;
      result = failed(failure);
    }
    yield { target, result };
    if (targets.length > 1) limitYoungGeneration();
  }
}

/** What is wrong with the store, and not with the target. */
function concernsAll({ code }: Failure): boolean {
  return code.startsWith('STORE_') || code === 'FILE_UNWRITABLE';
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
  const bad: FailedTarget[] = [];
  for await (const { target, result } of runEach(targets, { signal }, work)) {
    if (result.ok) done.push(result.value);
    else bad.push({ target, failure: result.failure });
  }
  const [first] = bad;
  for (const one of bad) printFailed(io, one);
  if (first !== undefined && done.length === 0) throw first.failure;
  return { done, failed: bad };
}

export function printFailed(io: Call['io'], { target, failure }: FailedTarget): void {
  const { message, code, remedy } = failure;
  const said = message.startsWith(target) ? message : `${target}: ${message}`;
  io.err(`${paintErr(io, 'red', 'error:')} ${makePrintable(said)} [${code}]\n`);
  io.err(`  ${paintErr(io, 'yellow', 'fix:')} ${makePrintable(remedy)}\n`);
}

/**
 * What is said at the end, because the first lines may be far up. It names the exit code where the
 * command ends with it because of these targets; findings among the others end it with 1.
 */
export function listFailedHints(
  done: number,
  failed: readonly FailedTarget[],
  { what = 'target', exitCode = 3 }: { readonly what?: string; readonly exitCode?: ExitCode } = {},
): readonly string[] {
  if (failed.length === 0) return [];
  const names = failed.map(({ target }) => target).join(', ');
  const all = formatCount(done + failed.length, what);
  const because = exitCode === 3 ? ' (exit code 3)' : '';
  return [`not read: ${names}, ${failed.length} of ${all}${because}`];
}

type FailedValue = SchemaValue<'scan'>['failed'][number];

export function toFailedJson({ target, failure }: FailedTarget): FailedValue {
  const { code, message, remedy } = failure;
  return { target, code, message, remedy };
}
