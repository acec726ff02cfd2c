import { Failure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';
import { type ChildEnd, runChild } from '../../system/processes/run-child.ts';

export interface BuildRun {
  /** For /bin/sh. */
  readonly command: string;
  /** The tree of the commit. */
  readonly cwd: string;
  /** All that the build gets of the environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly timeMs: number;
  readonly signal: AbortSignal;
}

const OUT_BYTES_MAX = 64 * 1024 * 1024;

/** Runs the declared command once, with exactly this environment; throws if it does not build. */
export async function runBuild({ command, ...run }: BuildRun): Promise<void> {
  const bytesMax = OUT_BYTES_MAX;
  const ended = await runChild({ program: '/bin/sh', args: ['-c', command], ...run, bytesMax });
  // mutant rebuild-that-failed by rebuild: condition -> true
  if (ended.kind === 'ended' && ended.code === 0) return;
  const remedy =
    'Run the command in a clean checkout of the commit, with nothing but PATH and HOME.';
  throw new Failure('BUILD_FAILED', `the build did not end well: ${explain(ended)}`, remedy);
}

function explain(ended: ChildEnd): string {
  if (ended.kind === 'slow') return 'it took too long, or was stopped';
  if (ended.kind === 'large') return `it printed over ${OUT_BYTES_MAX} bytes`;
  if (ended.kind === 'failed') return toOneLine(ended.why.slice(0, 300));
  const lines = ended.err.toString('utf8').trimEnd().split('\n');
  const last = toOneLine((lines.at(-1) ?? '').slice(0, 300));
  return `exit code ${ended.code}${last === '' ? '' : `: ${last}`}`;
}
