import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReader, openWriter, type Reader } from '../src/adapters/sql/index.ts';
import { type Ask, parseSelector } from '../src/capabilities/graph/index.ts';
import { orThrow, type Result } from '../src/core/result.ts';
import { graphPorts } from '../src/entrypoints/graph-ports.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { advisoriesInput, deploymentInputs, MILLION, momentOf, releaseInputs } from './graph-history.ts';

const ASK: Ask = {
  asOf: null,
  knownAt: null,
  signedBy: null,
  owner: null,
  since: null,
  page: { rowsMax: 100, after: null },
};
const QUESTION_MS_MAX = 10;

async function importAll(path: string): Promise<Figure[]> {
  const writer = orThrow(await openWriter({ path, ports: graphPorts }));
  const now = momentOf(MILLION.releases);
  orThrow(await writer.append([advisoriesInput()], now));
  let [members, spentMs] = [0, 0];
  for (let release = 0; release < MILLION.releases; release++) {
    const inputs = releaseInputs(MILLION, release); // made before the clock runs: its bytes would come from a file
    const started = performance.now();
    orThrow(await writer.append(inputs, now));
    spentMs += performance.now() - started;
    members += MILLION.membersOfEach;
  }
  for (const input of deploymentInputs(MILLION)) orThrow(await writer.append([input], now));
  await writer.close();
  return [
    { what: 'set members imported', value: members, unit: 'rows', target: null },
    { what: 'durable import', value: members / (spentMs / 1_000), unit: 'rows/s', target: { min: 20_000 } },
    { what: 'size on disk', value: statSync(path).size / 2 ** 20, unit: 'MiB', target: null },
  ];
}

interface Question {
  readonly what: string;
  readonly ask: (reader: Reader) => Promise<Result<{ readonly releases: readonly unknown[] }>>;
}

const component =
  (text: string, ask: Partial<Ask> = {}) =>
  (reader: Reader) =>
    reader.releasesWith(orThrow(parseSelector(text)), { ...ASK, ...ask });

const QUESTIONS: readonly Question[] = [
  { what: 'releases with log4j 2.14.1', ask: component('log4j@2.14.1') },
  { what: 'releases with a component of every release', ask: component('part-0') },
  { what: 'releases with a component of few releases', ask: component('pkg:npm/part-9999') },
  { what: 'releases with it, recent, by owner', ask: component('log4j', { since: momentOf(1_000), owner: 'team-3' }) },
  { what: 'exposure to CVE-2021-44228', ask: (reader) => reader.exposure('CVE-2021-44228', ASK) },
  { what: 'exposure to a flaw of every release', ask: (reader) => reader.exposure('CVE-2026-10000', ASK) },
];

async function timed(reader: Reader, { what, ask }: Question): Promise<Figure[]> {
  const times: number[] = [];
  let rows = 0;
  for (let round = 0; round < 30; round++) {
    const started = performance.now();
    rows = orThrow(await ask(reader)).releases.length;
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  const target = { max: QUESTION_MS_MAX };
  return [
    { what: `${what}, ${rows} rows, p50`, value: times[15] ?? 0, unit: 'ms', target },
    { what: `${what}, slowest of 30`, value: times[29] ?? 0, unit: 'ms', target: null },
  ];
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'graph: a million set members, durable import and questions of 100 rows',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    try {
      const path = join(folder, 'graph.db');
      const figures = await importAll(path);
      const reader = orThrow(await openReader({ path, ports: graphPorts }));
      for (const question of QUESTIONS) figures.push(...(await timed(reader, question)));
      await reader.close();
      return figures;
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};
