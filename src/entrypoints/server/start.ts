import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ArtifactSource } from '../../capabilities/registry/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { toOneLine } from '../../core/one-line.ts';
import { orThrow } from '../../core/result.ts';
import type { DeskPorts } from '../../gates/desk/index.ts';
import { readPage } from '../compose/installation.ts';
import { openSpanSender } from '../compose/notices.ts';
import { createDesk } from '../compose/open-judge.ts';
import { loadPolicy } from '../compose/policy.ts';
import { openRegistryClient } from '../compose/registry.ts';
import { openLedgerThreads } from '../compose/server.ts';
import type { Config } from '../config/config.ts';
import type { AdmissionDesk } from './admission/admit.ts';
import { CatchUpSchedule } from './admission/catch-up-schedule.ts';
import { DecisionJournal } from './admission/decision-journal.ts';
import { DecisionLines } from './admission/decision-lines.ts';
import { DecisionLog, type DecisionLogPorts } from './admission/decision-log.ts';
import { DeskLanes, LIGHT } from './admission/desk-lanes.ts';
import { FilesInForce } from './admission/in-force.ts';
import { openDeskThreads } from './admission/open-desk-threads.ts';
import { replayDecisions } from './admission/replay-decisions.ts';
import { SeenWorkloads } from './admission/seen-workloads.ts';
import { SourceLanes } from './admission/source-lanes.ts';
import { buildServer } from './app.ts';
import type { Tls } from './client-certificate.ts';
import { Drain } from './drain.ts';
import { createRuntimeEventTaker } from './evidence/runtime-events.ts';
import type { TrustedIssuer } from './identities/identities-document.ts';
import { logAudit } from './jobs/audit-summary.ts';
import { type JobPorts, JobSchedule, runJob } from './jobs/job-schedule.ts';
import { isConfirmed, logPolicy } from './jobs/policy-summary.ts';
import { logRescan } from './jobs/rescan-summary.ts';
import { logUpdate } from './jobs/update-summary.ts';
import { KeyWatch } from './key-watch.ts';
import type { LogEntry } from './log.ts';
import { createMetrics, type Metrics, type TrustEnd } from './metrics.ts';
import { openTeam } from './open-team.ts';
import { AskWatch } from './questions/ask-watch.ts';
import { findUnready, readDataAge } from './readiness.ts';
import { openTenant, TENANTS, Tenants } from './tenants.ts';
import { loadOwnTls, readClientCa, readTls, watchTlsFiles } from './tls.ts';
import type { ServerToken, TokenSource } from './tokens.ts';
import { readTraceSettings, type TraceSettings } from './traces/trace-settings.ts';
import { Traces } from './traces/traces.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Only clients with a certificate of this authority may ask for verdicts; absent: everybody. */
  readonly clientCaFile?: string | null;
  /** The file that says whose watchers may speak of which cluster; absent or null: none. */
  readonly clustersFile?: string | null;
  /** Null only on loopback. */
  readonly tokens: readonly ServerToken[] | TokenSource | null;
  /** Identity providers whose tokens count; absent: none. */
  readonly issuers?: readonly TrustedIssuer[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (entry: LogEntry) => void;
  /** How often all known images are audited; absent or null: never. */
  readonly auditEveryMs?: number | null;
  /** How often all released images are scanned again, and with which key; absent or null: never. */
  readonly rescan?: { readonly everyMs: number; readonly key: string } | null;
  /** How often the advisories are updated; absent or null: never. */
  readonly updateEveryMs?: number | null;
  /** How old the advisories may be while it is ready; absent or null: any age. */
  readonly advisoryAgeMaxMs?: number | null;
  /** How often the policy is pulled; absent or null: never. */
  readonly policyEveryMs?: number | null;
  /** How long it still answers after it was told to stop; absent: it closes at once. */
  readonly noticeMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /** The authority to trust, if the certificate is our own. */
  readonly caFile: string | null;
  readonly close: () => Promise<void>;
}

/** Opens everything, listens, and closes everything in the reverse order. */
export async function startServer(config: Config, options: ServerOptions): Promise<RunningServer> {
  const traceSettings = readTraceSettings(options.env);
  const now = () => toInstant(Date.now());
  const inForce = new FilesInForce(config, now);
  const dataAge = () => readDataAge(inForce);
  const keyWatch = new KeyWatch(config, now);
  const trustEnds = () => listTrustEnds(inForce);
  const metrics = createMetrics(dataAge, trustEnds, () => keyWatch.read());
  const watched = await openWatchers(options);
  const ledger = await openLedgerThreads(config);
  const client = await openRegistryClient(config, options.env);
  const decisions = await openDecisions(config, options, ledger.append, now);
  const { desk, decide } = createLanes(
    config,
    options,
    { client, inForce },
    {
      graph: ledger.findFacts,
      decided: (decided) => decisions.record(decided),
      counted: { verified: metrics.verified, cached: metrics.cached },
    },
  );
  const workloads = await SeenWorkloads.open(join(config.home, 'workloads.json'));
  const catchUp = new CatchUpSchedule(config, ledger, options.log);
  const schedules = createSchedules(config, options, toJobPorts(ledger.append, desk), metrics);
  const lines = new DecisionLines({ log: options.log, nowMs: () => performance.now() });
  const team = await openTeam(config, options, {
    ledger,
    now,
    arrived: (subject, receipt) => {
      metrics.positions(receipt.position);
      catchUp.look();
      if (subject !== null) desk.forget(subject);
    },
  });
  const tenants = openTenants(config, options, now);
  tenants.start();
  const { traces, watch } = openTraces(options, traceSettings, metrics, now);
  const parts = [
    ...[traces, tenants, team, ...schedules, lines, catchUp, desk, client, inForce, keyWatch],
    ...[workloads, decisions, ledger],
  ];
  const close = async (): Promise<void> => {
    for (const part of parts) await part.close();
  };
  try {
    return await listen(config, options, close, {
      desk: {
        cluster: config.cluster,
        decide,
        isObserving: () => inForce.isObserving(),
        counted: metrics.reviewed,
        report: (decision, source) => lines.write(decision, source),
        workloads,
      },
      ...team.parts,
      findTenant: (name) => tenants.find(name),
      runtimeEvents: createRuntimeEventTaker({
        ...{ cluster: config.cluster, questions: ledger.questions, append: ledger.append, now },
      }),
      ...{ metrics, traces, watch },
      loadPolicy: async () => orThrow(await loadPolicy(config)),
      ...{ unready: () => findUnready(inForce, options.advisoryAgeMaxMs ?? null, now()), dataAge },
      ...{ tokens: options.tokens, log: options.log, page: readPage, ...watched },
    });
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function openTenants(config: Config, options: ServerOptions, now: () => Instant): Tenants {
  return new Tenants({
    folder: join(config.home, TENANTS),
    open: (name) => openTenant(config, options, now, name),
    log: options.log,
  });
}

function openTraces(
  { env, log }: ServerOptions,
  settings: TraceSettings | null,
  { asked: counted }: Metrics,
  now: () => Instant,
) {
  const traces = new Traces(settings, {
    ...{ nowMs: () => performance.timeOrigin + performance.now(), log },
    send: openSpanSender(env),
  });
  return { traces, watch: new AskWatch({ traces, counted, nowMs: () => performance.now(), now }) };
}

async function openWatchers({ clustersFile = null, env }: ServerOptions) {
  if (clustersFile === null) return {};
  const { openClusterTokens } = await import('../compose/cluster-tokens.ts');
  return { clusterTokens: await openClusterTokens(clustersFile, env) };
}

/**
 * Decides about most images here, and about those with large documents in threads; about those of
 * each source in turn.
 */
function createLanes(
  config: Config,
  { env }: ServerOptions,
  { client, inForce }: { readonly client: ArtifactSource; readonly inForce: FilesInForce },
  common: Pick<DeskPorts, 'graph' | 'decided' | 'counted'>,
): { readonly desk: DeskLanes; readonly decide: AdmissionDesk['decide'] } {
  const sources = new SourceLanes();
  const light = { source: client, inForce: () => inForce.get(), limits: LIGHT };
  const desk = new DeskLanes({
    light: createDesk({ ...light, turns: sources.turns, ...common }),
    ...openDeskThreads({ config, env: { ...env } }, common),
    isObserving: () => inForce.isObserving(),
    elapsedMs: () => performance.now(),
  });
  return {
    desk,
    decide: (image, workload, signal) =>
      sources.run(workload, () => desk.decide(image, 'admission', workload, signal)),
  };
}

/** The decisions, with those that a killed process left. */
async function openDecisions(
  { home }: Config,
  { log }: ServerOptions,
  append: DecisionLogPorts['append'],
  now: () => Instant,
): Promise<Pick<DecisionLog, 'record' | 'close'>> {
  const folder = join(home, 'journal');
  const journals = {
    decisions: await DecisionJournal.open({ folder, name: 'decisions' }),
    sums: await DecisionJournal.open({ folder, name: 'sums' }),
  };
  const lost = ({ code, message }: Failure): void =>
    log({ level: 'error', event: 'decision-not-recorded', code, message: toOneLine(message) });
  const stopping = new AbortController();
  const { signal } = stopping;
  const left = [journals.decisions, journals.sums];
  // mutant journal-is-replayed by kill: argument 2 -> []
  const replayed = replayDecisions(left, { append, lost, now, signal }).then((decisions) => {
    if (decisions > 0) log({ level: 'info', event: 'decisions-recovered', decisions });
  });
  const decisions = new DecisionLog({ append, lost, journals });
  const close = async (): Promise<void> => {
    stopping.abort();
    await replayed;
    await decisions.close();
    for (const journal of left) await journal.close();
  };
  return { record: (decided) => decisions.record(decided), close };
}

/** When the first certificate of each readable trust store ends. */
async function listTrustEnds(inForce: FilesInForce): Promise<readonly TrustEnd[]> {
  const state = await inForce.get();
  if (!state.ok) return [];
  return [...state.value.trust.notary.stores].flatMap(([store, read]) => {
    const ends = read.ok ? read.value.map(({ notAfter }) => notAfter) : [];
    return ends.length === 0 ? [] : [{ store, endsAt: Math.min(...ends) as Instant }];
  });
}

function toJobPorts(append: JobPorts['append'], desk: Pick<DeskLanes, 'forget'>): JobPorts {
  const attached = (images: readonly Digest[]): void => {
    for (const image of images) desk.forget(image);
  };
  return { append, attached };
}

/** The jobs of O6 that this server is asked to do. */
function createSchedules(
  config: Config,
  { auditEveryMs, rescan, updateEveryMs, policyEveryMs, env, log }: ServerOptions,
  ports: JobPorts,
  metrics: Metrics,
): readonly { readonly close: () => Promise<void> }[] {
  const common = { config, env: { ...env } };
  const audits =
    auditEveryMs === undefined || auditEveryMs === null
      ? []
      : [
          new JobSchedule({
            everyMs: auditEveryMs,
            start: () => runJob({ ...common, job: 'audit' }, ports),
            finished: (result, seconds) => {
              metrics.audited(result.ok ? result.value : null, seconds);
              logAudit(result, log);
            },
          }),
        ];
  const rescans =
    rescan === undefined || rescan === null
      ? []
      : [
          new JobSchedule({
            everyMs: rescan.everyMs,
            start: () => runJob({ ...common, job: 'rescan', key: rescan.key }, ports),
            finished: (result, seconds) => {
              metrics.rescanned(result.ok ? result.value : null, seconds);
              logRescan(result, log);
            },
          }),
        ];
  const updates =
    updateEveryMs === undefined || updateEveryMs === null
      ? []
      : [
          new JobSchedule({
            everyMs: updateEveryMs,
            start: () => runJob({ ...common, job: 'update' }, ports),
            finished: (result) => {
              metrics.updated(result.ok && result.value.failed === 0);
              logUpdate(result, log);
            },
          }),
        ];
  const policies =
    policyEveryMs === undefined || policyEveryMs === null
      ? []
      : [
          new JobSchedule({
            everyMs: policyEveryMs,
            start: () => runJob({ ...common, job: 'policy' }, ports),
            finished: (result) => {
              metrics.policyPulled(isConfirmed(result));
              logPolicy(result, log);
            },
          }),
        ];
  return [...audits, ...rescans, ...updates, ...policies];
}

async function listen(
  config: Config,
  options: ServerOptions,
  close: () => Promise<void>,
  parts: Parameters<typeof buildServer>[0],
): Promise<RunningServer> {
  const { host, port } = options;
  const own =
    options.tls === null
      ? loadOwnTls(join(config.home, 'tls'), [...new Set(['localhost', '127.0.0.1', host])])
      : null;
  const { clientCaFile = null } = options;
  const tls: Tls = {
    ...(own ?? readTls(options.tls?.certFile ?? '', options.tls?.keyFile ?? '')),
    ...(clientCaFile === null ? {} : { clientCa: readClientCa(clientCaFile) }),
  };
  const drain = new Drain();
  const app = buildServer({ ...parts, drain }, tls);
  const renewal =
    options.tls === null
      ? null
      : watchTlsFiles(options.tls, tls, app.server as Server, options.log);
  try {
    await app.listen({ host, port });
  } catch (cause) {
    clearInterval(renewal ?? undefined);
    const message = toFailure(cause).message;
    throw new Failure(
      'PORT_IN_USE',
      `cannot listen on ${host}:${port}: ${message}`,
      'Choose another --listen, or stop the program that uses the address.',
      { cause },
    );
  }
  const { port: bound } = app.server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  const stop = async (): Promise<void> => {
    clearInterval(renewal ?? undefined);
    await drain.stop(app, { noticeMs: options.noticeMs ?? 0 });
    await close();
  };
  return { url: `https://${shown}:${bound}`, caFile: own?.caFile ?? null, close: stop };
}
