import {
  COSIGN_SIGN_TYPE,
  checkStatement,
  OLDER_STATEMENT_TYPE,
  parseStatement,
  STATEMENT_TYPE,
} from '../../capabilities/attestation/index.ts';
import { formatReferrersTag, pullManifest } from '../../capabilities/registry/index.ts';
import {
  DSSE_LAYER_TYPE,
  isPredicateType,
  parseCosignLayer,
  type Reason,
  type SignatureResult,
  type SignedContent,
  type SigstoreBundle,
  verifyBundle,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { readAtOnce } from '../../core/reading-budget.ts';
import { ok } from '../../core/result.ts';
import type { DocumentSubject } from './document-subject.ts';
import {
  describeDocument,
  type FoundDocument,
  toEmpty,
  toUnreadableDocument,
} from './documents.ts';
import type { GatherContext } from './gather-context.ts';
import type { AttachedSignature, DocumentContent, EvidenceList } from './image-evidence.ts';
import { refuseRevoked } from './own-revocation.ts';
import { findBundleLayer, readBundle, readLayer } from './read-bundle.ts';
import { readContent } from './read-content.ts';
import { COSIGN_ATTESTATION_SUFFIX } from './signature-forms.ts';
import { endAtNextChange, isOver, mapInBatches, toLostSignature } from './signatures.ts';
import { judgeAny, judgeStanding } from './standing.ts';

/**
 * What a bundle among the referrers states about the image, apart from that it is signed (S2):
 * a document like those that a signature of Notary Project covers. The envelope is signed, so the
 * statement needs no other signature. Null for a signature of the image, and for a bundle that
 * states nothing.
 */
export async function findBundledStatement(
  gathering: GatherContext,
  about: DocumentSubject,
  referrer: Descriptor,
): Promise<FoundDocument | null> {
  const own = toBare(referrer);
  const found = await findBundleLayer(gathering, about.subject, referrer);
  if (!found.ok) return toLost(about, own, found.lost[0]);
  const read = await readBundle(gathering, referrer, found.value, gathering.fetched.budget);
  if (!read.ok) return toLost(about, own, read.lost[0]);
  const { bundle, layer } = read.value;
  return judgeStatement(gathering, about, { own, layer, bundle, format: 'sigstore-bundle' });
}

/**
 * S6: what older releases of cosign state about an image is under a tag, each in a layer with its
 * certificate and log entry beside it.
 */
export async function findTaggedStatements(
  gathering: GatherContext,
  about: DocumentSubject,
): Promise<EvidenceList<FoundDocument>> {
  const { source, reference, repository, options } = gathering;
  const tag = `${formatReferrersTag(about.subject.digest)}${COSIGN_ATTESTATION_SUFFIX}`;
  const tagged = await source.resolve({ ...reference, tag, digest: null }, options);
  // mutant attestation-tag-that-cannot-be-looked-for by sigstore-attestations: condition -> true
  if (!tagged.ok)
    return tagged.failure.code === 'NOT_FOUND' ? NOTHING : { items: [], missing: tagged.failure };
  const own = toBare(tagged.value);
  const pulled = await pullManifest(source, repository, own, options);
  if (!pulled.ok) {
    const lost = toLost(
      about,
      own,
      toLostSignature(own.digest, 'manifest-malformed', pulled.failure),
    );
    return { items: lost === null ? [] : [lost], missing: null };
  }
  const { manifest } = pulled.value;
  const layers = manifest.kind === 'image' ? manifest.layers : [];
  // All that a manifest may have: one push under this tag must not leave the image undetermined.
  const items = await mapInBatches(layers, async (layer) =>
    isOver(gathering) ? null : findLayerStatement(gathering, about, own, layer),
  );
  const over = new Failure(
    'LIMIT_EXCEEDED',
    `${layers.length} attestations are under ${tag}, and not all were examined`,
    'Remove the attestations that are not needed.',
  );
  // mutant attestations-without-time-for-them by sigstore-attestations: condition -> false
  return { items: items.filter((one) => one !== null), missing: isOver(gathering) ? over : null };
}

const NOTHING: EvidenceList<FoundDocument> = { items: [], missing: null };

async function findLayerStatement(
  gathering: GatherContext,
  about: DocumentSubject,
  own: Descriptor,
  layer: Descriptor,
): Promise<FoundDocument | null> {
  const { mediaType, annotations = {} } = layer;
  if (mediaType !== DSSE_LAYER_TYPE) return null;
  const bytes = await readLayer(gathering, layer, gathering.fetched.budget);
  if (bytes instanceof Failure)
    return toLost(about, own, toLostSignature(own.digest, 'envelope-digest', bytes));
  const bundle = parseCosignLayer({ mediaType, bytes, annotations });
  if (!bundle.ok) return null;
  return judgeStatement(gathering, about, {
    own,
    layer,
    bundle: bundle.value,
    format: 'cosign-legacy',
  });
}

interface BundledStatement {
  /** Of the manifest that has it. */
  readonly own: Descriptor;
  readonly layer: Descriptor;
  readonly bundle: SigstoreBundle;
  readonly format: 'sigstore-bundle' | 'cosign-legacy';
}

function judgeStatement(
  gathering: GatherContext,
  about: DocumentSubject,
  { own, layer, bundle, format }: BundledStatement,
): FoundDocument | null {
  const { content } = bundle;
  if (content.kind === 'message') return null;
  const { payload } = content;
  const type = readPredicateType(payload) ?? '';
  // mutant signature-as-attestation by sigstore-attestations: condition -> false
  if (type === COSIGN_SIGN_TYPE) return null;
  const checked = verifyBundle({
    bundle,
    format,
    artifact: null,
    checkContent: (signed) => checkAbout(signed, about),
    trust: gathering.trust.sigstore,
    now: gathering.now,
  });
  const result: SignatureResult = endAtNextChange(checked, gathering);
  const place = { manifest: own.digest, envelope: layer.digest, format };
  const signature = refuseRevoked(gathering, about.subject.digest, { ...place, result });
  const signatures = { items: [signature], missing: null };
  const known = judgeAny(gathering, 'statement', signatures);
  const kinds = isPredicateType(type) ? [...KINDS, type] : KINDS;
  const isSigned = kinds.some(
    (kind) => judgeStanding(gathering, kind, signatures.items, null).kind === 'counts',
  );
  // Anyone who may push can attach any number: of what strangers state, only some is read.
  // mutant statements-of-strangers-without-end by sigstore-attestations: condition -> false
  if (!isSigned && gathering.searched.strangers++ >= LIMITS.untrustedDocumentsMax) return null;
  const read = (): DocumentContent => readPayload(gathering, about, payload, isSigned);
  const attached = { kind: 'layer' as const, layer, annotations: {} };
  const document = { about, own, type: 'statement' as const, attached, signatures, known };
  const unread: DocumentContent = { kind: 'unread' };
  return {
    isSigned,
    isStranger: !isSigned && known.kind === 'does-not-count',
    size: payload.length,
    take: async (how) => describeDocument(gathering, document, how === 'read' ? read() : unread),
  };
}

/** Any of them can be stated; whose statement counts is decided when its kind is known. */
const KINDS = ['sbom', 'scan', 'provenance', 'vex'] as const;

const STATEMENT_TYPES = [STATEMENT_TYPE, OLDER_STATEMENT_TYPE];

/** A63, A46: the payload must be a statement about what it is attached to. */
function checkAbout(content: SignedContent, { subject }: DocumentSubject): readonly Reason[] {
  if (content.kind === 'message') return [];
  return checkStatement({ ...content, digest: subject.digest, predicateType: null });
}

function readPredicateType(payload: Uint8Array): string | null {
  const statement = parseStatement(payload, STATEMENT_TYPES);
  return statement.ok ? statement.value.predicateType : null;
}

/**
 * What a stranger states and nobody can read says nothing; else anyone who may push could leave an
 * image undetermined for good.
 */
function readPayload(
  { reading = readAtOnce }: GatherContext,
  about: DocumentSubject,
  payload: Uint8Array,
  isSigned: boolean,
): DocumentContent {
  const bytesMax = isSigned ? LIMITS.documentBytesMax : LIMITS.untrustedDocumentBytesMax;
  if (payload.length > bytesMax) return { kind: 'unread' };
  const read = reading(payload, () =>
    ok(readContent(payload, about, 'statement', STATEMENT_TYPES)),
  );
  const content: DocumentContent = read.ok
    ? read.value
    : { kind: 'unreadable', cause: read.failure };
  // mutant unreadable-statement-of-a-stranger by sigstore-attestations: condition -> false
  return content.kind === 'unreadable' && !isSigned ? { kind: 'unread' } : content;
}

/** A bundle that cannot be read may be a document, unless it can never count. */
function toLost(
  about: DocumentSubject,
  own: Descriptor,
  { result }: AttachedSignature,
): FoundDocument | null {
  if (result.kind !== 'undetermined') return null;
  // A form that is not known here is listed among the signatures, and is no reason to wait.
  if (result.cause.code === 'UNSUPPORTED') return null;
  const { cause } = result;
  return toEmpty(toUnreadableDocument(about, own, 'statement', cause, result, []), false);
}

function toBare({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
