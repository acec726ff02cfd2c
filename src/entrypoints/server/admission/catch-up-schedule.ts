import { Failure, toFailure } from '../../../core/failure.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { attempt, failed, ok, type Result } from '../../../core/result.ts';
import { type SentFailure, unpackFailure } from '../../../system/threads/sent-failure.ts';
import { areAdvisoriesBehind, type NewestDocument } from '../../compose/advisory-catch-up.ts';
import { startThread } from '../../compose/installation.ts';
import type { Config } from '../../config/config.ts';
import type { LogEntry } from '../log.ts';

/** What the thread that catches up gets when it starts. */
export interface CatchUpThreadData {
  readonly config: Config;
}

export interface CatchUpMessage {
  readonly failure: SentFailure | null;
}

/** How often the log is checked for advisories that the index lacks. */
const LOOK_MS = 500;
/** How long to wait while an import has the lock. */
const BUSY_MS = 2_000;
const FAILED_MS = 30_000;

type ServerLog = (entry: LogEntry) => void;

/**
 * Keeps the index of a running server level with the log, also when no review arrives: posted
 * advisories, and an import that was killed. The work is done in a thread; the index then replaces
 * the old one, which FilesInForce notices.
 */
export class CatchUpSchedule {
  readonly #config: Config;
  readonly #documents: NewestDocument;
  readonly #log: ServerLog;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> | null = null;
  #stop: () => void = () => undefined;
  #notBefore = 0;

  /** `documents` reads the log, not in the thread that answers reviews. */
  constructor(config: Config, documents: NewestDocument, log: ServerLog) {
    this.#config = config;
    this.#documents = documents;
    this.#log = log;
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** Checks now, unless a check is at work. */
  look(): void {
    if (this.#running !== null || performance.now() < this.#notBefore) return;
    this.#running = this.#catchUp().finally(() => {
      this.#running = null;
    });
  }

  async #catchUp(): Promise<void> {
    const before = await this.#readState();
    if (before !== 'behind') return;
    const caughtUp = await this.#runThread();
    if (!caughtUp.ok) this.#report(caughtUp.failure);
    else if ((await this.#readState()) === 'behind') this.#pause(BUSY_MS);
  }

  async #readState(): Promise<'level' | 'behind' | 'unknown'> {
    const read = await attempt(() => areAdvisoriesBehind(this.#config, this.#documents));
    if (!read.ok) this.#report(read.failure);
    return read.ok ? (read.value ? 'behind' : 'level') : 'unknown';
  }

  #runThread(): Promise<Result<null>> {
    const data: CatchUpThreadData = { config: this.#config };
    const worker = startThread('advisories', data);
    this.#stop = () => void worker.terminate();
    return new Promise((resolve) => {
      worker.on('message', ({ failure }: CatchUpMessage) =>
        resolve(failure === null ? ok(null) : failed(unpackFailure(failure))),
      );
      worker.on('error', (thrown) => resolve(failed(toFailure(thrown))));
      worker.on('exit', () =>
        resolve(failed(new Failure('INTERRUPTED', 'it was stopped', 'It begins again.'))),
      );
    });
  }

  #report({ code, message }: Failure): void {
    this.#pause(FAILED_MS);
    const event = 'advisories-not-caught-up';
    this.#log({ level: 'error', event, code, message: toOneLine(message) });
  }

  #pause(ms: number): void {
    this.#notBefore = performance.now() + ms;
  }

  /** A thread that is stopped leaves the old index, and what a later start needs. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#notBefore = Infinity;
    this.#stop();
    await this.#running;
  }
}
