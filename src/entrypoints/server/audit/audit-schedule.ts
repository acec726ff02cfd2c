import type { EvidenceInput, Receipt } from '../../../capabilities/evidence/index.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import type { Instant } from '../../../core/instant.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { failed, ok, type Result } from '../../../core/result.ts';
import { packFailure } from '../../../system/threads/sent-failure.ts';
import { startThread } from '../../compose/installation.ts';
import type {
  AuditSummary,
  AuditThreadData,
  ThreadMessage,
  ThreadReply,
} from './audit-protocol.ts';

type EvidenceAppender = (
  inputs: readonly EvidenceInput[],
  at: Instant,
) => Promise<Result<readonly Receipt[]>>;

/** One audit in its own thread; `stop` ends it at any point. */
export interface RunningAudit {
  readonly done: Promise<Result<AuditSummary>>;
  readonly stop: () => Promise<void>;
}

export function auditInThread(data: AuditThreadData, append: EvidenceAppender): RunningAudit {
  const worker = startThread('audit', data);
  const done = new Promise<Result<AuditSummary>>((resolve) => {
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'done') resolve(ok(message.summary));
      else if (message.kind === 'failed') {
        const { code, message: why, remedy } = message.failure;
        resolve(failed(new Failure(code, why, remedy)));
      } else void answerAppend(message, append).then((answer) => worker.postMessage(answer));
    });
    worker.on('error', (thrown) => resolve(failed(toFailure(thrown))));
    worker.on('exit', () =>
      resolve(failed(new Failure('INTERRUPTED', 'the audit was stopped', 'It begins again.'))),
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
  { id, inputs, at }: ThreadMessage & { kind: 'append' },
  append: EvidenceAppender,
): Promise<ThreadReply> {
  const stored = await append(inputs, at).catch((thrown: unknown) => failed(toFailure(thrown)));
  return { id, failure: stored.ok ? null : packFailure(stored.failure) };
}

export interface ScheduleOptions {
  readonly everyMs: number;
  readonly start: () => RunningAudit;
  readonly log: (entry: Readonly<Record<string, unknown>>) => void;
  /** Called after each audit, with its duration. */
  readonly audited: (result: Result<AuditSummary>, seconds: number) => void;
}

/**
 * The first audit does not wait a whole day, and a server that restarts often does not audit at
 * once at each start.
 */
const FIRST_MS = 600_000;

/** The scheduled job of O6: an audit at each interval, never two at a time. */
export class AuditSchedule {
  readonly #options: ScheduleOptions;
  #timer: NodeJS.Timeout | null = null;
  #running: RunningAudit | null = null;
  #isClosed = false;

  constructor(options: ScheduleOptions) {
    this.#options = options;
    this.#wait(Math.min(options.everyMs, FIRST_MS));
  }

  #wait(ms: number): void {
    this.#timer = setTimeout(() => void this.#audit(), ms);
    this.#timer.unref();
  }

  async #audit(): Promise<void> {
    const { start, audited, everyMs } = this.#options;
    const startedAt = performance.now();
    this.#running = start();
    const result = await this.#running.done;
    this.#running = null;
    if (this.#isClosed) return;
    audited(result, (performance.now() - startedAt) / 1_000);
    this.#logResult(result);
    this.#wait(everyMs);
  }

  #logResult(result: Result<AuditSummary>): void {
    const { log } = this.#options;
    if (!result.ok) {
      const { code, message } = result.failure;
      log({ level: 'error', event: 'audit-failed', code, message: toOneLine(message) });
      return;
    }
    const { counts, recorded, changed, news } = result.value;
    log({ level: 'info', event: 'audit', ...counts, recorded, changed });
    for (const one of news) log({ level: 'warn', event: 'audit-changed', ...one });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running?.stop();
  }
}
