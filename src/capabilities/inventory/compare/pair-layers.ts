import type { Digest } from '../../../core/digest.ts';
import { readImageConfig } from '../inventory-image.ts';
import type { ImageContent } from '../port.ts';

/** A layer of one image, and what is in its place in another. */
export interface LayerPair {
  readonly digest: Digest;
  /** Null where the other image has no layer there. */
  readonly other: Digest | null;
  /** `content`: the uncompressed archives are the same, and only their packing differs. */
  readonly match: 'bytes' | 'content' | 'none';
}

/** The layers of an image beside those of another one, the lowest first (D9). */
export function pairLayers(one: ImageContent, other: ImageContent): readonly LayerPair[] {
  const [own, theirs] = [readImageConfig(one).diffIds, readImageConfig(other).diffIds];
  return one.layers.map(({ descriptor: { digest } }, at) => {
    const twin = other.layers[at]?.descriptor.digest ?? null;
    const isSameContent = own[at] !== undefined && own[at] === theirs[at];
    return {
      digest,
      other: twin,
      match: twin === digest ? 'bytes' : isSameContent ? 'content' : 'none',
    };
  });
}
