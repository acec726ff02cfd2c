import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
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
import { nowInstant, podReview, Scene } from '../../support/scene.ts';
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

export interface SoakOptions {
  readonly seconds: number;
  readonly say: (line: string) => void;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const PROBE_EVERY_MS = 100;
const REVIEW_EVERY_MS = 250;
const NAMESPACE_EVERY = 8;

/** The limit of memory in the manifest that `waybill cluster server` prints, in MiB. */
export function readMemoryLimit(): number {
  const manifests = buildServerManifests({
    ...{ image: 'registry.example.com/waybill:1', namespace: 'waybill', cluster: 'eu-1' },
    ...{ settings: [], storage: '10Gi', apiServers: [], clients: [] },
  });
  const found = /"limits":\{"memory":"(\d+)Gi"/.exec(JSON.stringify(manifests))?.[1];
  if (found === undefined) throw new Error('the manifest has no limit of memory');
  return Number(found) * 1_024;
}

/**
 * All attacks of B1 to B5 at once on a real server with the memory of its pod, with an innocent
 * image that is reviewed all along. Then the server is killed, and its graph must have each
 * decision that was answered.
 */
export async function soak({ seconds, say }: SoakOptions): Promise<LongResult> {
  const scene = await Scene.open();
  const limitMiB = readMemoryLimit();
  const before = process.env['NODE_OPTIONS'];
  try {
    // In a container, Node.js gives half of the memory to its heap.
    process.env['NODE_OPTIONS'] = `--max-old-space-size=${limitMiB / 2}`;
    const world = await prepare(scene);
    const server = await ServerProcess.start(scene.home);
    const measured = await attack(scene, server, world, seconds);
    const peakMiB = readStatusMiB(server.pid, 'VmHWM');
    process.kill(server.pid, 'SIGKILL');
    await server.close();
    await (await ServerProcess.start(scene.home)).close();
    const recorded = await countDecisions(scene.config, world.innocent.digest);
    const figures = makeFigures(measured, recorded, { limitMiB, peakMiB, home: scene.config });
    say(`counts ${JSON.stringify(measured.counts)} ${JSON.stringify(recorded)}`);
    return { kind: 'soak', tried: figures.length, faults: listMissed(figures), figures };
  } finally {
    if (before === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = before;
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

interface Measured {
  readonly probes: readonly number[];
  readonly reviews: readonly number[];
  readonly refusedInnocent: number;
  readonly namespaces: number;
  readonly counts: SoakCounts;
  readonly minutes: number;
}

async function attack(
  scene: Scene,
  server: ServerProcess,
  { innocent, buried, heavy }: SoakWorld,
  seconds: number,
): Promise<Measured> {
  const counts: SoakCounts = {
    ...{ innocentAnswered: 0, refusedAnswered: 0, reviewsOfHeavy: 0, referrers: 0 },
    ...{ unfinished: 0, whatIfs: 0 },
  };
  const { hostname: host, port } = new URL(server.url);
  const ca = readFileSync(server.caFile);
  const [hostile, measured] = [0, 1].map(() => new Agent({ keepAlive: true, maxSockets: 64, ca }));
  const send = (agent: Agent | undefined) => (method: string, path: string, body?: string) =>
    sendRequest(`${server.url}${path}`, { method, agent, headers: JSON_TYPE }, body);
  const field: Battlefield = {
    ...{ scene, counts, end: performance.now() + seconds * 1_000 },
    post: (path, body) => send(hostile)('POST', path, body),
    ask: send(measured),
    address: { host, port: Number(port), ca },
  };
  const image = `${formatRepository(scene.reference('innocent'))}@${innocent.digest}`;
  const buriedImage = `${formatRepository(scene.reference('buried'))}@${buried.digest}`;
  const [probes, innocents] = [probe(field), reviewInnocent(field, image)];
  await Promise.all([
    reviewHeavy(field, heavy),
    reviewHeavy(field, [buriedImage]),
    attachJunk(field, 'buried', buried),
    askWhatIf(field),
    floodRefusals(field),
    leaveUnfinished(field),
    postEvidence(field, sbomText),
  ]);
  const found = { probes: await probes, ...(await innocents) };
  hostile?.destroy();
  measured?.destroy();
  return { ...found, counts, minutes: seconds / 60 };
}

/** Each is sent at its time, also before the last answer has arrived. */
async function everyMs(
  { end }: Battlefield,
  ms: number,
  send: (at: number) => Promise<number>,
): Promise<number[]> {
  const started = performance.now();
  const times: Promise<number>[] = [];
  while (performance.now() < end) {
    times.push(send(times.length));
    const wait = started + times.length * ms - performance.now();
    if (wait > 0) await sleep(wait);
  }
  return (await Promise.all(times)).toSorted((one, other) => one - other);
}

function probe(field: Battlefield): Promise<readonly number[]> {
  return everyMs(field, PROBE_EVERY_MS, async () => {
    const started = performance.now();
    await field.ask('GET', '/healthz');
    return performance.now() - started;
  });
}

async function reviewInnocent(
  field: Battlefield,
  image: string,
): Promise<Pick<Measured, 'reviews' | 'refusedInnocent' | 'namespaces'>> {
  const [admitted, refused] = [new Set<string>(), new Set<string>()];
  const reviews = await everyMs(field, REVIEW_EVERY_MS, async (at) => {
    const namespace = `shop-${Math.floor(at / NAMESPACE_EVERY)}`;
    const started = performance.now();
    const { body } = await field.ask('POST', '/admit', JSON.stringify(podReview(image, namespace)));
    field.counts.innocentAnswered += 1;
    if (body.includes('"allowed":true')) admitted.add(namespace);
    else refused.add(`${namespace} ${body.slice(0, 300)}`);
    return performance.now() - started;
  });
  return { reviews, refusedInnocent: refused.size, namespaces: admitted.size };
}

const MIB = 1_024 * 1_024;

function readStatusMiB(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const line = status.split('\n').find((one) => one.startsWith(`${name}:`));
  return Number(line?.replace(/\D/g, '')) / 1_024;
}

interface Recorded {
  /** Decisions about the innocent image, with those of sums. */
  readonly innocent: number;
  readonly entries: number;
}

async function countDecisions(config: Config, digest: Digest): Promise<Recorded> {
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

function makeFigures(
  { probes, reviews, refusedInnocent, namespaces, minutes }: Measured,
  recorded: Recorded,
  { limitMiB, peakMiB, home }: { limitMiB: number; peakMiB: number; home: Config },
): readonly Figure[] {
  const figure = (what: string, value: number, unit: string, max: number | null = null) => {
    return { what: `soak: ${what}`, value, unit, max };
  };
  return [
    figure('/healthz, p99', quantile(probes, 0.99), 'ms', 100),
    figure('/healthz, slowest', probes.at(-1) ?? Number.NaN, 'ms'),
    figure('innocent review, p50', quantile(reviews, 0.5), 'ms'),
    figure('innocent review, p99', quantile(reviews, 0.99), 'ms'),
    figure('innocent review, slowest', reviews.at(-1) ?? Number.NaN, 'ms', 1_000),
    figure('innocent reviews refused', refusedInnocent, '', 0),
    figure('answered admissions that the log lacks', namespaces - recorded.innocent, '', 0),
    figure('peak of memory', peakMiB, 'MiB', limitMiB),
    figure('entries of the log, each minute', recorded.entries / minutes, ''),
    figure('database', statSync(home.database).size / MIB, 'MiB'),
  ];
}
