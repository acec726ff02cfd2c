import { encodeRecord, RECORD_MEDIA_TYPE } from '../../capabilities/evidence/index.ts';
import { formatCount } from '../../core/count.ts';
import { type Failure, toFailure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import type { JsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { toOneLine } from '../../core/one-line.ts';
import { orThrow } from '../../core/result.ts';
import {
  buildObservation,
  type ClusterObject,
  ObservationSeries,
  shrinkObject,
  WATCHED_KINDS,
  WatchedCluster,
  type WatchedKind,
} from '../../phases/operate/index.ts';
import { pause } from '../../system/http/retry.ts';
import type { ObservationDelivery } from './deliver-observations.ts';
import type { WatchLog } from './watch-log.ts';

export interface FollowOptions {
  readonly kubeconfig: string | null;
  readonly context: string | null;
  readonly cluster: string;
  /** Undefined: from the labels of the nodes; null: none. */
  readonly region: string | null | undefined;
  readonly leaseMs: number;
  readonly isRebuilt: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: WatchLog;
}

export interface RunningWatch {
  /** The address of the API server. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** How long changes are gathered before they are sent: what people wait for is a second. */
const GATHER_MS = 700;

/**
 * Follows a cluster through its API server until it is closed: every kind is listed once and then
 * watched, and what changed is recorded about once a second. While one of the watches is not open,
 * nothing is recorded, because what is not told is not known to be as before.
 */
export async function followCluster(
  options: FollowOptions,
  deliver: ObservationDelivery,
): Promise<RunningWatch> {
  const kube = await import('../../adapters/kube-api/index.ts');
  const access = await kube.readClusterAccess(options);
  const client = kube.openKubeClient(access, options.env);
  const stopping = new AbortController();
  const { signal } = stopping;
  const observer = new ClusterObserver(options, deliver);
  const surroundings = { pause, random: Math.random, nowMs: () => performance.now() };
  const identity = observer.identify(() => client.get(SYSTEM, signal), signal);
  const kinds = WATCHED_KINDS.map(({ kind, ...resource }) =>
    kube.followKind(client, resource, observer.createSink(kind), surroundings, signal),
  );
  return {
    url: access.server.href,
    close: async () => {
      stopping.abort();
      client.close();
      await Promise.all([identity, ...kinds]);
      await observer.close();
    },
  };
}

const SYSTEM = '/api/v1/namespaces/kube-system';

/** Turns what the watches tell into observations, one at a time. */
class ClusterObserver {
  readonly #options: FollowOptions;
  readonly #deliver: ObservationDelivery;
  readonly #cluster = new WatchedCluster();
  readonly #series = new ObservationSeries();
  readonly #current = new Set<WatchedKind>();
  #isIdentified = false;
  #isRebuilt: boolean;
  #lastAt = 0;
  #said = '';
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  readonly #renewal: NodeJS.Timeout;

  constructor(options: FollowOptions, deliver: ObservationDelivery) {
    this.#options = options;
    this.#deliver = deliver;
    this.#isRebuilt = options.isRebuilt;
    deliver.lost(() => {
      this.#series.begin();
      this.#wake();
    });
    const everyMs = Math.max(250, Math.min(10_000, options.leaseMs / 6));
    this.#renewal = setInterval(() => this.#wake(), everyMs);
  }

  createSink(kind: WatchedKind) {
    const { log } = this.#options;
    return {
      shrink: (items: readonly JsonObject[]) => items.flatMap((item) => this.#shrink(kind, item)),
      replace: (objects: readonly ClusterObject[]) => {
        this.#cluster.replace(kind, objects);
        this.#wake();
      },
      apply: (item: JsonObject, isGone: boolean) => {
        for (const one of this.#shrink(kind, item)) this.#cluster.apply(kind, one, isGone);
        this.#wake();
      },
      current: (isCurrent: boolean) => {
        if (isCurrent) this.#current.add(kind);
        else this.#current.delete(kind);
      },
      failed: ({ code, message }: Failure) =>
        log({ level: 'warn', event: 'watch-failed', kind, code, message: toOneLine(message) }),
    };
  }

  #shrink(kind: WatchedKind, item: JsonObject): readonly ClusterObject[] {
    const read = shrinkObject(item, kind);
    if (read.ok) return [read.value];
    const { code, message } = read.failure;
    this.#options.log({ level: 'warn', event: 'object-unreadable', kind, code, message });
    return [];
  }

  /** Which cluster this is; where the right to know is missing, the nodes have to say it. */
  async identify(get: () => Promise<JsonObject | null>, signal: AbortSignal): Promise<void> {
    for (let tries = 0; !this.#isIdentified && !signal.aborted; tries++) {
      try {
        const found = await get();
        this.#cluster.identify(found === null ? null : orThrow(shrinkObject(found, 'Namespace')));
        this.#isIdentified = true;
      } catch (thrown) {
        if (signal.aborted) return;
        const { code, message } = toFailure(thrown);
        this.#options.log({ level: 'warn', event: 'cluster-unidentified', code, message });
        await pause(Math.min(LIMITS.watchPauseMs, 1_000 * 2 ** tries), signal);
      }
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#working = this.#working.then(() => this.#record());
    }, GATHER_MS);
  }

  async #record(): Promise<void> {
    const isCurrent = WATCHED_KINDS.every(({ kind }) => this.#current.has(kind));
    // mutant watch-records-what-it-does-not-see by watch-follow: condition -> false
    if (!this.#isIdentified || !isCurrent || !this.#cluster.isComplete()) return;
    try {
      await this.#recordNow();
      this.#said = '';
    } catch (thrown) {
      const { code, message, remedy } = toFailure(thrown);
      // The same flaw is said once, not once a second.
      if (this.#said !== message)
        this.#options.log({ level: 'error', event: 'not-recorded', code, message, fix: remedy });
      this.#said = message;
      this.#series.begin();
    }
  }

  async #recordNow(): Promise<void> {
    const { cluster, region, leaseMs } = this.#options;
    const observedAt = toInstant(Math.max(Date.now(), this.#lastAt + 1));
    const place = { cluster, region, leaseMs, observedAt, clusterUid: null, mayBeEmpty: true };
    const seen = orThrow(buildObservation(this.#cluster.list(), place));
    const step = this.#series.next(seen.record);
    if (step === null) return;
    this.#lastAt = observedAt;
    const more = this.#isRebuilt ? { rebuilt: true as const } : {};
    const body = encodeRecord('deployment', { ...step.record, ...more });
    await this.#deliver.put({
      kind: 'deployment',
      mediaType: RECORD_MEDIA_TYPE,
      body,
      subject: null,
    });
    this.#isRebuilt = false;
    if (step.isWhole)
      this.#options.log({
        level: 'info',
        event: 'cluster-observed',
        cluster,
        workloads: formatCount(seen.record.workloads.length, 'workload'),
        notes: seen.notes,
      });
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer ?? undefined);
    clearInterval(this.#renewal);
    await this.#working;
    await this.#deliver.close();
  }
}
