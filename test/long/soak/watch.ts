import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { podReview } from '../../support/scene.ts';
import { sendRequest } from '../../support/send-request.ts';

/** What the thread is started with. */
export interface WatchData {
  readonly url: string;
  readonly caFile: string;
  readonly image: string;
  readonly seconds: number;
}

/** Times in milliseconds, the shortest first. */
export interface WatchReport {
  readonly probes: readonly number[];
  readonly reviews: readonly number[];
  /** Namespaces in which the innocent image was admitted, and answers that refused it. */
  readonly namespaces: number;
  readonly refused: readonly string[];
}

const PROBE_EVERY_MS = 100;
const REVIEW_EVERY_MS = 250;
const NAMESPACE_EVERY = 8;

/** Each is sent at its time, also before the last answer has arrived. */
async function everyMs(
  seconds: number,
  ms: number,
  send: (at: number) => Promise<number>,
): Promise<number[]> {
  const started = performance.now();
  const times: Promise<number>[] = [];
  while (performance.now() < started + seconds * 1_000) {
    times.push(send(times.length));
    const wait = started + times.length * ms - performance.now();
    if (wait > 0) await sleep(wait);
  }
  return (await Promise.all(times)).toSorted((one, other) => one - other);
}

/** A client of its own, so that the attackers' work is not measured with the server's. */
async function watch({ url, caFile, image, seconds }: WatchData): Promise<WatchReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca: readFileSync(caFile) });
  const headers = { 'content-type': 'application/json' };
  const ask = (method: string, path: string, body?: string) =>
    sendRequest(`${url}${path}`, { method, agent, headers }, body);
  const [admitted, refused] = [new Set<string>(), [] as string[]];
  const probing = everyMs(seconds, PROBE_EVERY_MS, async () => {
    const started = performance.now();
    await ask('GET', '/healthz');
    return performance.now() - started;
  });
  const reviews = await everyMs(seconds, REVIEW_EVERY_MS, async (at) => {
    const namespace = `shop-${Math.floor(at / NAMESPACE_EVERY)}`;
    const started = performance.now();
    const { body } = await ask('POST', '/admit', JSON.stringify(podReview(image, namespace)));
    if (body.includes('"allowed":true')) admitted.add(namespace);
    else refused.push(body.slice(0, 300));
    return performance.now() - started;
  });
  const probes = await probing;
  agent.destroy();
  return { probes, reviews, namespaces: admitted.size, refused };
}

if (workerData !== null)
  void watch(workerData as WatchData).then((watched) => parentPort?.postMessage(watched));
