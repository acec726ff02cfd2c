import type { Instant } from '../../../core/instant.ts';
import type { Inventory } from '../../ecosystems/index.ts';
import type { SbomFindings } from './sbom-findings.ts';

/** The inputs of a document besides the inventory. */
export interface SbomOptions {
  readonly at: Instant;
  readonly tool: { readonly name: string; readonly version: string };
  /** Who states it, besides the tool (NTIA, CISA and BSI ask for it). */
  readonly author?: SbomAuthor;
  /**
   * When in the life of the software it was read (CISA 2025 "generation context"); by default it
   * follows from the subject.
   */
  readonly context?: GenerationContext;
  /**
   * Set for an inventory that was read from an SBOM: its tool and time are those of the new
   * document, and what it does not say is not said.
   */
  readonly origin?: SbomOrigin;
  /** Set where the vulnerabilities of the components belong into the document (B3). */
  readonly findings?: SbomFindings;
}

export interface SbomAuthor {
  readonly name: string;
  readonly email: string | null;
}

export interface SbomOrigin {
  /** As `name-version`; null if the document names none. */
  readonly tool: string | null;
  readonly createdAt: Instant | null;
}

/** CycloneDX 1.6 lifecycle phases that Waybill can be in. */
export type GenerationContext = 'pre-build' | 'build' | 'post-build';

/** A tree is read before it is built, an image after. */
export function chooseContext(inventory: Inventory, options: SbomOptions): GenerationContext {
  return options.context ?? (inventory.subject.digest === null ? 'pre-build' : 'post-build');
}
