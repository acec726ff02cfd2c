import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvidenceInput, Receipt } from '../../capabilities/evidence/index.ts';
import { toFailure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { auditEstate, listReleasedImages, rescanEach } from '../../phases/operate/index.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';
import { packFailure, unpackFailure } from '../../system/threads/sent-failure.ts';
import { openAdvisories } from '../compose/advisories.ts';
import { openQuestions } from '../compose/graph.ts';
import { openSigningKey } from '../compose/key-stores.ts';
import { openJudge } from '../compose/open-judge.ts';
import { openKnownContent, openRegistryClient } from '../compose/registry.ts';
import { createRescanner, requireImportedAdvisories } from '../compose/rescan.ts';
import { loadTrust } from '../compose/trust.ts';
import { type AuditSummary, summariseAudit } from './jobs/audit-summary.ts';
import type { JobData, Summaries, ThreadMessage, ThreadReply } from './jobs/job-protocol.ts';
import { type PolicySummary, summarisePolicy } from './jobs/policy-summary.ts';
import { type RescanSummary, summariseRescan } from './jobs/rescan-summary.ts';
import { summariseUpdate, type UpdateSummary } from './jobs/update-summary.ts';

/**
 * One scheduled job in its own thread, so that its reading and verifying never delays an admission.
 */
const waiting = new Map<number, (answer: ThreadReply) => void>();
let appends = 0;

function post(message: ThreadMessage<Summaries[keyof Summaries]>): void {
  parentPort?.postMessage(message);
}

/** The server has the only writer, so the thread asks the server to append. */
function append(
  inputs: readonly EvidenceInput[],
  at: Instant,
): Promise<Result<readonly Receipt[]>> {
  const id = ++appends;
  return new Promise((resolve) => {
    waiting.set(id, ({ failure }) => {
      waiting.delete(id);
      resolve(failure === null ? ok([]) : failed(unpackFailure(failure)));
    });
    post({ kind: 'append', id, inputs, at });
  });
}

const AUDITED_AT_ONCE = 4;
/** Layers may have to be read, and a scan waits for nobody. */
const SCANNED_AT_ONCE = 2;

async function audit({ config, env }: JobData): Promise<AuditSummary> {
  const judge = orThrow(await openJudge(config));
  const questions = await openQuestions(config);
  const source = await openRegistryClient(config, env);
  const known = await openKnownContent(config);
  try {
    const { signal } = new AbortController();
    const world = {
      questions,
      source,
      known,
      inForce: judge.inForce,
      append,
      width: AUDITED_AT_ONCE,
      signal,
      reading: readWithinBudget,
      deadline: (ms: number) => AbortSignal.timeout(ms),
      elapsedMs: () => performance.now(),
      progress: () => undefined,
    };
    return summariseAudit(await auditEstate(world, toInstant(Date.now())));
  } finally {
    source.close();
    known.close();
    judge.close();
    await questions.close();
  }
}

async function rescan({ config, env }: JobData, keyName: string): Promise<RescanSummary> {
  const key = orThrow(await openSigningKey(config, keyName, env));
  const trust = orThrow(await loadTrust(config));
  const { index: advisories, close } = await openAdvisories(config);
  const client = await openRegistryClient(config, env);
  try {
    requireImportedAdvisories(advisories);
    const questions = await openQuestions(config);
    const found = await listReleasedImages(questions, 'all').finally(() => questions.close());
    const scan = createRescanner({ key, trust, advisories, append });
    const results = await rescanEach(found.targets, {
      rescan: async (_target, reference, signal) => {
        const outcome = await scan(reference, client, signal);
        if (!outcome.ok) return outcome;
        const { subject, members } = outcome.value;
        post({
          kind: 'attached',
          images: [subject.digest, ...members.map(({ member }) => member.digest)],
        });
        return outcome;
      },
      width: SCANNED_AT_ONCE,
      signal: new AbortController().signal,
      deadline: (ms) => AbortSignal.timeout(ms),
      progress: () => undefined,
    });
    return summariseRescan(results, found.unreleased.length);
  } finally {
    client.close();
    close();
  }
}

async function update({ config, env }: JobData): Promise<UpdateSummary> {
  const { updateAsConfigured } = await import('../compose/scheduled-update.ts');
  return summariseUpdate(await updateAsConfigured(config, env, new AbortController().signal));
}

async function pullPolicy({ config, env }: JobData): Promise<PolicySummary> {
  const { pullConfigured } = await import('../compose/pull-policy.ts');
  const now = toInstant(Date.now());
  const pulled = await pullConfigured(config, {
    ...{ env, cwd: config.home, now, replace: false, as: null },
    signal: new AbortController().signal,
    append: async (inputs) => void orThrow(await append(inputs, now)),
  });
  return summarisePolicy(pulled);
}

function work(job: JobData): Promise<Summaries[keyof Summaries]> {
  switch (job.job) {
    case 'audit':
      return audit(job);
    case 'rescan':
      return rescan(job, job.key);
    case 'update':
      return update(job);
    case 'policy':
      return pullPolicy(job);
  }
}

async function runJob(job: JobData): Promise<void> {
  // On Linux each thread has its own priority; elsewhere it would apply to the whole process.
  if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
  parentPort?.on('message', (answer: ThreadReply) => waiting.get(answer.id)?.(answer));
  try {
    post({ kind: 'done', summary: await work(job) });
  } catch (thrown) {
    post({ kind: 'failed', failure: packFailure(toFailure(thrown)) });
  } finally {
    parentPort?.close();
  }
}

// Outside a thread there is nobody to serve.
if (workerData !== null) void runJob(workerData as JobData);
