import {
  hasArtifactType,
  pullManifest,
  type ReferrerChoice,
  readArtifactType,
  requireSubject,
} from '../../capabilities/registry/index.ts';
import {
  completeVerification,
  findNextChange,
  NOTARY_SIGNATURE_TYPE,
  planVerification,
  type ReasonCode,
  readThumbprints,
  refuseSignature,
  type SignatureResult,
  THUMBPRINT_ANNOTATION,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure, type FailureCode } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { isReadableType } from './document-forms.ts';
import type { GatherContext, TrustMaterial } from './gather-context.ts';
import type { AttachedSignature, EvidenceList } from './image-evidence.ts';
import { refuseRevoked } from './own-revocation.ts';
import { BUNDLE_PREDICATE, readSignatureForm } from './signature-forms.ts';

export type Referrers = EvidenceList<Descriptor>;

/** The referrers of `subject`; an unreadable or incomplete list says so. */
export async function listReferrers(
  gathering: GatherContext,
  subject: Descriptor,
): Promise<Referrers> {
  const { source, repository, options } = gathering;
  const asked = { ...options, only: chooseEntries(gathering) };
  const list = await source.referrers(repository, subject.digest, null, asked);
  // mutant referrers-unavailable by 2-evidence-at-the-gate, documents: value 3 -> null
  if (!list.ok) return { items: [], missing: list.failure };
  const truncated = new Failure(
    'LIMIT_EXCEEDED',
    `the list of referrers of ${subject.digest} is truncated after ` +
      `${list.value.descriptors.length}`,
    'Remove the referrers that are not needed, or except the rule for this repository until then.',
  );
  if (list.value.oversized === true) gathering.searched.isOversized = true;
  const items = await mapInBatches(list.value.descriptors, (referrer) =>
    addArtifactType(gathering, referrer),
  );
  // mutant referrers-truncated by 2-evidence-at-the-gate: value 2 -> $branch
  return { items, missing: list.value.complete ? null : truncated };
}

/** What a gate looks at; whatever else strangers attach is no reason to stop reading the list. */
function chooseEntries({ limits }: GatherContext): ReferrerChoice {
  // mutant large-list-in-the-thread-that-answers by flooded: value -> false
  const isLight = Number.isFinite(limits?.bytesMax ?? Number.POSITIVE_INFINITY);
  return isLight ? LIGHT_LISTS : WHOLE_LISTS;
}

const LIGHT_LISTS = createChoice(LIMITS.manifestBytesMax);
/** What is chosen by who reads every list, however large. */
export const WHOLE_LISTS = createChoice(LIMITS.referrerPageBytesMax);

function createChoice(pageBytesMax: number): ReferrerChoice {
  return {
    isWanted: (type) => isReadableType(type) || readSignatureForm(type) !== null,
    annotations: [THUMBPRINT_ANNOTATION, BUNDLE_PREDICATE],
    pageBytesMax,
  };
}

/**
 * S17: clients have listed referrers without their type; then the type is read from the manifest.
 */
async function addArtifactType(
  { source, repository, options }: GatherContext,
  referrer: Descriptor,
): Promise<Descriptor> {
  if (hasArtifactType(referrer)) return referrer;
  const pulled = await pullManifest(source, repository, referrer, options);
  const artifactType = pulled.ok ? readArtifactType(pulled.value.manifest) : null;
  return artifactType === null ? referrer : { ...referrer, artifactType };
}

/**
 * The Notary Project signatures among the referrers, verified: those first that name a certificate
 * of the trust stores. Anyone who may push can add any number. If none of the usual number counts,
 * the others are searched for one that does.
 */
export async function verifySignatures(
  gathering: GatherContext,
  subject: Descriptor,
  referrers: Referrers,
  counts: (items: readonly AttachedSignature[]) => boolean,
): Promise<EvidenceList<AttachedSignature>> {
  const { hopeful: listed, hopeless } = sortSignatures(gathering, referrers);
  const hopeful = leaveKnown(gathering, listed);
  const first = [...hopeful, ...hopeless].slice(0, LIMITS.signaturesMax);
  const budget = { largeBytes: LIMITS.envelopeBytesMax };
  const verify = (referrer: Descriptor): Promise<AttachedSignature> =>
    verifyOne(gathering, subject, referrer, budget);
  const items = await mapInBatches(first, verify);
  let at = first.length;
  const end = Math.min(hopeful.length, LIMITS.signaturesMax + LIMITS.signaturesSearchedMax);
  // mutant signatures-searched-for-one-that-counts by flooded: condition -> false
  while (at < end && !isOver(gathering) && !counts(items)) {
    items.push(...(await mapInBatches(hopeful.slice(at, at + BATCH), verify)));
    at += BATCH;
  }
  for (const { manifest, result } of items)
    if (result.kind === 'untrusted') remember(gathering, manifest);
  const over = new Failure(
    'LIMIT_EXCEEDED',
    `${listed.length} signatures of ${subject.digest} may count, and ` +
      `${at + listed.length - hopeful.length} were examined`,
    'Remove the signatures that are not needed, or except the rule for this repository until then.',
  );
  return { items, missing: referrers.missing ?? (hopeful.length > at ? over : null) };
}

/** Without those that count for nothing, where there are too many to examine them again. */
export function leaveKnown(
  gathering: GatherContext,
  listed: readonly Descriptor[],
): readonly Descriptor[] {
  if (listed.length <= LIMITS.signaturesMax) return listed;
  return listed.filter(({ digest }) => !isKnown(gathering, digest));
}

export function isKnown(
  { strangers, trust, repository, now }: GatherContext,
  digest: Digest,
): boolean {
  return strangers?.has(trust.digest, repository, digest, now) === true;
}

export function remember(
  { strangers, trust, repository, now }: GatherContext,
  digest: Digest,
): void {
  strangers?.add(trust.digest, repository, digest, now);
}

/** Whether something may have a signature: a list that cannot be read may have one. */
export function mayBeSigned({ items, missing }: Referrers): boolean {
  return missing !== null || items.some((one) => one.artifactType === NOTARY_SIGNATURE_TYPE);
}

/** Whether the time to search is over, though not yet the time of the whole call. */
export function isOver({ patience, options }: GatherContext): boolean {
  return patience?.aborted === true || options.signal?.aborted === true;
}

/**
 * Signatures that can count, and those that name other certificates than those of the trust stores
 * (N5): a signature is refused if its manifest names others than its envelope has.
 */
function sortSignatures({ trust }: GatherContext, { items }: Referrers) {
  const listed = items.filter(({ artifactType }) => artifactType === NOTARY_SIGNATURE_TYPE);
  const known = listThumbprints(trust);
  const named: Descriptor[] = [];
  const silent: Descriptor[] = [];
  const hopeless: Descriptor[] = [];
  for (const referrer of listed) {
    const thumbprints = readThumbprints(referrer.annotations);
    if (thumbprints === null) silent.push(referrer);
    else if (thumbprints !== 'malformed' && thumbprints.some((one) => known.has(one)))
      named.push(referrer);
    else hopeless.push(referrer);
  }
  // mutant signatures-trusted-first by flooded: value -> { hopeful: [...silent, ...named],
  //   hopeless }
  return { hopeful: [...named, ...silent], hopeless };
}

const THUMBPRINTS = new WeakMap<TrustMaterial, ReadonlySet<string>>();

function listThumbprints(trust: TrustMaterial): ReadonlySet<string> {
  const known = THUMBPRINTS.get(trust);
  if (known !== undefined) return known;
  const all = [...trust.notary.stores.values()].flatMap((store) =>
    store.ok ? store.value.map(({ thumbprint }) => thumbprint) : [],
  );
  const thumbprints = new Set(all);
  THUMBPRINTS.set(trust, thumbprints);
  return thumbprints;
}

/**
 * No signer needs more. Larger ones may exist, and all of them together may be as large as one
 * envelope (N8).
 */
export const USUAL_ENVELOPE_BYTES = 256 * 1024;

async function verifyOne(
  gathering: GatherContext,
  subject: Descriptor,
  referrer: Descriptor,
  budget: { largeBytes: number },
): Promise<AttachedSignature> {
  const { source, repository, trust, now, options } = gathering;
  const pulled = await pullManifest(source, repository, referrer, options);
  if (!pulled.ok) return toLostSignature(referrer.digest, 'manifest-malformed', pulled.failure);
  const { manifest, bytes } = pulled.value;
  const named = requireSubject(manifest, subject);
  // mutant signature-of-another-manifest by 2-evidence-at-the-gate, documents: remove
  if (!named.ok)
    return toRefusedSignature(referrer.digest, 'subject-mismatch', named.failure.message);
  const layer = manifest.kind === 'image' ? manifest.layers[0] : undefined;
  if (layer === undefined)
    return toRefusedSignature(referrer.digest, 'manifest-malformed', 'it has no layer');
  if (layer.size > USUAL_ENVELOPE_BYTES) budget.largeBytes -= layer.size;
  if (layer.size > USUAL_ENVELOPE_BYTES && budget.largeBytes < 0)
    return toRefusedSignature(referrer.digest, 'too-large', 'the signatures are too large');
  const envelope = await source.blobBytes(repository, layer, LIMITS.envelopeBytesMax, options);
  if (!envelope.ok) return toLostSignature(referrer.digest, 'envelope-digest', envelope.failure);
  const plan = planVerification({
    subject,
    manifest: bytes,
    envelope: envelope.value,
    scope: repository,
    trust: trust.notary,
    now,
  });
  const verified = await completeVerification(plan, trust.gatherer, options);
  const result = endAtNextChange(verified, gathering);
  const own = { manifest: referrer.digest, envelope: layer.digest, format: NOTARY, result };
  return refuseRevoked(gathering, subject.digest, own);
}

/** A rule of the trust document that begins or ends changes what the signature is worth. */
export function endAtNextChange(
  result: SignatureResult,
  { trust, repository, now }: GatherContext,
): SignatureResult {
  if (result.kind !== 'trusted') return result;
  const change = findNextChange(trust.document, { repository, signer: result.signer, at: now });
  // mutant verdict-outlives-a-trust-rule by trust-windows: condition -> true
  if (change === null || (result.validUntil !== null && result.validUntil <= change)) return result;
  return { ...result, validUntil: change };
}

const NOTARY = 'notary';

/** What a later try may find otherwise; nobody can cause it by pushing a document. */
const PASSING: ReadonlySet<FailureCode> = new Set([
  'REGISTRY_UNREACHABLE',
  'REGISTRY_DENIED',
  'REDIRECT_REFUSED',
  'DEADLINE_EXCEEDED',
  'INTERRUPTED',
  'INTERNAL',
]);

/**
 * A signature that cannot be fetched could count. One that is malformed, too large or without its
 * envelope could not, on any later day: else a stranger could leave an image undetermined for good.
 */
export function toLostSignature(
  manifest: Digest,
  code: ReasonCode,
  cause: Failure,
  format = NOTARY,
): AttachedSignature {
  // mutant signature-lost-for-good by hostile-referrers: condition -> true
  if (!PASSING.has(cause.code)) return toRefusedSignature(manifest, code, cause.message, format);
  const result: SignatureResult = { kind: 'undetermined', cause };
  return { manifest, envelope: null, format, result };
}

export function toRefusedSignature(
  manifest: Digest,
  code: ReasonCode,
  message: string,
  format = NOTARY,
): AttachedSignature {
  return { manifest, envelope: null, format, result: refuseSignature(null, code, message) };
}

/** Requests at the same time. */
const BATCH = 8;

/** A few at a time, in order. */
export async function mapInBatches<A, B>(
  items: readonly A[],
  work: (item: A) => Promise<B>,
): Promise<B[]> {
  const results: B[] = [];
  for (let at = 0; at < items.length; at += BATCH) {
    results.push(...(await Promise.all(items.slice(at, at + BATCH).map(work))));
  }
  return results;
}
