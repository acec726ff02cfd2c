import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Benchmark, Figure } from './benchmark.ts';
import { compareUsage, measureUsage, type Usage } from './usage.ts';

const ROUNDS = 5;
const DELTA_RECORDS = 100;
const HERE = resolve(import.meta.dirname, '..');

function listFeeds(): readonly string[] {
  const data = process.env['WAYBILL_TEST_DATA'];
  const folder = data === undefined ? '' : join(data, 'advisories');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.includes('.osv.'))
    .map((name) => join(folder, name));
}

/** Records from everywhere in the feeds, each with another fix and a later time. */
function writeDelta(feeds: readonly string[], path: string): void {
  const packed = feeds.filter((name) => name.endsWith('.gz'));
  const each = Math.ceil(DELTA_RECORDS / packed.length);
  const records = packed.flatMap((name) => {
    const lines = gunzipSync(readFileSync(name)).toString().trim().split('\n');
    return Array.from({ length: each }, (_, at) => {
      const record = JSON.parse(lines[Math.floor((at * lines.length) / each)] ?? '') as object;
      const text = JSON.stringify({ ...record, modified: '2026-11-01T00:00:00Z' });
      return text.replace(/"fixed":"([^"]*)"/g, '"fixed":"$1.1"');
    });
  });
  writeFileSync(path, `${records.slice(0, DELTA_RECORDS).join('\n')}\n`);
}

/** The size of the one file that carries an index over an air gap, with what is exploited. */
async function measurePacked(home: string, file: string): Promise<number> {
  const kev = join(process.env['WAYBILL_TEST_DATA'] ?? '', 'advisories', 'kev.ndjson.gz');
  if (existsSync(kev)) await measureUsage(HERE, ['advisories', 'import', kev], home);
  await measureUsage(HERE, ['key', 'generate', '--subject', 'CN=data,O=Shop,ST=WA,C=US'], home);
  const repository = 'registry.example.com/security/advisories';
  await measureUsage(HERE, ['advisories', 'pack', repository, '--to', file], home);
  return statSync(file).size / 1e6;
}

/**
 * Imports the feeds of WAYBILL_TEST_DATA with this tree and with the one in BENCH_BASE, in turn,
 * and then 100 changed records into what was imported. Both variables are needed.
 */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'import of advisories, beside another tree',
  async measure() {
    const base = process.env['BENCH_BASE'];
    const feeds = listFeeds();
    if (base === undefined || feeds.length === 0) return [];
    const trees = [HERE, base];
    const whole: [Usage[], Usage[]] = [[], []];
    const deltas: [Usage[], Usage[]] = [[], []];
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      const delta = join(folder, 'delta.ndjson');
      writeDelta(feeds, delta);
      let packedMb = 0;
      // A checkout makes its bundle at the first command, in the same process.
      for (const tree of trees) await measureUsage(tree, ['key', 'list']);
      for (let round = 0; round < ROUNDS; round++)
        for (const [at, tree] of trees.entries()) {
          const home = join(folder, `${round}-${at}`);
          whole[at]?.push(await measureUsage(tree, ['advisories', 'import', ...feeds], home));
          deltas[at]?.push(await measureUsage(tree, ['advisories', 'import', delta], home));
          if (at === 0 && round === 0) packedMb = await measurePacked(home, join(folder, 'p.tar'));
          rmSync(home, { recursive: true, force: true });
        }
      const peak = Math.max(...whole[0].map(({ peakMb }) => peakMb));
      const slowest = Math.max(...deltas[0].map(({ wallMs }) => wallMs));
      return [
        ...compareUsage(...whole, { processor: 0.3, memory: 0.6 }),
        { what: 'peak memory, highest', value: peak, unit: 'MB', target: { max: 200 } },
        ...compareUsage(...deltas, { processor: 1, memory: 1 }).map((figure) => ({
          ...figure,
          what: `100 changed records, ${figure.what}`,
        })),
        { what: 'signed index of these feeds', value: packedMb, unit: 'MB', target: { max: 15 } },
        { what: '100 changed records, slowest', value: slowest, unit: 'ms', target: { max: 300 } },
      ] satisfies readonly Figure[];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
