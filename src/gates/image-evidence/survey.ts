import {
  type CallOptions,
  formatReferrersTag,
  listBuilderAttestations,
  type ReferrersList,
} from '../../capabilities/registry/index.ts';
import { NOTARY_SIGNATURE_TYPE } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import type { Failure } from '../../core/failure.ts';
import { formatRepository, type ImageReference } from '../../core/image-reference.ts';
import { isReadableType } from './document-forms.ts';
import type { GatherPorts } from './gather-context.ts';
import type { ImageEvidence } from './image-evidence.ts';
import {
  COSIGN_ATTESTATION_SUFFIX,
  COSIGN_SBOM_SUFFIX,
  COSIGN_SIGNATURE_SUFFIX,
  readSignatureForm,
} from './signature-forms.ts';
import { mapInBatches } from './signatures.ts';

/** One place where evidence about a digest may be, and what was there. */
export interface SearchedPlace {
  readonly about: Digest;
  /** The referrers of a digest, in any form of the registry, or a tag that older tools write. */
  readonly place: ReferrersList['via'] | 'referrers' | 'tag';
  /** The tag; null for referrers that an API or a layout lists. */
  readonly tag: string | null;
  readonly found: number;
  /** Why the place could not be searched completely; null if it was. */
  readonly missing: Failure | null;
}

/**
 * Documents of a kind that this version does not read, and what a builder states in its index and
 * nobody signed. They cannot count, and nothing is concluded from them.
 */
export interface UnreadArtifact {
  readonly about: Digest;
  readonly manifest: Pick<Descriptor, 'digest'>;
  readonly what: string;
  readonly why: string;
}

export interface Survey {
  readonly searched: readonly SearchedPlace[];
  readonly unread: readonly UnreadArtifact[];
}

/** Tags that cosign writes beside an image when it does not use referrers (S4, S6). */
const COSIGN_TAGS = [
  [COSIGN_SIGNATURE_SUFFIX, 'cosign signature'],
  [COSIGN_ATTESTATION_SUFFIX, 'cosign attestation'],
  [COSIGN_SBOM_SUFFIX, 'cosign SBOM'],
] as const;

/**
 * For users who ask where the evidence is: every storage form is searched, and what this version
 * does not read is listed. No gate uses this. A gate reads what `gatherImage` finds, so this
 * changes no verdict.
 */
export async function surveyStorage(
  evidence: ImageEvidence,
  source: GatherPorts['source'],
  options: CallOptions = {},
): Promise<Survey> {
  const digests = [
    ...new Set([evidence.subject.digest, ...evidence.members.map((one) => one.descriptor.digest)]),
  ];
  const surveys = await mapInBatches(digests, async (about) => {
    const listed = await surveyReferrers(evidence, source, about, options);
    const tagged = await mapInBatches(COSIGN_TAGS, (form) =>
      surveyTag(evidence, source, about, form, options),
    );
    return [listed, ...tagged];
  });
  const all = [...surveys.flat(), await surveyBuilder(evidence, source, options)];
  return {
    searched: all.flatMap(({ searched }) => searched),
    unread: all.flatMap(({ unread }) => unread),
  };
}

const NOT_READ = 'this version does not read it';
/** Every signature that was examined is among the signatures. */
const NO_SIGNATURE = 'it states something else than that the image is signed, or was not examined';
const NOT_SIGNED = 'nobody signed it, and who pushes an index can write it';

/** What the builder put into the index (BuildKit), as far as it was not gathered as signed. */
async function surveyBuilder(
  evidence: ImageEvidence,
  source: GatherPorts['source'],
  options: CallOptions,
): Promise<Survey> {
  const { reference, subject } = evidence;
  // An image that is no index has none.
  if (evidence.members.every(({ descriptor }) => descriptor.digest === subject.digest))
    return { searched: [], unread: [] };
  const stated = await listBuilderAttestations(
    source,
    formatRepository(reference),
    subject,
    options,
  );
  if (!stated.ok) {
    const place = { about: subject.digest, place: 'referrers' as const, tag: null, found: 0 };
    return { searched: [{ ...place, missing: stated.failure }], unread: [] };
  }
  const gathered = listGatheredDigests(evidence);
  const unread = stated.value
    .filter(({ digest }) => !gathered.has(digest))
    .map(({ digest, about, predicateTypes }) => ({
      about: about ?? subject.digest,
      manifest: { digest },
      what: `attestation of the builder (${predicateTypes.join(', ') || 'empty'})`,
      why: NOT_SIGNED,
    }));
  return { searched: [], unread };
}

async function surveyReferrers(
  evidence: ImageEvidence,
  source: GatherPorts['source'],
  about: Digest,
  options: CallOptions,
): Promise<Survey> {
  const list = await source.referrers(formatRepository(evidence.reference), about, null, options);
  if (!list.ok)
    return {
      searched: [{ about, place: 'referrers', tag: null, found: 0, missing: list.failure }],
      unread: [],
    };
  const { descriptors, via } = list.value;
  const tag = via === 'fallback-tag' ? formatReferrersTag(about) : null;
  const gathered = listGatheredDigests(evidence);
  const unread = descriptors.flatMap((manifest) => {
    const type = manifest.artifactType ?? '';
    if (type === NOTARY_SIGNATURE_TYPE || isReadableType(type) || gathered.has(manifest.digest))
      return [];
    const why = readSignatureForm(type) === null ? NOT_READ : NO_SIGNATURE;
    return [{ about, manifest, what: describeType(type), why }];
  });
  return {
    searched: [{ about, place: via, tag, found: descriptors.length, missing: null }],
    unread,
  };
}

/** The document that was read, even if the list gives it another type. */
function listGatheredDigests({ signatures, documents }: ImageEvidence): ReadonlySet<Digest> {
  return new Set([
    ...signatures.items.map((one) => one.manifest),
    ...documents.items.map((one) => one.manifest.digest),
  ]);
}

/** What cosign keeps about a digest under tags, by name; whether it counts is not said. */
export async function listCosignTags(
  source: GatherPorts['source'],
  reference: ImageReference,
  about: Digest,
  options: CallOptions,
): Promise<readonly { readonly tag: string; readonly digest: Digest; readonly what: string }[]> {
  const found = await mapInBatches(COSIGN_TAGS, async ([suffix, what]) => {
    const tag = `${formatReferrersTag(about)}${suffix}`;
    const manifest = await source.resolve({ ...reference, tag, digest: null }, options);
    if (manifest.ok) return [{ tag, digest: manifest.value.digest, what }];
    // mutant tag-that-cannot-be-looked-for-is-none by sigstore-attestations: condition -> false
    if (manifest.failure.code !== 'NOT_FOUND') throw manifest.failure;
    return [];
  });
  return found.flat();
}

async function surveyTag(
  evidence: ImageEvidence,
  source: GatherPorts['source'],
  about: Digest,
  [suffix, what]: (typeof COSIGN_TAGS)[number],
  options: CallOptions,
): Promise<Survey> {
  const tag = `${formatReferrersTag(about)}${suffix}`;
  const manifest = await source.resolve({ ...evidence.reference, tag, digest: null }, options);
  const place = { about, place: 'tag' as const, tag };
  if (manifest.ok)
    return {
      searched: [{ ...place, found: 1, missing: null }],
      unread: listGatheredDigests(evidence).has(manifest.value.digest)
        ? []
        : [{ about, manifest: manifest.value, what, why: NOT_READ }],
    };
  const missing = manifest.failure.code === 'NOT_FOUND' ? null : manifest.failure;
  return { searched: [{ ...place, found: 0, missing }], unread: [] };
}

function describeType(artifactType: string): string {
  switch (readSignatureForm(artifactType)) {
    case 'cosign-legacy':
      return 'cosign signature';
    case 'sigstore-bundle':
      return 'sigstore bundle';
    case 'unknown':
      return `signature of the type ${artifactType}`;
    default:
      return artifactType === '' ? 'artifact without a type' : `artifact of type ${artifactType}`;
  }
}
