import type { EvidenceInput, Receipt } from '../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import { packFailure } from '../../../system/threads/sent-failure.ts';
import { startThread } from '../../compose/installation.ts';
import type { JobData, Summaries, ThreadMessage, ThreadReply } from './job-protocol.ts';

/** What a job may do to the server that runs it. */
export interface JobPorts {
  readonly append: (
    inputs: readonly EvidenceInput[],
    at: Instant,
  ) => Promise<Result<readonly Receipt[]>>;
  /** Something new is attached to these images, so nothing that is remembered of them holds. */
  readonly attached: (images: readonly Digest[]) => void;
}

/** One job in its own thread; `stop` ends it at any point. */
export interface RunningJob<S> {
  readonly done: Promise<Result<S>>;
  readonly stop: () => Promise<void>;
}

export function runJob<K extends keyof Summaries>(
  data: JobData & { readonly job: K },
  { append, attached }: JobPorts,
): RunningJob<Summaries[K]> {
  const worker = startThread('audit', data);
  const done = new Promise<Result<Summaries[K]>>((resolve) => {
    worker.on('message', (message: ThreadMessage<Summaries[K]>) => {
      if (message.kind === 'done') resolve(ok(message.summary));
      else if (message.kind === 'attached') attached(message.images);
      else if (message.kind === 'failed') {
        const { code, message: why, remedy } = message.failure;
        resolve(failed(new Failure(code, why, remedy)));
      } else void answerAppend(message, append).then((answer) => worker.postMessage(answer));
    });
    worker.on('error', (thrown) => resolve(failed(toFailure(thrown))));
    worker.on('exit', () =>
      resolve(failed(new Failure('INTERRUPTED', 'the job was stopped', 'It begins again.'))),
    );
  });
  return {
    done,
    stop: async () => {
      await worker.terminate();
    },
  };
}

async function answerAppend(
  { id, inputs, at }: ThreadMessage<never> & { kind: 'append' },
  append: JobPorts['append'],
): Promise<ThreadReply> {
  const stored = await append(inputs, at).catch((thrown: unknown) => failed(toFailure(thrown)));
  return { id, failure: stored.ok ? null : packFailure(stored.failure) };
}

export interface ScheduleOptions<S> {
  readonly everyMs: number;
  readonly start: () => RunningJob<S>;
  /** Called after each run, with its duration. */
  readonly finished: (result: Result<S>, seconds: number) => void;
}

/**
 * The first run does not wait a whole day, and a server that restarts often does not begin at once
 * at each start.
 */
const FIRST_MS = 600_000;

/** A scheduled job of O6: a run at each interval, never two at a time. */
export class JobSchedule<S> {
  readonly #options: ScheduleOptions<S>;
  #timer: NodeJS.Timeout | null = null;
  #running: RunningJob<S> | null = null;
  #isClosed = false;

  constructor(options: ScheduleOptions<S>) {
    this.#options = options;
    this.#wait(Math.min(options.everyMs, FIRST_MS));
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => void this.#run(), ms);
    this.#timer.unref();
  }

  async #run(): Promise<void> {
    const { start, finished, everyMs } = this.#options;
    const startedAt = performance.now();
    this.#running = start();
    const result = await this.#running.done;
    this.#running = null;
    if (this.#isClosed) return;
    finished(result, (performance.now() - startedAt) / 1_000);
    this.#wait(everyMs);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running?.stop();
  }
}
