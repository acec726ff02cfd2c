import { performance } from 'node:perf_hooks';
import { run } from '../tools/process.ts';

/**
 * A whole process. Its output is ignored. An exit code other than `exitCode` (0 by default) is an
 * error.
 */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly exitCode?: number;
}

export interface Timing {
  readonly minMs: number;
  readonly medianMs: number;
}

export interface Comparison {
  readonly ours: Timing;
  readonly peer: Timing;
  /** Our median divided by the peer's. */
  readonly ratio: number;
}

/**
 * Runs both alternately (A B A B …), so that a machine that becomes slower slows both. The first
 * pair only warms the caches.
 *
 * @example await compare(ours, peer, 20)
 */
export async function compare(ours: Command, peer: Command, rounds: number): Promise<Comparison> {
  const times = { ours: [] as number[], peer: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    const [one, other] = [await measureCommand(ours), await measureCommand(peer)];
    if (round === 0) continue;
    times.ours.push(one);
    times.peer.push(other);
  }
  const [mine, theirs] = [timing(times.ours), timing(times.peer)];
  return { ours: mine, peer: theirs, ratio: mine.medianMs / theirs.medianMs };
}

export async function measureCommand(command: Command): Promise<number> {
  const { program, args, cwd, env, exitCode = 0 } = command;
  const started = performance.now();
  const { code, stderr } = await run(program, args, {
    ...(cwd ? { cwd } : {}),
    ...(env ? { env } : {}),
  });
  const elapsedMs = performance.now() - started;
  if (code !== exitCode)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr.slice(0, 500)}`);
  return elapsedMs;
}

export function timing(timesMs: readonly number[]): Timing {
  const sorted = [...timesMs].sort((one, other) => one - other);
  return { minMs: sorted[0] ?? Number.NaN, medianMs: quantile(sorted, 0.5) };
}

/** The value below which this share of the sorted values is, interpolated. */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) return Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
