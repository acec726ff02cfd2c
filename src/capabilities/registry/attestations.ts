import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { ok, type Result } from '../../core/result.ts';
import { listAttestationEntries } from './attestation-entries.ts';
import { pullManifest } from './image.ts';
import type { ArtifactSource, CallOptions } from './port.ts';

/** What a builder states about one platform image, in the index that it made. Nobody signed it. */
export interface BuilderAttestation {
  /** The manifest that lists the statements. */
  readonly digest: Digest;
  /** The platform image; null where the index does not say it. */
  readonly about: Digest | null;
  /** As the builder calls them, such as `https://spdx.dev/Document`. */
  readonly predicateTypes: readonly string[];
}

const PREDICATE_TYPE = 'in-toto.io/predicate-type';
const TYPE_CHARACTERS_MAX = 200;

/**
 * The attestations that BuildKit puts into an index as manifests for `unknown/unknown`
 * (BuildKit, attestation-storage.md). Empty for an image of one platform, and for an index without
 * any.
 */
export async function listBuilderAttestations(
  source: ArtifactSource,
  repository: string,
  subject: Descriptor,
  options: CallOptions = {},
): Promise<Result<readonly BuilderAttestation[]>> {
  const pulled = await pullManifest(source, repository, subject, options);
  if (!pulled.ok) return pulled;
  const found: BuilderAttestation[] = [];
  for (const { descriptor, about } of listAttestationEntries(pulled.value.manifest)) {
    const read = await pullManifest(source, repository, descriptor, options);
    if (!read.ok) return read;
    const layers = read.value.manifest.kind === 'image' ? read.value.manifest.layers : [];
    found.push({
      digest: descriptor.digest,
      about,
      predicateTypes: layers.map(({ annotations, mediaType }) =>
        (annotations?.[PREDICATE_TYPE] ?? mediaType).slice(0, TYPE_CHARACTERS_MAX),
      ),
    });
  }
  return ok(found);
}
