import type { EvidenceInput } from '../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { DecisionEvent, VerifiedVex } from '../../../gates/desk/index.ts';

/**
 * Which VEX the log already knows of an image, so that each verification is recorded once and not
 * with every decision.
 */
export class VexNews {
  readonly #known = new Map<Digest, Digest>();

  /** What is new of the image of this decision; null: nothing. */
  take({ subject, vex }: DecisionEvent): VerifiedVex | null {
    if (vex === undefined || vex === null || this.#known.get(subject) === vex.revision) return null;
    this.#known.delete(subject);
    this.#known.set(subject, vex.revision);
    const oldest = this.#known.keys().next();
    if (this.#known.size > LIMITS.verdictCacheEntriesMax && oldest.done !== true)
      this.#known.delete(oldest.value);
    return vex;
  }

  /** It could not be recorded: the next decision about the image brings it again. */
  forget(subject: Digest): void {
    this.#known.delete(subject);
  }
}

export function sumSizes(inputs: readonly EvidenceInput[]): number {
  return inputs.reduce((bytes, { body }) => bytes + body.length, 0);
}
