import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Benchmark } from './benchmark.ts';
import { compareUsage, measureUsage, type Usage } from './usage.ts';

const ROUNDS = 3;
const HERE = resolve(import.meta.dirname, '..');

function listFeeds(): readonly string[] {
  const data = process.env['WAYBILL_TEST_DATA'];
  const folder = data === undefined ? '' : join(data, 'advisories');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.includes('.osv.'))
    .map((name) => join(folder, name));
}

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
      ours.push(await measureUsage(HERE, ['advisories', 'import', ...feeds]));
      theirs.push(await measureUsage(base, ['advisories', 'import', ...feeds]));
    }
    return compareUsage(ours, theirs, { processor: 0.4, memory: 0.6 });
  },
};
