import type { Digest } from '../../../core/digest.ts';

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
  readonly read: () => Promise<Uint8Array>;
}

/** What a place has now. Marks that are known need no more than that. */
export type Collector = (isKnown: (mark: string) => boolean) => AsyncGenerator<FoundDocument>;
