import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { run } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';

const ROUNDS = 3;
const HERE = resolve(import.meta.dirname, '..');

/** The process prints these when it ends: microseconds and kilobytes. */
const METER =
  'data:text/javascript,process.on("exit",()=>{const u=process.resourceUsage();' +
  'console.error("usage",u.userCPUTime+u.systemCPUTime,u.maxRSS)})';

interface Usage {
  readonly processorMs: number;
  readonly peakMb: number;
}

async function measureImport(tree: string, feeds: readonly string[]): Promise<Usage> {
  const home = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
  try {
    const args = ['--import', METER, join(tree, 'bin', 'waybill.js'), 'advisories', 'import'];
    const { code, stderr } = await run(process.execPath, [...args, ...feeds, '--home', home], {
      cwd: home,
    });
    const [, processor, peak] = /usage (\d+) (\d+)/.exec(stderr) ?? [];
    if (code !== 0 || processor === undefined || peak === undefined)
      throw new Error(`the import of ${tree} ended with ${code}: ${stderr.slice(0, 500)}`);
    return { processorMs: Number(processor) / 1_000, peakMb: Number(peak) / 1_024 };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function listFeeds(): readonly string[] {
  const data = process.env['WAYBILL_TEST_DATA'];
  const folder = data === undefined ? '' : join(data, 'advisories');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.includes('.osv.'))
    .map((name) => join(folder, name));
}

const median = (values: readonly number[]): number => timing(values).medianMs;

/**
 * Imports the feeds of WAYBILL_TEST_DATA with this tree and with the one in BENCH_BASE, in turn.
 * Both variables are needed for a comparison.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'import of advisories, beside another tree',
  async measure() {
    const base = process.env['BENCH_BASE'];
    const feeds = listFeeds();
    if (base === undefined || feeds.length === 0) return [];
    const [ours, theirs]: [Usage[], Usage[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await measureImport(HERE, feeds));
      theirs.push(await measureImport(base, feeds));
    }
    const compareBy = (what: string, unit: string, max: number, take: (one: Usage) => number) => {
      const [mine, other] = [median(ours.map(take)), median(theirs.map(take))];
      return [
        { what: `${what}, this tree`, value: mine, unit, target: null },
        { what: `${what}, the other tree`, value: other, unit, target: null },
        { what: `${what}, ratio`, value: mine / other, unit: '×', target: { max } },
      ] satisfies readonly Figure[];
    };
    return [
      ...compareBy('processor time', 'ms', 0.4, (one) => one.processorMs),
      ...compareBy('peak memory', 'MB', 0.6, (one) => one.peakMb),
    ];
  },
};
