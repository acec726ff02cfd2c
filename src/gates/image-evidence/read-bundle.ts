import { pullManifest, requireSubject } from '../../capabilities/registry/index.ts';
import { parseBundle, type ReasonCode } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import type { BundleReading, EnvelopeBudget, ReadBundle } from './fetched-bundles.ts';
import type { GatherContext } from './gather-context.ts';
import type { AttachedSignature } from './image-evidence.ts';
import { toLostSignature, toRefusedSignature, USUAL_ENVELOPE_BYTES } from './signatures.ts';

const FORMAT = 'sigstore-bundle';

/** S3: the layer of a bundle, which is alone in its manifest. */
export async function findBundleLayer(
  gathering: GatherContext,
  subject: Descriptor,
  referrer: Descriptor,
): Promise<BundleReading<Descriptor>> {
  const { digest } = referrer;
  const { layers } = gathering.fetched;
  const known = layers.get(digest);
  if (known !== undefined) return known;
  const found = await pullLayers(gathering, subject, referrer, FORMAT);
  const [layer, ...others] = found.ok ? found.value : [];
  const why = 'it does not have exactly one layer';
  const only: BundleReading<Descriptor> = !found.ok
    ? found
    : layer === undefined || others.length > 0
      ? lose(toRefusedSignature(digest, 'manifest-malformed', why, FORMAT))
      : { ok: true, value: layer };
  layers.set(digest, only);
  return only;
}

/** The bundle of a referrer. It is not verified. */
export async function readBundle(
  gathering: GatherContext,
  { digest, artifactType = '' }: Descriptor,
  layer: Descriptor,
  budget: EnvelopeBudget,
): Promise<BundleReading<ReadBundle>> {
  const { bundles } = gathering.fetched;
  const known = bundles.get(digest);
  if (known !== undefined) return known;
  const bytes = await readLayer(gathering, layer, budget);
  const read =
    bytes instanceof Failure
      ? lose(toLostSignature(digest, 'envelope-digest', bytes, FORMAT))
      : parse(bytes, { digest, artifactType, layer });
  // mutant bundle-that-is-fetched-twice by sigstore-attestations: condition -> false
  const isKept = bytes instanceof Failure ? budget.isSpent !== true : !read.ok;
  if (isKept || (read.ok && bundles.size < KEPT_MAX && layer.size <= USUAL_ENVELOPE_BYTES))
    bundles.set(digest, read);
  return read;
}

/** Bundles that are kept until it is known what they are. */
const KEPT_MAX = 256;

function parse(
  bytes: Uint8Array,
  place: {
    readonly digest: Digest;
    readonly artifactType: string;
    readonly layer: Descriptor;
  },
): BundleReading<ReadBundle> {
  const { digest, artifactType, layer } = place;
  const bundle = parseBundle(bytes);
  if (bundle.ok) return { ok: true, value: { layer, bundle: bundle.value } };
  const { code, message } = bundle.reason;
  if (!isNewerBundle(artifactType)) return lose(toRefusedSignature(digest, code, message, FORMAT));
  const result = { kind: 'undetermined' as const, cause: refuseForm(message) };
  return lose({ manifest: digest, envelope: layer.digest, format: FORMAT, result });
}

/** The layers of a manifest that names this subject. */
export async function pullLayers(
  { source, repository, options }: GatherContext,
  subject: Descriptor,
  referrer: Descriptor,
  format: string,
): Promise<BundleReading<readonly Descriptor[]>> {
  const { digest } = referrer;
  const refuse = (code: ReasonCode, failure: Failure) =>
    lose(toLostSignature(digest, code, failure, format));
  const pulled = await pullManifest(source, repository, referrer, options);
  if (!pulled.ok) return refuse('manifest-malformed', pulled.failure);
  const { manifest } = pulled.value;
  const named = requireSubject(manifest, subject);
  // mutant bundle-attached-to-another-image by sigstore-images: remove
  if (!named.ok)
    return lose(toRefusedSignature(digest, 'subject-mismatch', named.failure.message, format));
  return { ok: true, value: manifest.kind === 'image' ? manifest.layers : [] };
}

/** Where limits are set, others wait for the memory: there, strangers get no more than a signer. */
export function chooseBytesMax({ limits }: Pick<GatherContext, 'limits'>): number {
  // mutant bundle-of-any-size-at-a-server by read-limits: condition -> true
  return limits === undefined ? LIMITS.bundleBytesMax : LIMITS.envelopeBytesMax;
}

export async function readLayer(
  gathering: GatherContext,
  layer: Descriptor,
  budget: EnvelopeBudget,
): Promise<Uint8Array | Failure> {
  const { source, repository, options } = gathering;
  const bytesMax = chooseBytesMax(gathering);
  // What is never read takes nothing from others: anyone can write any size.
  const isLarge = layer.size > USUAL_ENVELOPE_BYTES && layer.size <= bytesMax;
  if (isLarge) {
    // mutant sigstore-signatures-too-large by sigstore-images: condition -> false
    if (budget.largeBytes < layer.size) {
      budget.isSpent = true;
      return new Failure('LIMIT_EXCEEDED', 'the signatures are too large', 'Remove some of them.');
    }
    budget.largeBytes -= layer.size;
  }
  const bytes = await source.blobBytes(repository, layer, bytesMax, options);
  if (bytes.ok) return bytes.value;
  if (isLarge) budget.largeBytes += layer.size;
  return bytes.failure;
}

/** A version that this one does not know may be right. */
function isNewerBundle(artifactType: string): boolean {
  return !/[.=v]0\.[123](?:\+|$)/.test(artifactType);
}

export function refuseForm(why: string): Failure {
  const remedy = 'Sign it in a form of Notary Project or sigstore as well.';
  return new Failure('UNSUPPORTED', why, remedy);
}

function lose(lost: AttachedSignature): {
  readonly ok: false;
  readonly lost: readonly [AttachedSignature];
} {
  return { ok: false, lost: [lost] };
}
