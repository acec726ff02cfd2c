import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../tools/process.ts';
import type { Figure } from './benchmark.ts';
import { timing } from './compare.ts';

/** The process prints these when it ends: microseconds and kilobytes. */
const METER =
  'data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();' +
  'console.error("usage",u.userCPUTime+u.systemCPUTime,u.maxRSS)})';

/** What one run of a command took. */
export interface Usage {
  readonly processorMs: number;
  readonly peakMb: number;
  readonly wallMs: number;
}

/**
 * Runs a command of the Waybill in a tree: with an empty home, or in one that is kept. `codes` are
 * the exit codes that it may have.
 */
export async function measureUsage(
  tree: string,
  command: readonly string[],
  kept: string | null = null,
  codes: readonly number[] = [0],
): Promise<Usage> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  const home = kept ?? folder;
  try {
    const args = ['--import', METER, join(tree, 'bin', 'waybill.js'), ...command, '--home', home];
    const started = performance.now();
    const { code, stderr } = await run(process.execPath, args, { cwd: folder });
    const wallMs = performance.now() - started;
    const [, processor, peak] = /usage (\d+) (\d+)/.exec(stderr) ?? [];
    if (!codes.includes(code) || processor === undefined || peak === undefined)
      throw new Error(`${command[0]} of ${tree} ended with ${code}: ${stderr.slice(0, 500)}`);
    return { processorMs: Number(processor) / 1_000, peakMb: Number(peak) / 1_024, wallMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The medians of two trees, and their ratios with the targets. */
export function compareUsage(
  ours: readonly Usage[],
  theirs: readonly Usage[],
  ratios: { readonly processor: number; readonly memory: number },
): readonly Figure[] {
  const compareBy = (what: string, unit: string, max: number, take: (one: Usage) => number) => {
    const [mine, other] = [ours, theirs].map((all) => timing(all.map(take)).medianMs) as [
      number,
      number,
    ];
    return [
      { what: `${what}, this tree`, value: mine, unit, target: null },
      { what: `${what}, the other tree`, value: other, unit, target: null },
      { what: `${what}, ratio`, value: mine / other, unit: '×', target: { max } },
    ] satisfies readonly Figure[];
  };
  return [
    ...compareBy('processor time', 'ms', ratios.processor, (one) => one.processorMs),
    ...compareBy('peak memory', 'MB', ratios.memory, (one) => one.peakMb),
  ];
}
