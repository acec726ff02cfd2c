import type { SigstoreBundle } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { LIMITS } from '../../core/limits.ts';
import type { AttachedSignature } from './image-evidence.ts';

/** A bundle of a referrer, and the layer that it is in. */
export interface ReadBundle {
  readonly layer: Descriptor;
  readonly bundle: SigstoreBundle;
}

/** What was read, or the signature as it is shown where nothing could be. */
export type BundleReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly lost: readonly [AttachedSignature] };

/** Bytes of large envelopes that may still be read. */
export type EnvelopeBudget = { largeBytes: number; isSpent?: boolean };

/** What was fetched before, by the digest of its manifest: nothing is fetched twice. */
export class FetchedBundles {
  readonly layers = new Map<Digest, BundleReading<Descriptor>>();
  readonly bundles = new Map<Digest, BundleReading<ReadBundle>>();
  /** Bytes of large bundles that may still be read for what they state. */
  readonly budget: EnvelopeBudget = { largeBytes: LIMITS.documentBytesMax };
}
