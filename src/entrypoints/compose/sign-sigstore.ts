import {
  encodeStatement,
  IN_TOTO_TYPE,
  type Statement,
} from '../../capabilities/attestation/index.ts';
import {
  type ArtifactTarget,
  buildImageManifest,
  type CallOptions,
  formatReferrersTag,
  pullManifest,
  toContent,
} from '../../capabilities/registry/index.ts';
import {
  type BundleTerms,
  type MadeLayer,
  signSimpleText,
  signStatementLayer,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import {
  COSIGN_SIGN_STATEMENT,
  signBundleArtifact,
  toStatement,
} from '../../phases/build/index.ts';

export interface SigstoreSigning {
  readonly client: ArtifactTarget;
  readonly reference: ImageReference;
  /** The image, without a tag. */
  readonly subject: Descriptor;
  readonly terms: BundleTerms;
  readonly signedAt: Instant;
  readonly options: CallOptions;
}

/** Attaches a bundle that states that the image is signed, as cosign 3 does (S1, S2). */
export async function pushBundle(signing: SigstoreSigning): Promise<Result<Descriptor>> {
  return pushStatement(signing, toStatement(signing.subject.digest, COSIGN_SIGN_STATEMENT));
}

/** Attaches a bundle with any statement about the image (S2). */
export async function pushStatement(
  signing: SigstoreSigning,
  statement: Statement,
): Promise<Result<Descriptor>> {
  const { client, reference, subject, terms, signedAt, options } = signing;
  const made = await signBundleArtifact(subject, statement, terms, { signedAt });
  if (!made.ok) return made;
  const repository = formatRepository(reference);
  for (const blob of made.value.blobs) {
    const pushed = await client.pushBlob(repository, blob, options);
    if (!pushed.ok) return pushed;
  }
  return client.pushManifest(repository, made.value.manifest, null, options);
}

/**
 * Adds a signature under the tag that older releases of cosign read (S4). What is there already
 * stays; two who sign at the same moment may lose one of both signatures, as with cosign.
 */
export async function pushCosignSignature(signing: SigstoreSigning): Promise<Result<Descriptor>> {
  const { reference, subject, terms } = signing;
  const made = await signSimpleText(subject.digest, formatRepository(reference), terms);
  return made.ok ? addLayer(signing, '.sig', made.value) : made;
}

/** Adds a statement under the tag in which older releases of cosign keep attestations (S6). */
export async function pushCosignAttestation(
  signing: SigstoreSigning,
  statement: Statement,
): Promise<Result<Descriptor>> {
  const made = await signStatementLayer(IN_TOTO_TYPE, encodeStatement(statement), signing.terms);
  if (!made.ok) return made;
  const annotations = { ...made.value.annotations, predicateType: statement.predicateType };
  return addLayer(signing, '.att', { ...made.value, annotations });
}

/** The layers that are there stay. */
async function addLayer(
  signing: SigstoreSigning,
  suffix: '.sig' | '.att',
  added: MadeLayer,
): Promise<Result<Descriptor>> {
  const { client, reference, subject, options } = signing;
  const repository = formatRepository(reference);
  const tag = `${formatReferrersTag(subject.digest)}${suffix}`;
  const known = await listLayers(signing, tag);
  if (!known.ok) return known;
  // mutant cosign-tag-without-end: condition -> false
  if (known.value.length >= LIMITS.signaturesMax)
    return fail('LIMIT_EXCEEDED', `${tag} has ${known.value.length} signatures`, 'Remove some.');
  const content = toContent(added.mediaType, added.bytes);
  const layer = { ...content.descriptor, annotations: added.annotations };
  const layers = [...known.value, layer];
  const config = toContent('application/vnd.oci.image.config.v1+json', encodeConfig(layers));
  for (const blob of [content, config]) {
    const pushed = await client.pushBlob(repository, blob, options);
    if (!pushed.ok) return pushed;
  }
  const manifest = buildImageManifest({ config: config.descriptor, layers });
  return client.pushManifest(repository, manifest, tag, options);
}

async function listLayers(
  { client, reference, options }: SigstoreSigning,
  tag: string,
): Promise<Result<readonly Descriptor[]>> {
  const found = await client.resolve({ ...reference, tag, digest: null }, options);
  // mutant cosign-tag-that-cannot-be-read: value -> ok([])
  if (!found.ok) return found.failure.code === 'NOT_FOUND' ? ok([]) : found;
  const pulled = await pullManifest(client, formatRepository(reference), found.value, options);
  if (!pulled.ok) return pulled;
  const { manifest } = pulled.value;
  return ok(manifest.kind === 'image' ? manifest.layers : []);
}

/** The layers are no archives, so each is its own content. */
function encodeConfig(layers: readonly Descriptor[]): Uint8Array {
  const diffIds = layers.map(({ digest }) => digest);
  const rootfs = { type: 'layers', diff_ids: diffIds };
  return Buffer.from(JSON.stringify({ architecture: '', os: '', config: {}, rootfs }));
}
