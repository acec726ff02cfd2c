import type { Extraction, ProjectManifest } from '../../extractor.ts';

/**
 * What a lock says once the manifests of a source tree are known: they may say what is required
 * directly, what is only for development, and which versions they set themselves.
 */
export class LockPart {
  readonly complete: (manifests: readonly ProjectManifest[]) => Extraction;

  constructor(complete: (manifests: readonly ProjectManifest[]) => Extraction) {
    this.complete = complete;
  }
}
