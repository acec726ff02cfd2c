import type { ArtifactSource, CallOptions } from '../../capabilities/registry/index.ts';
import type { FactGatherer, NotaryTrust, TrustDocument } from '../../capabilities/signing/index.ts';
import type { Digest } from '../../core/digest.ts';
import type { Instant } from '../../core/instant.ts';

/** Who is trusted, as it stands; a changed file is another value with another digest. */
export interface TrustMaterial {
  readonly notary: NotaryTrust;
  readonly document: TrustDocument;
  /** Who is asked for what no document says, such as revocation. */
  readonly gatherer: FactGatherer;
  /** Of the document, the policy and every certificate together. */
  readonly digest: Digest;
}

export interface GatherPorts {
  readonly source: ArtifactSource;
  readonly trust: TrustMaterial;
}

/** What every step of one gathering needs. */
export interface GatherContext extends GatherPorts {
  readonly repository: string;
  readonly now: Instant;
  readonly options: CallOptions;
}
