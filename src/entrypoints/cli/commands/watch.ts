import { resolve } from 'node:path';
import {
  type DeploymentRecord,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../../capabilities/evidence/index.ts';
import { listContainers, type RunningContainer } from '../../../capabilities/graph/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatInstant, type Instant, parseInstant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  buildObservation,
  type ClusterObservation,
  findConflict,
  readClusterList,
} from '../../../phases/operate/index.ts';
import { readFileBounded, readWhole } from '../../../system/files/read-file.ts';
import { openLedger, openQuestions } from '../../compose/compose.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig, wantsJson } from '../call-config.ts';
import type { Call, ExitCode } from '../command.ts';
import { parseDurationMs } from '../durations.ts';
import { formatTable, makePrintable } from '../io.ts';

/** One observation of a cluster: what is not in it any more has ended. */
export async function run(call: Call): Promise<ExitCode> {
  const config = loadCallConfig(call);
  const now = toInstant(Date.now());
  const list = orThrow(readClusterList(await readInput(call)));
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
      isDated: call.options.text('at') !== undefined,
      isRebuilt: call.options.flag('rebuilt'),
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
    printReport(call, {
      seen,
      before,
      position: receipt?.position ?? 0,
      isNew: receipt?.fresh === true,
    });
    return 0;
  } finally {
    await ledger.close();
  }
}

async function readInput({ options, io, args }: Call): Promise<Uint8Array> {
  const from = options.text('from');
  const pipe =
    'Pipe what runs: kubectl get pods,deployments,nodes -A -o json | waybill watch --from -';
  if (from === undefined || args.length > 0)
    throw new Failure('USAGE', 'nothing says what runs', pipe);
  if (from !== '-') return readFileBounded(resolve(io.cwd, from), LIMITS.clusterListBytesMax);
  return readWhole('standard input', LIMITS.clusterListBytesMax, io.stdin);
}

function readPlace({ options }: Call, config: Config) {
  const region = options.text('region');
  return {
    cluster: options.text('cluster') ?? config.cluster,
    region: region === 'none' ? null : region,
    clusterUid: options.text('clusterUid') ?? null,
    mayBeEmpty: options.flag('empty'),
  };
}

function readTime({ options }: Call): Instant | null {
  const text = options.text('at');
  return text === undefined ? null : orThrow(parseInstant(text));
}

function readLease({ options }: Call) {
  const leaseMs = parseDurationMs(options.text('lease') ?? '24h');
  if (leaseMs >= 1_000 && leaseMs <= 7 * 86_400_000) return { leaseMs };
  throw new Failure(
    'USAGE',
    `--lease ${options.text('lease')} is too short or too long`,
    'Write 1s to 7d.',
  );
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

interface WatchReport {
  readonly seen: ClusterObservation;
  readonly before: readonly DeploymentRecord[];
  readonly position: number;
  readonly isNew: boolean;
}

function printReport(call: Call, { seen, before, position, isNew }: WatchReport): void {
  const { cluster, region, observedAt, leaseMs, workloads } = seen.record;
  const { started, ended } = isNew ? listChanges(seen, before) : { started: [], ended: [] };
  const containers = workloads.flatMap(({ images }) => images);
  const counts = { workloads: workloads.length, containers: containers.length };
  const until = formatInstant(toInstant(observedAt + leaseMs));
  if (wantsJson(call)) {
    const at = { observedAt: formatInstant(observedAt), until };
    const answer = {
      cluster,
      region,
      ...at,
      ...counts,
      position,
      fresh: isNew,
      started,
      ended,
      notes: seen.notes,
    };
    call.io.out(`${JSON.stringify(answer, null, 2)}\n`);
    return;
  }
  const place = region === null ? cluster : `${cluster} (${region})`;
  call.io.err(
    `${makePrintable(place)} at ${formatInstant(observedAt)}: ${counts.workloads} workloads, ` +
      `${counts.containers} containers; holds until ${until}\n`,
  );
  for (const note of seen.notes) call.io.err(`${makePrintable(note)}\n`);
  for (const other of before.filter((one) => one.region !== region)) {
    const end = formatInstant(toInstant(other.observedAt + other.leaseMs));
    call.io.err(
      `${makePrintable(cluster)} was seen in region ${makePrintable(other.region ?? 'none')} ` +
        `before: what ran there ends at ${end}, or name it: --region\n`,
    );
  }
  const rows = [
    ...started.map((one) => toRow('started', one)),
    ...ended.map((one) => toRow('ended', one)),
  ];
  call.io.out(
    rows.length === 0
      ? 'nothing changed\n'
      : formatTable(['', 'NAMESPACE', 'WORKLOAD', 'CONTAINER', 'IMAGE'], rows),
  );
}

function toRow(
  what: string,
  { namespace, kind, name, container, reference, digest }: RunningContainer,
): readonly string[] {
  const image = reference.includes('@') ? reference : `${reference}@${digest}`;
  return [what, namespace, `${kind}/${name}`, container, image];
}

/** Against the last observation; one that comes late is compared with what is later. */
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
