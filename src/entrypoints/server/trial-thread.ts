import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { packFailure } from '../../system/threads/sent-failure.ts';
import { openTrialGraph } from '../compose/server.ts';
import { loadPolicyInForce } from '../compose/try-policy.ts';
import { answerTrial } from './questions/answer-trial.ts';
import type { TrialMessage, TrialThreadData } from './questions/trial-protocol.ts';

/** Tries one policy in a thread that can be ended: a review never waits for it. */
async function runTrial({ config, question, policy }: TrialThreadData): Promise<object> {
  const graph = await openTrialGraph(config);
  try {
    const inForce = () => loadPolicyInForce(config);
    const ports = { graph, inForce, now: () => toInstant(Date.now()) };
    return await answerTrial(ports, question, policy);
  } finally {
    await graph.close();
  }
}

function post(message: TrialMessage): void {
  parentPort?.postMessage(message);
}

async function answerServer(data: TrialThreadData): Promise<void> {
  // On Linux each thread has its own priority; elsewhere it would apply to the whole process.
  if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
  try {
    post({ answer: await runTrial(data), failure: null });
  } catch (thrown) {
    post({ answer: null, failure: packFailure(toFailure(thrown)) });
  } finally {
    parentPort?.close();
  }
}

// Outside a thread there is nobody to serve.
if (workerData !== null) void answerServer(workerData as TrialThreadData);
