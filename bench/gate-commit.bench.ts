import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';
import { isolateGit, makeLargeRepository } from './large-repository.ts';

const ROUNDS = 7;
/** A checkout with its node_modules to compare with; without it nothing is compared. */
const OTHER = process.env['BENCH_BASE'];

interface Run {
  readonly processorMs: number;
  readonly wallMs: number;
}

type Command = readonly [what: string, args: readonly string[], ratioMax: number];

const COMMANDS: readonly Command[] = [
  ['gate commit', ['gate', 'commit'], 0.4],
  ['init --dry-run', ['init', '--dry-run', '--yes'], 0.7],
];
const GATE_WALL_MS_MAX = 600;

/** Runs a Waybill in the repository. What its own processes took, such as git, counts too. */
async function measure(
  folder: string,
  tree: string,
  home: string,
  args: readonly string[],
): Promise<Run> {
  const words = [join(tree, 'bin/waybill.js'), ...args];
  const env = { ...isolateGit(folder), WAYBILL_HOME: home, TREE_WORDS: JSON.stringify(words) };
  const { code, stdout, stderr } = await run(process.execPath, ['--eval', METER], {
    cwd: join(folder, 'repository'),
    env,
  });
  if (code !== 0) throw new Error(`${args.join(' ')} of ${tree}: ${stderr.slice(0, 500)}`);
  return JSON.parse(stdout) as Run;
}

/** A process whose only children are those of the command: Linux counts their time for it. */
const METER = `
  const { spawnSync } = require('node:child_process');
  const { readFileSync } = require('node:fs');
  const { TREE_WORDS, ...env } = process.env;
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, JSON.parse(TREE_WORDS), { env });
  const wallMs = performance.now() - started;
  if (status !== 0) { process.stderr.write(stderr); process.exit(1); }
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ');
  const processorMs = (Number(fields[13]) + Number(fields[14])) * 10;
  console.log(JSON.stringify({ processorMs, wallMs }));
`;

async function compareTrees(folder: string, [what, args, ratioMax]: Command): Promise<Figure[]> {
  const ours: Run[] = [];
  const theirs: Run[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const one = await measure(folder, root, join(folder, 'home'), args);
    const other =
      OTHER === undefined ? null : await measure(folder, OTHER, join(folder, 'home-base'), args);
    if (round === 0) continue; // warms the caches
    ours.push(one);
    if (other !== null) theirs.push(other);
  }
  const processor = (runs: readonly Run[]): number =>
    timing(runs.map(({ processorMs }) => processorMs)).medianMs;
  const isGate = args[0] === 'gate';
  const wall = timing(ours.map(({ wallMs }) => wallMs)).medianMs;
  const target = isGate ? { max: GATE_WALL_MS_MAX } : null;
  const figures: Figure[] = [
    { what: `${what}, processor time`, value: processor(ours), unit: 'ms', target: null },
    { what: `${what}, time`, value: wall, unit: 'ms', target },
  ];
  if (theirs.length === 0) return figures;
  const other = processor(theirs);
  return [
    ...figures,
    { what: `${what}, processor time of the other`, value: other, unit: 'ms', target: null },
    {
      what: `${what}, ratio`,
      value: processor(ours) / other,
      unit: '×',
      target: { max: ratioMax },
    },
  ];
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'gate commit and init in a repository of 1,700 packages',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      mkdirSync(join(folder, 'repository'));
      await makeLargeRepository(folder);
      // Both read what the older one wrote, which may not know a later parameter of the policy.
      await measure(folder, OTHER ?? root, join(folder, 'home'), ['init', '--yes']);
      const feed = ['advisories', 'import', '../feed.ndjson.gz'];
      await measure(folder, root, join(folder, 'home'), feed);
      if (OTHER !== undefined) await measure(folder, OTHER, join(folder, 'home-base'), feed);
      const figures: Figure[] = [];
      for (const command of COMMANDS) figures.push(...(await compareTrees(folder, command)));
      return figures;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
