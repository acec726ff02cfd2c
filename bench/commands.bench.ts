import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { timing } from './compare.ts';
import { installPackage } from './installed-package.ts';
import { canMeter, meterCommand } from './metered.ts';

const ROUNDS = 15;
const RECORD = join(root, 'test/golden/v1/records/release.json');
const SBOM = join(root, 'test/golden/v1/sbom.spdx.json');
const QUESTION = ['ask', 'releases', '--component', 'left'];

/**
 * What people wait for, as packed: the version, and a question that has an answer. Beside the tree
 * in BENCH_BASE, in turn, by the processor time of the whole process.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'commands as packed, beside another tree',
  async measure() {
    const base = process.env['BENCH_BASE'];
    if (base === undefined || !canMeter()) return [];
    const packages = [await installPackage(), await installPackage(base)];
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    const meter = async (at: number, args: readonly string[]): Promise<number> => {
      const home = ['--home', join(folder, `${at}`)];
      const all = [packages[at]?.program ?? '', ...args, ...(args.length > 1 ? home : [])];
      return (await meterCommand({ program: process.execPath, args: all, cwd: folder }))
        .processorMs;
    };
    try {
      const { images } = JSON.parse(readFileSync(RECORD, 'utf8')) as {
        readonly images: readonly { readonly digest: string }[];
      };
      const subject = images[0]?.digest ?? '';
      for (const at of packages.keys()) {
        await meter(at, ['graph', 'import', RECORD, '--kind', 'release']);
        await meter(at, ['graph', 'import', SBOM, '--kind', 'sbom', '--subject', subject]);
      }
      const figures: Figure[] = [];
      for (const [what, args] of [
        ['waybill --version', ['--version']],
        ['waybill ask releases', QUESTION],
      ] as const) {
        const all: [number[], number[]] = [[], []];
        for (let round = 0; round < ROUNDS; round++)
          for (const at of [0, 1] as const) all[at].push(await meter(at, args));
        const [ours = 0, theirs = 0] = all.map((times) => timing(times).medianMs);
        figures.push(
          { what: `${what}, this tree`, value: ours, unit: 'ms', target: null },
          { what: `${what}, the other tree`, value: theirs, unit: 'ms', target: null },
          { what: `${what}, ratio`, value: ours / theirs, unit: '×', target: { max: 1 } },
        );
      }
      return figures;
    } finally {
      for (const { clean } of packages) clean();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
