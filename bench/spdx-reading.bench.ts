import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, run } from '../tools/process.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import { COMPONENTS, largeSbom } from './large-sbom.ts';

/** What is compared with: the reader that parsed the whole document first. */
const BASE = 'eb544a9';
const ROUNDS = 3;

interface Reading {
  readonly first: { readonly cpuMs: number; readonly wallMs: number };
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly peakMb: number;
}

/** The sources of the base, beside our packages. */
async function checkOutBase(folder: string): Promise<string> {
  const base = join(folder, 'base');
  mkdirSync(base);
  const archive = join(folder, 'base.tar');
  const packed = await run('git', ['archive', '-o', archive, BASE, 'src'], { cwd: root });
  const unpacked = await run('tar', ['-xf', archive, '-C', base]);
  if (packed.code !== 0 || unpacked.code !== 0)
    throw new Error(`the commit ${BASE} is needed: ${packed.stderr}${unpacked.stderr}`);
  writeFileSync(join(base, 'package.json'), '{"type":"module"}');
  symlinkSync(join(root, 'node_modules'), join(base, 'node_modules'), 'junction');
  return join(base, 'src');
}

async function read(sources: string, file: string): Promise<Reading> {
  const ended = await run(process.execPath, [join(root, 'bench/read-sbom.ts'), sources, file]);
  if (ended.code !== 0) throw new Error(ended.stderr);
  return JSON.parse(ended.stdout) as Reading;
}

function median(readings: readonly Reading[], take: (one: Reading) => number): number {
  const sorted = readings.map(take).sort((one, other) => one - other);
  return quantile(sorted, 0.5);
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: `spdx reading: a document of 42 MB, against commit ${BASE}`,
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      const file = join(folder, 'large.spdx.json');
      writeFileSync(file, largeSbom(1));
      const base = await checkOutBase(folder);
      const [ours, theirs]: [Reading[], Reading[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        theirs.push(await read(base, file));
        ours.push(await read(join(root, 'src'), file));
      }
      const compare = (what: string, take: (one: Reading) => number, target: Figure['target']) => {
        const value = median(theirs, take) / median(ours, take);
        return { what, value, unit: '× less', target };
      };
      const rate = median(ours, ({ wallMs }) => wallMs) / 1_000;
      return [
        { what: 'components read', value: COMPONENTS / rate, unit: 'comp./s', target: null },
        compare('processor time, first reading', ({ first }) => first.cpuMs, null),
        compare('processor time, fastest of 8 readings', ({ cpuMs }) => cpuMs, { min: 2 }),
        compare('time, fastest of 8 readings', ({ wallMs }) => wallMs, { min: 2 }),
        compare('peak memory of the first reading', ({ peakMb }) => peakMb, null),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
