import type { Instant } from '../../../core/instant.ts';
import type { Inventory } from '../../ecosystems/index.ts';

/** How a document comes about: what its bytes depend on beside the inventory. */
export interface SbomOptions {
  readonly at: Instant;
  readonly tool: { readonly name: string; readonly version: string };
  /**
   * When in the life of the software it was looked at (CISA 2025 "generation context"); by default
   * as the subject tells.
   */
  readonly context?: GenerationContext;
}

/** CycloneDX 1.6 lifecycle phases that Waybill can be in. */
export type GenerationContext = 'pre-build' | 'build' | 'post-build';

/** A tree is looked at before it is built, an image after. */
export function chooseContext(inventory: Inventory, options: SbomOptions): GenerationContext {
  return options.context ?? (inventory.subject.digest === null ? 'pre-build' : 'post-build');
}
