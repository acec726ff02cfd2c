import type { Server } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';

export interface DrainTimes {
  /** How long it still answers after it has said that it stops. */
  readonly noticeMs: number;
  /** How long what was asked by then may take; absent: `drainMs`. */
  readonly answersMs?: number;
}

/**
 * How a server stops: it says so at `/readyz` and asks its clients to come back over another
 * connection, so that a load balancer or a Service sends them elsewhere. Then it takes nothing new,
 * and what was asked is still answered.
 */
export class Drain {
  #started = false;

  /** Null while it serves. */
  findUnready(): Failure | null {
    // mutant stopping-server-is-ready by drain: condition -> true
    if (!this.#started) return null;
    return new Failure('INTERRUPTED', 'the server stops', 'Ask another replica.');
  }

  watch(app: FastifyInstance): void {
    app.addHook('onSend', async (_request, reply) => {
      // mutant stopping-server-keeps-connections by drain: condition -> false
      if (this.#started) reply.header('connection', 'close');
    });
  }

  async stop(app: FastifyInstance, { noticeMs, answersMs = LIMITS.drainMs }: DrainTimes) {
    this.#started = true;
    await pause(noticeMs);
    // A client that never ends its request is not waited for.
    const late = setTimeout(() => (app.server as Server).closeAllConnections(), answersMs);
    await app.close().finally(() => clearTimeout(late));
  }
}
