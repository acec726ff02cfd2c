import type { EvidenceKind } from '../../../capabilities/evidence/index.ts';
import type { Digest } from '../../../core/digest.ts';
import type { Failure } from '../../../core/failure.ts';

/** The name under which the inbox keeps what a collector could not read. */
export const COLLECTOR = 'collect';

/** A document that a collector found, before it is read. */
export interface FoundDocument {
  /** For people: a path, or what it is attached to. */
  readonly name: string;
  /** Of this content: what has a mark that is known was collected before. */
  readonly mark: string;
  /** What it is attached to; null: what the document says. */
  readonly subject: Digest | null;
  /** Throws where it cannot be read now: it is tried again at the next look. */
  readonly read: () => Promise<Uint8Array>;
}

/** What others put into a place that they write to: no record of ours, and no advisories. */
export const ATTACHED_KINDS: ReadonlySet<EvidenceKind> = new Set([
  ...(['sbom', 'scan', 'statement', 'signature'] as const),
]);

/** Something of a place that is there and that cannot be read. */
export function findUnreadable(name: string, failure: Failure): FoundDocument {
  return { name, mark: '', subject: null, read: () => Promise.reject(failure) };
}

/** What a place has now. Marks that are known need no more than that. */
export type Collector = (isKnown: (mark: string) => boolean) => AsyncGenerator<FoundDocument>;
