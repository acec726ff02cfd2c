import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';

/** What a document may describe. */
export interface DocumentSubject {
  /** The subject that its manifest must name (N4). */
  readonly subject: Descriptor;
  /** The platform image that it describes. */
  readonly member: Digest;
  /** The digests that the document itself may use for that image. */
  readonly names: ReadonlySet<Digest>;
}
