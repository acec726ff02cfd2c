import type { Worker } from 'node:worker_threads';
import { Failure, toFailure } from '../../../../core/failure.ts';
import { failed, ok, type Result } from '../../../../core/result.ts';
import {
  type Call,
  type Notice,
  type Reply,
  type ThreadData,
  type ThreadNotice,
  type ThreadOptions,
  type ThreadRequest,
  toResult,
  UNANSWERED,
} from './thread-protocol.ts';

type ResultHandler = (result: Result<unknown>) => void;

/**
 * One thread with one connection. It answers calls in order. If the thread dies, all waiting calls
 * fail.
 */
export class DatabaseThread {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, ResultHandler>();
  #calls = 0;
  #dead: Failure | null = null;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (reply: Reply) => {
      const settle = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      settle?.(toResult(reply));
    });
    worker.on('error', (thrown) => this.#failWaiting(toFailure(thrown)));
    worker.on('exit', () =>
      this.#failWaiting(
        new Failure('INTERRUPTED', 'the database thread has ended', 'Start the command again.'),
      ),
    );
  }

  static async open(
    { start, options }: ThreadOptions,
    role: ThreadData['role'],
  ): Promise<Result<DatabaseThread>> {
    const thread = new DatabaseThread(start({ role, options }));
    const opened = await thread.#awaitReply(0);
    if (opened.ok) return ok(thread);
    await thread.#worker.terminate();
    return opened;
  }

  /** How many calls are waiting. */
  get load(): number {
    return this.#waiting.size;
  }

  call<T>(request: ThreadRequest, transfer: readonly ArrayBuffer[] = []): Promise<Result<T>> {
    this.#calls++;
    const call: Call = { id: this.#calls, request };
    const settled = this.#awaitReply(call.id);
    if (this.#dead === null) this.#worker.postMessage(call, [...transfer]);
    return settled as Promise<Result<T>>;
  }

  /** A call without an answer. A dead thread does not receive it. */
  notify(notice: ThreadNotice, transfer: readonly ArrayBuffer[] = []): void {
    const message: Notice = { id: UNANSWERED, notice };
    if (this.#dead === null) this.#worker.postMessage(message, [...transfer]);
  }

  /** Waits for the pending calls, closes the connection and ends the thread. */
  async close(): Promise<void> {
    if (this.#dead === null) await this.call({ kind: 'close' });
    await this.#worker.terminate();
  }

  #awaitReply(id: number): Promise<Result<unknown>> {
    if (this.#dead !== null) return Promise.resolve(failed(this.#dead));
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
    });
  }

  #failWaiting(failure: Failure): void {
    this.#dead ??= failure;
    for (const settle of this.#waiting.values()) settle(failed(this.#dead));
    this.#waiting.clear();
  }
}
