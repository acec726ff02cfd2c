import { LIMITS } from '../../../core/limits.ts';
import type { ExaminationTurns, WorkloadRequest } from '../../../gates/desk/index.ts';
import { findLane, runInLane, Turns } from '../../../system/http/turns.ts';
import { nameWithin } from './fair-queue.ts';

const SOURCES_MAX = 64;

/**
 * Anyone who can ask names any number of images that no registry has. Each source (address and
 * namespace) waits in a lane of its own, for the requests to a registry and before an image is
 * examined: a flood delays itself, and nobody else for long.
 */
export class SourceLanes {
  readonly #working = new Map<string, number>();
  readonly #turns = new Turns({
    count: LIMITS.imagesExaminedMax,
    laneMax: LIMITS.imagesExaminedMax / 4,
    groupMax: (LIMITS.imagesExaminedMax * 3) / 4,
    waitingMax: LIMITS.imagesWaitingMax,
  });
  readonly turns: ExaminationTurns = {
    take: (signal) => this.#turns.take(signal),
    lane: () => findLane().name,
  };

  async run<T>(
    { source = '', namespace }: Pick<WorkloadRequest, 'source' | 'namespace'>,
    work: () => Promise<T>,
  ): Promise<T> {
    const name = nameWithin({ address: source, namespace }, this.#working, SOURCES_MAX);
    this.#working.set(name, (this.#working.get(name) ?? 0) + 1);
    try {
      return await runInLane({ name, group: source }, work);
    } finally {
      const left = (this.#working.get(name) ?? 0) - 1;
      if (left > 0) this.#working.set(name, left);
      else this.#working.delete(name);
    }
  }
}
