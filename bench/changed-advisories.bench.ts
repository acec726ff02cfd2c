import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWriter } from '../src/adapters/graph-sql/index.ts';
import { toInstant } from '../src/core/instant.ts';
import { orThrow } from '../src/core/result.ts';
import { graphPorts } from '../src/entrypoints/compose/graph-ports.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import {
  advisoriesInput,
  changedAdvisoriesInput,
  feedsInput,
  type History,
  makeReleaseTime,
  releaseInputs,
} from './graph-history.ts';

/** Five million members; BENCH_RELEASES makes it smaller. */
const HISTORY: History = {
  releases: Number(process.env['BENCH_RELEASES'] ?? 10_000),
  membersOfEach: 500,
  versions: 200_000,
};
const BATCH = 40;
const ROUNDS = 5;
const CHANGED = 100;

/** From 100 changed advisories to the components that they affect now, among everything stored. */
export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'changed advisories: 100 against five million stored set members',
  async measure() {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-bench-'));
    const path = join(folder, 'graph.db');
    try {
      const writer = orThrow(await openWriter({ path, ports: graphPorts }));
      let at = makeReleaseTime(HISTORY.releases);
      orThrow(await writer.append([advisoriesInput(), feedsInput()], at));
      for (let first = 0; first < HISTORY.releases; first += BATCH) {
        const inputs = Array.from({ length: BATCH }, (_, one) =>
          releaseInputs(HISTORY, first + one),
        ).flat();
        orThrow(await writer.append(inputs, at));
      }
      const [walls, cpus]: [number[], number[]] = [[], []];
      for (let round = 1; round <= ROUNDS; round++) {
        at = toInstant(at + 1_000);
        const input = changedAdvisoriesInput(CHANGED, round);
        const [before, started] = [process.cpuUsage(), performance.now()];
        orThrow(await writer.append([input], at));
        walls.push(performance.now() - started);
        const { user, system } = process.cpuUsage(before);
        cpus.push((user + system) / 1_000);
      }
      await writer.close();
      const median = (all: readonly number[]): number =>
        quantile(
          all.toSorted((one, other) => one - other),
          0.5,
        );
      const members = HISTORY.releases * HISTORY.membersOfEach;
      return [
        { what: 'set members stored', value: members, unit: 'rows', target: null },
        { what: 'size on disk', value: statSync(path).size / 2 ** 20, unit: 'MiB', target: null },
        { what: 'durable, median', value: median(walls), unit: 'ms', target: { max: 1_000 } },
        { what: 'durable, slowest', value: Math.max(...walls), unit: 'ms', target: { max: 1_000 } },
        { what: 'processor time, median', value: median(cpus), unit: 'ms', target: null },
      ] satisfies readonly Figure[];
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
