import { join } from 'node:path';
import { root, run } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';

/** Rows of one benchmark, which both trees have under the same names. */
interface Rows {
  readonly benchmark: string;
  readonly rounds: number;
  /** Smaller is better in `times`, larger in `rates`. */
  readonly times?: readonly string[];
  readonly rates?: readonly string[];
}

const BOTH: readonly Rows[] = [
  {
    benchmark: 'graph: a million',
    rounds: 2,
    rates: ['durable import, one release at a time', 'durable import, eight at a time'],
  },
  {
    benchmark: 'audit: 1,000',
    rounds: 2,
    times: ['the first audit, which records all', 'an audit later, slowest of three'],
  },
];
const RATIO_MAX = 1.05;

/**
 * Rows that must not become slower (durable import, audit), measured by the benchmarks of this tree
 * and of the one in BENCH_BASE, in turn. The ratio is that of the medians; above one is slower,
 * also for rates.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'rows beside another tree',
  async measure() {
    const base = process.env['BENCH_BASE'];
    if (base === undefined) {
      console.warn('skipped: BENCH_BASE names no other tree');
      return [];
    }
    const figures: Figure[] = [];
    for (const rows of BOTH) {
      const found: Map<string, number>[][] = [[], []];
      for (let round = 0; round < rows.rounds; round++)
        for (const [at, tree] of [root, base].entries())
          found[at]?.push(await readRows(tree, rows.benchmark));
      for (const what of [...(rows.times ?? []), ...(rows.rates ?? [])]) {
        const [ours = 0, theirs = 0] = found.map(
          (runs) => timing(runs.map((one) => one.get(what) ?? Number.NaN)).medianMs,
        );
        const isRate = rows.rates?.includes(what) === true;
        const unit = isRate ? 'rows/s' : 'ms';
        figures.push(
          { what: `${what}, this tree`, value: ours, unit, target: null },
          { what: `${what}, the other tree`, value: theirs, unit, target: null },
          {
            what: `${what}, ratio`,
            value: isRate ? theirs / ours : ours / theirs,
            unit: '×',
            target: { max: RATIO_MAX },
          },
        );
      }
    }
    return figures;
  },
};

/** The values of one benchmark by their names, as `bench/run.ts` prints them. */
async function readRows(tree: string, name: string): Promise<Map<string, number>> {
  const { stdout, stderr } = await run(process.execPath, [join(tree, 'bench/run.ts'), name], {
    cwd: tree,
  });
  const rows = stdout.split('\n').flatMap((line): [string, number][] => {
    const found = /^ {2}(?<what>\S.*?) {2,}(?<value>[\d,.]+) \S/.exec(line);
    const { what = '', value = '' } = found?.groups ?? {};
    return found === null ? [] : [[what, Number(value.replaceAll(',', ''))]];
  });
  if (rows.length === 0) throw new Error(`${tree}: ${name}: ${stderr.slice(0, 500)}`);
  return new Map(rows);
}
