import type { World } from './world.ts';

/**
 * One thing that the demo shows. `expects` is the verdict in words. The result of `run` must equal
 * it exactly.
 */
export interface Step {
  readonly id: string;
  /** IDs of docs/reference/requirements.md. */
  readonly proves: readonly string[];
  /** The narration for the audience. */
  readonly says: string;
  readonly expects: string;
  /** No later act needs what it does: left out when one of them runs alone. */
  readonly isAside?: true;
  /** Runs the step with the real parts and returns the verdict. */
  readonly run: (world: World) => Promise<string>;
}

export interface Act {
  readonly name: string;
  readonly says: string;
  readonly steps: readonly Step[];
}

/** The result of a step. `actual` is null when the step was not reached. */
export interface StepReport {
  readonly act: string;
  readonly id: string;
  readonly proves: readonly string[];
  readonly says: string;
  readonly expected: string;
  readonly actual: string | null;
  readonly ok: boolean;
  readonly ms: number;
  readonly commands: readonly string[];
}
