import { COSIGN_SIGN_TYPE, checkStatement } from '../../capabilities/attestation/index.ts';
import { formatReferrersTag, pullManifest } from '../../capabilities/registry/index.ts';
import {
  checkSimpleSigning,
  parseCosignLayer,
  type Reason,
  refuseSignature,
  SIMPLE_SIGNING_TYPE,
  type SignatureResult,
  type SignedContent,
  type SigstoreBundle,
  verifyBundle,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import type { ImageReference } from '../../core/image-reference.ts';
import { LIMITS } from '../../core/limits.ts';
import type { EnvelopeBudget } from './fetched-bundles.ts';
import type { GatherContext } from './gather-context.ts';
import type { AttachedSignature, EvidenceList } from './image-evidence.ts';
import { refuseRevoked } from './own-revocation.ts';
import {
  chooseBytesMax,
  findBundleLayer,
  pullLayers,
  readBundle,
  readLayer,
  refuseForm,
} from './read-bundle.ts';
import { BUNDLE_PREDICATE, COSIGN_SIGNATURE_SUFFIX, readSignatureForm } from './signature-forms.ts';
import {
  endAtNextChange,
  isOver,
  leaveKnown,
  mapInBatches,
  type Referrers,
  remember,
  toLostSignature,
  toRefusedSignature,
  USUAL_ENVELOPE_BYTES,
} from './signatures.ts';

/** An image, and whether enough of its signatures is known. */
export interface SignedImage {
  readonly reference: ImageReference;
  readonly subject: Descriptor;
  readonly referrers: Referrers;
  readonly counts: (items: readonly AttachedSignature[]) => boolean;
}

/**
 * The signatures of an image in the forms of sigstore, verified, and those of forms that are not
 * known, by name: bundles (S2) and older signatures among the referrers, and those under cosign's
 * tag (S4). A bundle that states something else about the image is no signature of it (A46), and is
 * left to the documents.
 */
export async function verifySigstoreSignatures(
  gathering: GatherContext,
  image: SignedImage,
): Promise<EvidenceList<AttachedSignature>> {
  const { referrers, counts } = image;
  const budget = { largeBytes: chooseBytesMax(gathering) };
  const known = leaveKnown(gathering, sortBundles(referrers.items));
  const items: AttachedSignature[] = [];
  const refuse = (one: AttachedSignature) => refuseRevoked(gathering, image.subject.digest, one);
  let at = 0;
  // mutant sigstore-signatures-without-end by sigstore-images: value -> known.length
  const end = Math.min(known.length, LIMITS.signaturesMax + LIMITS.signaturesSearchedMax);
  while (at < end && !isOver(gathering) && !isEnough(gathering, at, counts(items))) {
    const some = known.slice(at, Math.min(at + STEP, end));
    const found = await mapInBatches(some, (one) => verifyReferrer(gathering, image, one, budget));
    items.push(...found.flat().map(refuse));
    some.forEach(({ digest }, place) => {
      if ((found[place] ?? []).every(isUntrusted)) remember(gathering, digest);
    });
    at += some.length;
  }
  const isFound = isEnough(gathering, 0, counts(items));
  const tagged = isFound ? NOTHING : await verifyTagged(gathering, image, budget);
  const over = new Failure(
    'LIMIT_EXCEEDED',
    `${known.length} bundles of ${image.subject.digest} may count, and ${at} were examined`,
    'Remove the signatures that are not needed, or except the rule for this repository until then.',
  );
  return {
    items: [...items, ...tagged.items.map(refuse), ...listUnknown(referrers.items)],
    missing: referrers.missing ?? tagged.missing ?? (known.length > at ? over : null),
  };
}

function isUntrusted({ result }: AttachedSignature): boolean {
  return result.kind === 'untrusted';
}

/** One that counts is enough, unless somebody wants to see the usual number. */
function isEnough({ showsAll }: GatherContext, seen: number, isFound: boolean): boolean {
  return isFound && (showsAll !== true || seen >= LIMITS.signaturesMax);
}

const NOTHING: EvidenceList<AttachedSignature> = { items: [], missing: null };
const STEP = 32;
/** Those first that say that they are signatures, and attestations of something else last. */
function sortBundles(referrers: readonly Descriptor[]): readonly Descriptor[] {
  const known = referrers.filter(({ artifactType }) => {
    const form = readSignatureForm(artifactType ?? '');
    return form === 'sigstore-bundle' || form === 'cosign-legacy';
  });
  return [...known.filter((one) => !isAttestation(one)), ...known.filter(isAttestation)];
}

function isAttestation({ annotations }: Descriptor): boolean {
  return (annotations?.[BUNDLE_PREDICATE] ?? COSIGN_SIGN_TYPE) !== COSIGN_SIGN_TYPE;
}

/** One of each type, with how many there are: nothing here can tell whether one of them counts. */
function listUnknown(referrers: readonly Descriptor[]): readonly AttachedSignature[] {
  const found = new Map<string, Descriptor[]>();
  for (const one of referrers) {
    const type = one.artifactType ?? '';
    if (readSignatureForm(type) !== 'unknown') continue;
    const same = found.get(type) ?? [];
    if (same.length === 0 && found.size >= UNKNOWN_TYPES_MAX) continue;
    same.push(one);
    found.set(type, same);
  }
  return [...found].flatMap(([type, [first, ...others]]) => {
    if (first === undefined) return [];
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    const cause = refuseForm(`${first.digest}${more}: signatures of this type are not read here`);
    const result = { kind: 'undetermined' as const, cause };
    return [{ manifest: first.digest, envelope: null, format: type, result }];
  });
}

const UNKNOWN_TYPES_MAX = 20;

async function verifyReferrer(
  gathering: GatherContext,
  image: SignedImage,
  referrer: Descriptor,
  budget: EnvelopeBudget,
): Promise<readonly AttachedSignature[]> {
  const form = readSignatureForm(referrer.artifactType ?? '');
  const format = form === 'cosign-legacy' ? form : 'sigstore-bundle';
  if (format === 'cosign-legacy') {
    const layers = await pullLayers(gathering, image.subject, referrer, format);
    return layers.ok ? verifyLayers(gathering, image, referrer, layers.value, budget) : layers.lost;
  }
  const found = await findBundleLayer(gathering, image.subject, referrer);
  if (!found.ok) return found.lost;
  const layer = found.value;
  // A large one that says that it is an attestation is left to the documents.
  if (isAttestation(referrer) && layer.size > USUAL_ENVELOPE_BYTES) return [];
  const read = await readBundle(gathering, referrer, layer, budget);
  if (!read.ok) return read.lost;
  const { bundle } = read.value;
  const result = await verifyOne(gathering, image, { bundle, format, signed: null });
  if (result === null) return [];
  return [{ manifest: referrer.digest, envelope: layer.digest, format, result }];
}

/** S4: each layer of cosign's older manifest is a signature, by the annotations of the layer. */
async function verifyTagged(
  gathering: GatherContext,
  image: SignedImage,
  budget: EnvelopeBudget,
): Promise<EvidenceList<AttachedSignature>> {
  const { source, repository, options } = gathering;
  const tag = `${formatReferrersTag(image.subject.digest)}${COSIGN_SIGNATURE_SUFFIX}`;
  const tagged = await source.resolve({ ...image.reference, tag, digest: null }, options);
  // mutant cosign-tag-that-cannot-be-looked-for by sigstore-images: condition -> true
  if (!tagged.ok)
    return tagged.failure.code === 'NOT_FOUND' ? NOTHING : { items: [], missing: tagged.failure };
  const pulled = await pullManifest(source, repository, tagged.value, options);
  const format = 'cosign-legacy';
  if (!pulled.ok) {
    const code = 'manifest-malformed';
    return {
      items: [toLostSignature(tagged.value.digest, code, pulled.failure, format)],
      missing: null,
    };
  }
  const { manifest } = pulled.value;
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  const examined = layers.slice(0, LIMITS.signaturesMax);
  const items = await verifyLayers(gathering, image, tagged.value, examined, budget);
  const over = new Failure(
    'LIMIT_EXCEEDED',
    `${layers.length} signatures are under ${tag}, and ${examined.length} were examined`,
    'Remove the signatures that are not needed.',
  );
  return { items, missing: layers.length > examined.length ? over : null };
}

async function verifyLayers(
  gathering: GatherContext,
  image: SignedImage,
  { digest: manifest }: Descriptor,
  layers: readonly Descriptor[],
  budget: EnvelopeBudget,
): Promise<readonly AttachedSignature[]> {
  const format = 'cosign-legacy';
  const found = await mapInBatches(layers.slice(0, LIMITS.signaturesMax), async (layer) => {
    const place = { manifest, envelope: layer.digest, format };
    // A test of an envelope belongs to attestations, which are under another tag.
    if (layer.mediaType !== SIMPLE_SIGNING_TYPE)
      return toRefusedSignature(manifest, 'manifest-type', 'a layer is no signature', format);
    const bytes = await readLayer(gathering, layer, budget);
    if (bytes instanceof Failure)
      return toLostSignature(manifest, 'envelope-digest', bytes, format);
    const { mediaType, annotations = {} } = layer;
    const bundle = parseCosignLayer({ mediaType, bytes, annotations });
    if (!bundle.ok)
      return { ...place, result: refuseSignature(null, bundle.reason.code, bundle.reason.message) };
    const read = { bundle: bundle.value, format, signed: bytes } as const;
    const result = await verifyOne(gathering, image, read);
    return result === null ? null : { ...place, result };
  });
  return found.filter((one) => one !== null);
}

interface ReadSignature {
  readonly bundle: SigstoreBundle;
  readonly format: 'sigstore-bundle' | 'cosign-legacy';
  /** The signed text of an older signature; null where a bundle says what is signed. */
  readonly signed: Uint8Array | null;
}

/** Null for a statement about something else than that the image is signed. */
async function verifyOne(
  gathering: GatherContext,
  image: SignedImage,
  { bundle, format, signed }: ReadSignature,
): Promise<SignatureResult | null> {
  const { source, repository, trust, now, options } = gathering;
  const { digest } = image.subject;
  let artifact = signed;
  if (artifact === null && bundle.content.kind === 'message') {
    const own = await source.manifest(repository, image.subject, options);
    if (!own.ok) return { kind: 'undetermined', cause: own.failure };
    artifact = own.value.bytes;
  }
  const result = verifyBundle({
    bundle,
    format,
    artifact,
    checkContent: (content) => checkImage(content, digest, signed !== null),
    trust: trust.sigstore,
    now,
  });
  const isOther =
    result.kind === 'untrusted' && result.reasons.some(({ code }) => code === 'predicate-type');
  // mutant attestation-as-signature by sigstore-images: condition -> false
  return isOther ? null : endAtNextChange(result, gathering);
}

function checkImage(
  content: SignedContent,
  digest: Descriptor['digest'],
  isSimple: boolean,
): readonly Reason[] {
  // The bytes of the manifest are the image itself.
  if (content.kind === 'message') return isSimple ? checkSimpleSigning(content.bytes, digest) : [];
  return checkStatement({ ...content, digest, predicateType: COSIGN_SIGN_TYPE });
}
