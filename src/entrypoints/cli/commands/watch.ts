import { resolve } from 'node:path';
import {
  type DeploymentRecord,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../../capabilities/evidence/index.ts';
import { listContainers, type RunningContainer } from '../../../capabilities/graph/index.ts';
import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatAnswerInstant,
  formatInstant,
  type Instant,
  parseInstant,
  toInstant,
} from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  buildObservation,
  type ClusterObservation,
  findConflict,
  readClusterList,
} from '../../../phases/operate/index.ts';
import { readFileBounded, readWhole } from '../../../system/files/read-file.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { openLedger, openQuestions } from '../../compose/graph.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import { parseDurationMs } from '../durations.ts';
import type { WatchCall } from '../options/operate.ts';
import { type Block, showLine, showNote, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';

/** Records one observation of a cluster: workloads that it no longer contains have ended. */
export async function run(call: WatchCall): Promise<Report> {
  if (call.options.follow) {
    const { followUntilStopped } = await import('./watch-follow.ts');
    return followUntilStopped(call, readLease(call).leaseMs);
  }
  const config = await loadCallConfig(call);
  const now = toInstant(Date.now());
  const bytes = await readInput(call);
  const list = orThrow(readWithinBudget(bytes, () => readClusterList(bytes)));
  const seen = orThrow(
    buildObservation(list, {
      ...readPlace(call, config),
      observedAt: readTime(call) ?? now,
      ...readLease(call),
    }),
  );
  const ledger = await openLedger(config);
  try {
    const before = await readLastObservations(config, seen.record.cluster);
    const taking = {
      now,
      isDated: call.options.at !== undefined,
      isRebuilt: call.options.rebuilt,
    };
    const conflict = findConflict(seen.record, before, taking);
    if (conflict !== null) throw conflict;
    const body = encodeRecord('deployment', {
      ...seen.record,
      ...(taking.isRebuilt ? { rebuilt: true } : {}),
    });
    const input = {
      kind: 'deployment',
      mediaType: RECORD_MEDIA_TYPE,
      body,
      subject: null,
    } as const;
    const [receipt] = orThrow(await ledger.log.append([input], now));
    const watched: WatchResult = {
      seen,
      before,
      position: receipt?.position ?? 0,
      isNew: receipt?.fresh === true,
    };
    const shown = toJson(watched);
    return {
      kind: 'result',
      exitCode: 0,
      value: toValue('watch', () => shown),
      blocks: () => showReport(watched, shown),
    };
  } finally {
    await ledger.close();
  }
}

async function readInput({ options, io, args }: WatchCall): Promise<Uint8Array> {
  const from = options.from;
  const pipe =
    'Pipe what runs, and name the cluster: kubectl get pods,deployments,nodes -A -o json | ' +
    'waybill watch --from - --cluster NAME';
  if (from === undefined || args.length > 0)
    throw new Failure('USAGE', 'no list of what runs was given', pipe);
  if (from !== '-') return readFileBounded(resolve(io.cwd, from), LIMITS.clusterListBytesMax);
  return readWhole('standard input', LIMITS.clusterListBytesMax, io.stdin);
}

function readPlace({ options }: WatchCall, config: Config) {
  const region = options.region;
  return {
    cluster: options.cluster ?? config.cluster,
    region: region === 'none' ? null : region,
    clusterUid: options.clusterUid ?? null,
    mayBeEmpty: options.empty,
  };
}

function readTime({ options }: WatchCall): Instant | null {
  const text = options.at;
  return text === undefined ? null : orThrow(parseInstant(text));
}

function readLease({ options }: WatchCall) {
  const lease = options.lease ?? (options.follow ? '15m' : '24h');
  const leaseMs = parseDurationMs(lease);
  if (leaseMs >= 1_000 && leaseMs <= 7 * 86_400_000) return { leaseMs };
  throw new Failure('USAGE', `--lease ${lease} is too short or too long`, 'Write 1s to 7d.');
}

async function readLastObservations(
  config: Config,
  cluster: string,
): Promise<readonly DeploymentRecord[]> {
  const reader = await openQuestions(config);
  try {
    return orThrow(await reader.ask({ name: 'observations', cluster, at: null }));
  } finally {
    await reader.close();
  }
}

interface WatchResult {
  readonly seen: ClusterObservation;
  readonly before: readonly DeploymentRecord[];
  readonly position: number;
  readonly isNew: boolean;
}

function toJson({ seen, before, position, isNew }: WatchResult): SchemaValue<'watch'> {
  const { cluster, region, observedAt, leaseMs, workloads } = seen.record;
  const { started, ended } = isNew ? listChanges(seen, before) : { started: [], ended: [] };
  return {
    cluster,
    region,
    observedAt: formatAnswerInstant(observedAt),
    until: formatAnswerInstant(toInstant(observedAt + leaseMs)),
    workloads: workloads.length,
    containers: workloads.flatMap(({ images }) => images).length,
    position,
    fresh: isNew,
    started,
    ended,
    notes: seen.notes,
  };
}

function showReport({ before }: WatchResult, shown: SchemaValue<'watch'>): readonly Block[] {
  const { cluster, region, observedAt, until, started, ended } = shown;
  const rows = [
    ...started.map((one) => toRow('started', one)),
    ...ended.map((one) => toRow('ended', one)),
  ];
  return [
    showNote(
      `${region === null ? cluster : `${cluster} (${region})`} at ${observedAt}: ` +
        `${formatCount(shown.workloads, 'workload')}, ` +
        `${formatCount(shown.containers, 'container')}; valid until ${until}`,
    ),
    ...shown.notes.map((one) => showNote(one)),
    ...before.filter((one) => one.region !== region).map((other) => showMove(cluster, other)),
    rows.length === 0
      ? showLine('nothing changed')
      : showTable(['', 'NAMESPACE', 'WORKLOAD', 'CONTAINER', 'IMAGE'], rows),
  ];
}

/**
 * If a cluster was observed in another region before, its workloads count there until the lease
 * ends.
 */
function showMove(cluster: string, { region, observedAt, leaseMs }: DeploymentRecord): Block {
  const end = formatInstant(toInstant(observedAt + leaseMs));
  return showNote(
    `${cluster} was observed in region ${region ?? 'none'} before: what ran there ends at ` +
      `${end}, unless you name the region: --region`,
  );
}

function toRow(
  what: string,
  { namespace, kind, name, container, reference, digest }: SchemaValue<'watch'>['started'][number],
): readonly string[] {
  const image = reference.includes('@') ? reference : `${reference}@${digest}`;
  return [what, namespace, `${kind}/${name}`, container, image];
}

/** Compares with the last observation; one that arrives late is compared with the later one. */
function listChanges({ record }: ClusterObservation, before: readonly DeploymentRecord[]) {
  const last = before.find(({ region }) => region === record.region);
  const now = listContainers({ apiVersion: 'waybill.dev/v1', kind: 'Deployment', ...record });
  const then: ReadonlyMap<string, RunningContainer> =
    last === undefined ? new Map() : listContainers(last);
  return {
    started: [...now].flatMap(([key, one]) => (then.has(key) ? [] : [one])),
    ended: [...then].flatMap(([key, one]) => (now.has(key) ? [] : [one])),
  };
}
