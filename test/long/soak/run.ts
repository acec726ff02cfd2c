import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { Worker } from 'node:worker_threads';
import { ServerProcess } from '../../../bench/serving.ts';
import type { DecisionEvidence } from '../../../src/capabilities/evidence/index.ts';
import type { Descriptor } from '../../../src/core/descriptor.ts';
import type { Digest } from '../../../src/core/digest.ts';
import { formatRepository } from '../../../src/core/image-reference.ts';
import { orThrow } from '../../../src/core/result.ts';
import { openQuestions } from '../../../src/entrypoints/compose/graph.ts';
import type { Config } from '../../../src/entrypoints/config/config.ts';
import { stageDocument } from '../../../src/phases/build/stage.ts';
import { StagingArea } from '../../../src/phases/build/staging.ts';
import { buildServerManifests } from '../../../src/phases/deploy/cluster/server.ts';
import { sbomText } from '../../support/evidence-load.ts';
import { nowInstant, Scene } from '../../support/scene.ts';
import { sendRequest } from '../../support/send-request.ts';
import { type Figure, type LongResult, listMissed } from '../report.ts';
import {
  askWhatIf,
  attachJunk,
  type Battlefield,
  floodRefusals,
  HOSTILE_DOCUMENTS,
  leaveUnfinished,
  postEvidence,
  reviewHeavy,
  type SoakCounts,
} from './attacks.ts';
import type { WatchData, WatchReport } from './watch.ts';

export interface SoakOptions {
  readonly seconds: number;
  /**
   * A sample runs on any machine, beside anything: its times are shown and not judged, and its
   * memory may be half as much again.
   */
  readonly isSample: boolean;
  readonly say: (line: string) => void;
}

const JSON_TYPE = { 'content-type': 'application/json' };

interface PodMemory {
  readonly limitMiB: number;
  /** The variables of the environment that are for the allocator. */
  readonly allocator: Readonly<Record<string, string>>;
}

/** What the manifest that `waybill cluster server` prints says about memory. */
function readPodMemory(): PodMemory {
  const manifests = buildServerManifests({
    ...{ image: 'registry.example.com/waybill:1', namespace: 'waybill', cluster: 'eu-1' },
    ...{ settings: [], storage: '10Gi', apiServers: [], clients: [] },
  });
  const text = JSON.stringify(manifests);
  const [, size, unit] = /"limits":\{"memory":"(\d+)([MG])i"/.exec(text) ?? [];
  if (size === undefined) throw new Error('the manifest has no limit of memory');
  const variables = text.matchAll(/"name":"(MALLOC_\w+)","value":"(\d+)"/g);
  return {
    limitMiB: Number(size) * (unit === 'G' ? 1_024 : 1),
    allocator: Object.fromEntries([...variables].map(([, name, value]) => [name, value])),
  };
}

/**
 * All attacks of B1 to B5 at once on a real server with the memory of its pod, with an innocent
 * image that is reviewed all along. Then the server is killed, and its graph must have each
 * decision that was answered.
 */
export async function soak({ seconds, isSample, say }: SoakOptions): Promise<LongResult> {
  const scene = await Scene.open();
  const { limitMiB, allocator } = readPodMemory();
  const before = { ...process.env };
  try {
    // In a container, Node.js gives half of the memory to its heap.
    Object.assign(process.env, allocator);
    process.env['NODE_OPTIONS'] = `--max-old-space-size=${limitMiB / 2}`;
    const world = await prepare(scene);
    const server = await ServerProcess.start(scene.home);
    const measured = await attack(scene, server, world, seconds);
    const peakMiB = readStatusMiB(server.pid, 'VmHWM');
    process.kill(server.pid, 'SIGKILL');
    await server.close();
    await (await ServerProcess.start(scene.home)).close();
    const recorded = await countDecisions(scene.config, world.innocent.digest);
    const figures = makeFigures(measured, recorded, {
      ...{ limitMiB, peakMiB, home: scene.config, isSample },
    });
    say(`counts ${JSON.stringify(measured.counts)} ${JSON.stringify(recorded)}`);
    return { kind: 'soak', tried: figures.length, faults: listMissed(figures), figures };
  } finally {
    for (const name of ['NODE_OPTIONS', ...Object.keys(allocator)]) {
      delete process.env[name];
      if (before[name] !== undefined) process.env[name] = before[name];
    }
    await scene.close();
  }
}

interface SoakWorld {
  readonly innocent: Descriptor;
  readonly buried: Descriptor;
  readonly heavy: readonly string[];
}

async function prepare(scene: Scene): Promise<SoakWorld> {
  const innocent = await scene.publish('innocent');
  const buried = await scene.publish('buried');
  const names = HOSTILE_DOCUMENTS.map((_, at) => `heavy-${at}`);
  const heavy: string[] = [];
  for (const [at, name] of names.entries()) {
    const subject = await scene.publish(name);
    // The last four stand for one image with four documents; the others have one each.
    await attachTo(scene, name, subject, at < 2 ? [at] : [2, 3, 4, 5]);
    heavy.push(`${formatRepository(scene.reference(name))}@${subject.digest}`);
    if (at === 2) break;
  }
  return { innocent, buried, heavy };
}

async function attachTo(
  scene: Scene,
  name: string,
  subject: Descriptor,
  which: readonly number[],
): Promise<void> {
  const staging = new StagingArea(scene.client, '', subject);
  for (const at of which) {
    const [mediaType, text] = HOSTILE_DOCUMENTS[at] ?? ['', () => ''];
    const made = { kind: 'sbom', createdAt: nowInstant(), outcome: 'complete' } as const;
    const document = { ...made, mediaType, bytes: Buffer.from(text()) };
    await stageDocument(staging, subject, document, scene.stranger, nowInstant());
  }
  await scene.pushStaged(name, staging);
}

interface Measurement extends WatchReport {
  readonly counts: SoakCounts;
  readonly minutes: number;
}

async function attack(
  scene: Scene,
  server: ServerProcess,
  { innocent, buried, heavy }: SoakWorld,
  seconds: number,
): Promise<Measurement> {
  const counts: SoakCounts = {
    ...{ refusedAnswered: 0, reviewsOfHeavy: 0, referrers: 0, unfinished: 0, whatIfs: 0 },
  };
  const { hostname: host, port } = new URL(server.url);
  const ca = readFileSync(server.caFile);
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca });
  const field: Battlefield = {
    ...{ scene, counts, end: performance.now() + seconds * 1_000 },
    post: (path, body) =>
      sendRequest(`${server.url}${path}`, { method: 'POST', agent, headers: JSON_TYPE }, body),
    address: { host, port: Number(port), ca },
  };
  const image = `${formatRepository(scene.reference('innocent'))}@${innocent.digest}`;
  const buriedImage = `${formatRepository(scene.reference('buried'))}@${buried.digest}`;
  const { url, caFile } = server;
  const watching = startWatch({ url, caFile, image, seconds });
  await Promise.all([
    reviewHeavy(field, heavy),
    reviewHeavy(field, [buriedImage]),
    attachJunk(field, 'buried', buried),
    askWhatIf(field),
    floodRefusals(field),
    leaveUnfinished(field),
    postEvidence(field, sbomText),
  ]);
  const watched = await watching;
  agent.destroy();
  return { ...watched, counts, minutes: seconds / 60 };
}

async function startWatch(workerData: WatchData): Promise<WatchReport> {
  const worker = new Worker(new URL('watch.ts', import.meta.url), { workerData });
  const [watched] = (await once(worker, 'message')) as [WatchReport];
  return watched;
}

const MIB = 1_024 * 1_024;

function readStatusMiB(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const line = status.split('\n').find((one) => one.startsWith(`${name}:`));
  return Number(line?.replace(/\D/g, '')) / 1_024;
}

interface RecordCount {
  /** Decisions about the innocent image, with those of sums. */
  readonly innocent: number;
  readonly entries: number;
}

async function countDecisions(config: Config, digest: Digest): Promise<RecordCount> {
  const reader = await openQuestions(config);
  let innocent = 0;
  for (const entry of orThrow(await reader.about(digest, 'decision'))) {
    const bytes = orThrow(await reader.body(entry.digest));
    const record = JSON.parse(Buffer.from(bytes).toString()) as DecisionEvidence;
    if (record.decision === 'allow') innocent += record.decisions ?? 1;
  }
  const { size } = orThrow(await reader.head());
  await reader.close();
  return { innocent, entries: size };
}

const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;

interface SoakLimits {
  readonly limitMiB: number;
  readonly peakMiB: number;
  readonly home: Config;
  readonly isSample: boolean;
}

function makeFigures(
  { probes, reviews, refused, namespaces, minutes }: Measurement,
  recorded: RecordCount,
  { limitMiB, peakMiB, home, isSample }: SoakLimits,
): readonly Figure[] {
  const figure = (what: string, value: number, unit: string, max: number | null = null) => {
    return { what: `soak: ${what}`, value, unit, max };
  };
  const judge = (max: number): number | null => (isSample ? null : max);
  return [
    figure('/healthz, p99', quantile(probes, 0.99), 'ms', judge(100)),
    figure('/healthz, slowest', probes.at(-1) ?? Number.NaN, 'ms'),
    figure('innocent review, p50', quantile(reviews, 0.5), 'ms'),
    figure('innocent review, p99', quantile(reviews, 0.99), 'ms'),
    figure('innocent review, slowest', reviews.at(-1) ?? Number.NaN, 'ms', judge(1_000)),
    figure('innocent reviews refused', refused.length, '', 0),
    figure('answered admissions that the log lacks', namespaces - recorded.innocent, '', 0),
    figure('peak of memory', peakMiB, 'MiB', limitMiB * (isSample ? 1.5 : 1)),
    figure('entries of the log, each minute', recorded.entries / minutes, ''),
    figure('database', statSync(home.database).size / MIB, 'MiB'),
  ];
}
