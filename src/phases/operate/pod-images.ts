import type { Digest } from '../../core/digest.ts';

/** One container of a pod and the image that it runs. */
export interface RunningImage {
  readonly container: string;
  readonly reference: string;
  readonly digest: Digest | null;
  readonly kind: 'container' | 'init' | 'ephemeral' | 'volume';
  readonly settings: readonly string[];
}

/** Why the manifest that a container runs is unknown. */
export type NoDigestReason = 'not-started' | 'configuration-id' | 'not-told';

export interface PodImages {
  readonly images: readonly RunningImage[];
  readonly undigested: readonly NoDigestReason[];
}
