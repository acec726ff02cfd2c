import { resolve } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { compareUsage, measureUsage, type Usage } from './usage.ts';

const ROUNDS = 3;
const HERE = resolve(import.meta.dirname, '..');

/**
 * The inventory of the folder in BENCH_ROOT (or /usr) as a root file system, with this tree and
 * with the one in BENCH_BASE, in turn. Without the second, nothing is compared.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'inventory of a root file system, beside another tree',
  async measure() {
    const base = process.env['BENCH_BASE'];
    if (base === undefined) return [];
    const command = ['sbom', `rootfs:${process.env['BENCH_ROOT'] ?? '/usr'}`, '--format', 'json'];
    const [ours, theirs]: [Usage[], Usage[]] = [[], []];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await measureUsage(HERE, command));
      theirs.push(await measureUsage(base, command));
    }
    return compareUsage(ours, theirs, { processor: 0.85, memory: 0.8 });
  },
};
