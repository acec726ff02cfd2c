import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { EvidenceInput, Receipt } from '../../capabilities/evidence/index.ts';
import { toFailure } from '../../core/failure.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { failed, ok, orThrow, type Result } from '../../core/result.ts';
import { auditEstate } from '../../phases/operate/index.ts';
import { readWithinBudget } from '../../system/processes/reading-budget.ts';
import { packFailure, unpackFailure } from '../../system/threads/sent-failure.ts';
import { openQuestions } from '../compose/graph.ts';
import { openJudge } from '../compose/open-judge.ts';
import { openKnownContent, openRegistryClient } from '../compose/registry.ts';
import {
  type AuditSummary,
  type AuditThreadData,
  summariseAudit,
  type ThreadMessage,
  type ThreadReply,
} from './audit/audit-protocol.ts';

/** One audit in its own thread, so that its reading and verifying never delays an admission. */
const waiting = new Map<number, (answer: ThreadReply) => void>();
let appends = 0;

function post(message: ThreadMessage): void {
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

const WIDTH = 4;

async function audit({ config, env }: AuditThreadData): Promise<AuditSummary> {
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
      width: WIDTH,
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

// On Linux each thread has its own priority; elsewhere it would apply to the whole process.
if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
parentPort?.on('message', (answer: ThreadReply) => waiting.get(answer.id)?.(answer));
audit(workerData as AuditThreadData)
  .then(
    (summary) => post({ kind: 'done', summary }),
    (thrown: unknown) => post({ kind: 'failed', failure: packFailure(toFailure(thrown)) }),
  )
  .finally(() => parentPort?.close());
