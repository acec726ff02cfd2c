import type { Worker } from 'node:worker_threads';
import type { Digest } from '../../../core/digest.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { attempt, failed, ok, type Result } from '../../../core/result.ts';
import type { DeskPorts, ImageVerdict } from '../../../gates/desk/index.ts';
import {
  type DeskCall,
  type DeskQuestion,
  type DeskReply,
  packGraphFacts,
  unpackVerdict,
} from './desk-protocol.ts';

export interface DeskThreadPorts extends Pick<DeskPorts, 'decided' | 'counted' | 'graph'> {
  readonly start: () => Worker;
  /** A question that is older ends the thread, with everything that it works on. */
  readonly patienceMs: number;
  /** A thread without questions for so long is ended, and its memory is free. */
  readonly idleMs: number;
}

interface PendingQuestion {
  readonly since: number;
  readonly answer: (result: Result<ImageVerdict>) => void;
}

const LOOK_MS = 250;

/** A thread that decides about images. It starts with a question, and again after its end. */
export class DeskThread {
  readonly #ports: DeskThreadPorts;
  readonly #pending = new Map<number, PendingQuestion>();
  #worker: Worker | null = null;
  #watch: NodeJS.Timeout | null = null;
  #asked = 0;
  #lastAt = 0;
  #recording: Promise<unknown> = Promise.resolve();

  constructor(ports: DeskThreadPorts) {
    this.#ports = ports;
  }

  /** Fails if the thread was ended: too slow, too large, or broken. */
  ask(question: DeskQuestion): Promise<Result<ImageVerdict>> {
    const id = ++this.#asked;
    this.#lastAt = performance.now();
    return new Promise((answer) => {
      this.#pending.set(id, { since: this.#lastAt, answer });
      this.#worker ??= this.#open();
      this.#post({ kind: 'decide', id, question });
    });
  }

  forget(digest: Digest): void {
    if (this.#worker !== null) this.#post({ kind: 'forget', digest });
  }

  close(): Promise<void> {
    return this.#end(new Failure('INTERRUPTED', 'the server stops', 'Ask again.'));
  }

  #post(call: DeskCall): void {
    this.#worker?.postMessage(call);
  }

  #open(): Worker {
    const worker = this.#ports.start();
    worker.on('message', (reply: DeskReply) => void this.#take(reply, worker));
    worker.on('error', (thrown) => void this.#lose(worker, toFailure(thrown)));
    worker.on('exit', () => void this.#lose(worker, createEndFailure()));
    worker.unref();
    this.#watch = setInterval(() => this.#look(), LOOK_MS).unref();
    return worker;
  }

  #look(): void {
    const now = performance.now();
    const [oldest] = this.#pending.values();
    // mutant desk-thread-that-never-answers by desk-lanes: condition -> false
    if (oldest !== undefined && now - oldest.since > this.#ports.patienceMs)
      void this.#end(createEndFailure());
    else if (oldest === undefined && now - this.#lastAt > this.#ports.idleMs)
      void this.#end(createEndFailure());
  }

  async #take(reply: DeskReply, worker: Worker): Promise<void> {
    const { decided, counted, graph } = this.#ports;
    if (worker !== this.#worker) return;
    if (reply.kind === 'decided') {
      this.#recording = Promise.all([this.#recording, decided(reply.event)]);
      this.#recording.catch(() => undefined); // it is looked at before the answer
    } else if (reply.kind === 'verified') counted.verified();
    else if (reply.kind === 'cached') counted.cached(reply.hit);
    else if (reply.kind === 'graph') {
      const sent = packGraphFacts(await graph(reply.image, reply.members, reply.origin));
      worker.postMessage({ kind: 'graph', id: reply.id, facts: sent } satisfies DeskCall);
    } else {
      const asked = this.#pending.get(reply.id);
      this.#pending.delete(reply.id);
      // The decision is kept before it is answered, and too many that wait make the answer wait.
      const recorded = await attempt(() => this.#recording);
      if (!recorded.ok) this.#recording = Promise.resolve();
      // mutant heavy-decision-that-is-not-kept by desk-lanes: condition -> false
      if (!recorded.ok) asked?.answer(recorded);
      else asked?.answer(ok(unpackVerdict(reply.verdict)));
    }
  }

  async #lose(worker: Worker, failure: Failure): Promise<void> {
    if (worker === this.#worker) await this.#end(failure);
  }

  async #end(failure: Failure): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    clearInterval(this.#watch ?? undefined);
    for (const { answer } of this.#pending.values()) answer(failed(failure));
    this.#pending.clear();
    await worker?.terminate();
  }
}

function createEndFailure(): Failure {
  return new Failure(
    'DEADLINE_EXCEEDED',
    'the documents of the image took too long, or too much memory, to examine',
    'Attach smaller documents, or remove those that are not needed.',
  );
}
