import type { World } from './world.ts';

/**
 * One thing that the demo shows. `expects` is the verdict in words; what `run` gives must equal it,
 * letter by letter.
 */
export interface Step {
  readonly id: string;
  /** IDs of docs/reference/requirements.md. */
  readonly proves: readonly string[];
  /** One sentence for whoever watches. */
  readonly says: string;
  readonly expects: string;
  /** Does it with the real parts and gives the verdict that came out. */
  readonly run: (world: World) => Promise<string>;
}

export interface Act {
  readonly name: string;
  readonly says: string;
  readonly steps: readonly Step[];
}

/** What became of a step; `actual` is null where it was not reached. */
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
