import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { toFailure } from '../../core/failure.ts';
import { packFailure } from '../../system/threads/sent-failure.ts';
import { catchUpAdvisories } from '../compose/advisory-catch-up.ts';
import type { CatchUpMessage, CatchUpThreadData } from './admission/catch-up-schedule.ts';

/** Brings the index to what the log holds, in its own thread: a review never waits for it. */
async function catchUp({ config }: CatchUpThreadData): Promise<void> {
  await catchUpAdvisories(config);
}

function post(message: CatchUpMessage): void {
  parentPort?.postMessage(message);
}

// On Linux each thread has its own priority; elsewhere it would apply to the whole process.
if (process.platform === 'linux') setPriority(Math.min(getPriority() + 10, 19));
catchUp(workerData as CatchUpThreadData)
  .then(
    () => post({ failure: null }),
    (thrown: unknown) => post({ failure: packFailure(toFailure(thrown)) }),
  )
  .finally(() => parentPort?.close());
