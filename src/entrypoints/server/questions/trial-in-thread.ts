import type { Worker } from 'node:worker_threads';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { unpackFailure } from '../../../system/threads/sent-failure.ts';
import { startThread } from '../../compose/installation.ts';
import type { Config } from '../../config/config.ts';
import type { QuestionPorts } from './questions.ts';
import type { TrialMessage, TrialThreadData } from './trial-protocol.ts';

export interface TrialThreads {
  readonly start: (data: Omit<TrialThreadData, 'config'>) => Worker;
  readonly patienceMs: number;
}

/** Tries each policy in a thread of its own, with an end and a bound on memory. */
export function tryInThread({ start, patienceMs }: TrialThreads): QuestionPorts['tryPolicy'] {
  return async (question, policy) => {
    const worker = start({ question, policy });
    worker.unref();
    // mutant trial-that-never-ends by trial-in-thread: remove
    const timer = setTimeout(() => void worker.terminate(), patienceMs);
    try {
      const { answer, failure } = await receive(worker);
      if (failure !== null) throw unpackFailure(failure);
      return answer;
    } finally {
      clearTimeout(timer);
      await worker.terminate();
    }
  };
}

function receive(worker: Worker): Promise<TrialMessage> {
  return new Promise((resolve, reject) => {
    const fail = () =>
      reject(
        new Failure(
          'DEADLINE_EXCEEDED',
          'the policy took too long, or too much memory, to try',
          'Shorten the policy, or try it with waybill ask what-if.',
        ),
      );
    worker.once('message', resolve);
    worker.once('error', fail);
    worker.once('exit', fail);
  });
}

export function openTrialThreads(config: Config): QuestionPorts['tryPolicy'] {
  return tryInThread({
    start: (data) =>
      startThread('trial', { config, ...data } satisfies TrialThreadData, {
        maxOldGenerationSizeMb: LIMITS.trialThreadMiBMax,
        maxYoungGenerationSizeMb: 4,
      }),
    patienceMs: LIMITS.trialMs,
  });
}
