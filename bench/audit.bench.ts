import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openWriter } from '../src/adapters/graph-sql/index.ts';
import { orThrow } from '../src/core/result.ts';
import { graphPorts } from '../src/entrypoints/compose/graph-ports.ts';
import { CommandLine } from '../test/support/command-line.ts';
import {
  attachedEvidence,
  kubectlList,
  makeNode,
  makePod,
  makeRelease,
} from '../test/support/estate.ts';
import { nowInstant, podReview, Scene } from '../test/support/scene.ts';
import type { Benchmark, Figure } from './benchmark.ts';
import { quantile } from './compare.ts';
import { ServerProcess } from './serving.ts';

/** A smaller number gives a quick result. */
const RELEASES = Number(process.env['BENCH_RELEASES'] ?? 1_000);
const AUDITS = 3;

/** As many packages as a small base image has, and one package that only this image has. */
function listPackages(index: number) {
  const base = Array.from({ length: 100 }, (_, at) => ({
    name: `part-${at}`,
    version: `1.${at}-1`,
  }));
  return [...base, { name: 'own', version: `1.${index}` }];
}

async function publishAll(scene: Scene): Promise<void> {
  const writer = orThrow(await openWriter({ path: scene.config.database, ports: graphPorts }));
  const pods: object[] = [];
  for (let index = 0; index < RELEASES; index++) {
    const name = `app-${index}`;
    const subject = await scene.push(name, listPackages(index));
    const attached = attachedEvidence(await scene.attach(name, subject));
    const { digest } = subject;
    orThrow(await writer.append([makeRelease(scene, name, digest), ...attached], nowInstant()));
    const image = `${scene.registry.registry}/shop/${name}`;
    if (index % 2 === 0)
      pods.push(makePod(name, `${image}:1.0`, { imageId: `${image}@${digest}` }));
  }
  await writer.close();
  writeFileSync(join(scene.folder, 'cluster.json'), kubectlList(makeNode(), ...pods));
}

const REVIEW_EVERY_MS = 20;

/** Measures admissions of a server that audits continuously, by its schedule. */
async function besideAudits(scene: Scene, review: string): Promise<Figure[]> {
  const serving = await ServerProcess.start(scene.home, '--audit-interval', '1s');
  try {
    await serving.admit(review);
    const times = await serving.admitSteadily(review, REVIEW_EVERY_MS, auditDone(serving));
    const sorted = [...times].sort((one, other) => one - other);
    return [
      {
        what: 'reviews beside a scheduled audit, 50 a second',
        value: sorted.length,
        unit: '',
        target: null,
      },
      {
        what: 'review beside an audit, p50',
        value: quantile(sorted, 0.5),
        unit: 'ms',
        target: null,
      },
      {
        what: 'review beside an audit, p99',
        value: quantile(sorted, 0.99),
        unit: 'ms',
        target: { max: 50 },
      },
    ];
  } finally {
    await serving.close();
  }
}

async function auditDone(serving: ServerProcess): Promise<void> {
  for (;;) {
    const metrics = await serving.metrics();
    if ((metrics.get('waybill_audits_total{outcome="done"}') ?? 0) > 0) return;
    await sleep(200);
  }
}

async function auditMs(line: CommandLine, ...args: readonly string[]): Promise<number> {
  const started = performance.now();
  const { code, stderr } = await line.run('audit', ...args);
  if (code !== 0) throw new Error(`the audit ended with ${code}: ${stderr}`);
  return performance.now() - started;
}

export const benchmark: Benchmark = {
  kind: 'measurement',
  name: 'audit: 1,000 releases by the default policy, registry and audit on the same machine',
  async measure() {
    const scene = await Scene.open();
    const line = new CommandLine(scene.folder);
    try {
      await publishAll(scene);
      await line.output('watch', '--from', 'cluster.json', '--cluster', 'eu-1');
      // This process is the registry while an audit runs, and does nothing else.
      const before = process.cpuUsage();
      const first = await auditMs(line);
      const registry = process.cpuUsage(before);
      const again: number[] = [];
      for (let round = 0; round < AUDITS; round++) again.push(await auditMs(line));
      const figures: Figure[] = [
        { what: 'releases, half of them running', value: RELEASES, unit: '', target: null },
        {
          what: 'the first audit, which records all',
          value: first,
          unit: 'ms',
          target: { max: 10_000 },
        },
        {
          what: 'processor time of the registry in it',
          value: (registry.user + registry.system) / 1_000,
          unit: 'ms',
          target: null,
        },
        {
          what: 'an audit later, slowest of three',
          value: Math.max(...again),
          unit: 'ms',
          target: { max: 10_000 },
        },
      ];
      const known = `${scene.registry.registry}/shop/app-0:1.0`;
      return [...figures, ...(await besideAudits(scene, JSON.stringify(podReview(known))))];
    } finally {
      await line.close();
      await scene.close();
    }
  },
};
