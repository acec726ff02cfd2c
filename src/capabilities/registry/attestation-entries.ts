import type { Descriptor } from '../../core/descriptor.ts';
import { type Digest, parseDigest } from '../../core/digest.ts';
import type { Manifest } from './manifest.ts';

const REFERENCE_TYPE = 'vnd.docker.reference.type';
const REFERENCE_DIGEST = 'vnd.docker.reference.digest';

/** A manifest with statements of the builder, in the index that it made. */
export interface AttestationEntry {
  readonly descriptor: Descriptor;
  /** The platform image that they are about; null where the index does not say it. */
  readonly about: Digest | null;
}

/** The entries of an index for `unknown/unknown` that BuildKit adds; none for one image. */
export function listAttestationEntries(manifest: Manifest): readonly AttestationEntry[] {
  const listed = manifest.kind === 'index' ? manifest.manifests : [];
  return listed.filter(isAttestation).map((descriptor) => {
    const about = parseDigest(descriptor.annotations?.[REFERENCE_DIGEST] ?? '');
    return { descriptor, about: about.ok ? about.value : null };
  });
}

function isAttestation({ annotations }: Descriptor): boolean {
  return annotations?.[REFERENCE_TYPE] === 'attestation-manifest';
}
