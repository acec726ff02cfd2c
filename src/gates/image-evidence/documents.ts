import {
  IN_TOTO_TYPE,
  isAbout,
  parseSlsaProvenance,
  parseStatement,
  parseVulns,
  SLSA_PROVENANCE_TYPE,
  VULNS_TYPE,
} from '../../capabilities/attestation/index.ts';
import { readSbom } from '../../capabilities/inventory/index.ts';
import {
  pullManifest,
  readArtifactType,
  requireSubject,
} from '../../capabilities/registry/index.ts';
import {
  isOpenVex,
  readScanDocument,
  readVex,
  TRIVY_REPORT_TYPE,
} from '../../capabilities/scanning/index.ts';
import {
  describeSigner,
  isStatementTrusted,
  parseDsse,
  type Signer,
} from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { GatherContext } from './gather-context.ts';
import type {
  AttachedDocument,
  AttachedSignature,
  DocumentContent,
  DocumentKind,
  Standing,
} from './image-evidence.ts';
import { convertScanDocument, convertVulns } from './parsed-scan.ts';
import { listReferrers, verifySignatures } from './signatures.ts';

const CREATED = 'org.opencontainers.image.created';
const OUTCOME = 'dev.waybill.outcome';

/**
 * Artifact types of the documents that are read, and their kinds; a statement names its kind in its
 * predicate type.
 */
const KIND_BY_TYPE: Readonly<Record<string, DocumentKind | 'statement'>> = {
  'application/spdx+json': 'sbom',
  'text/spdx+json': 'sbom',
  'application/vnd.cyclonedx+json': 'sbom',
  'application/sarif+json': 'scan',
  [TRIVY_REPORT_TYPE]: 'scan',
  'application/vnd.openvex+json': 'vex',
  'application/openvex+json': 'vex',
  'application/vex+json': 'vex',
  'text/vex': 'vex',
  'application/vnd.in-toto+json': 'statement',
  'application/vnd.dsse.envelope.v1+json': 'statement',
};

/**
 * Whether this version reads documents of this artifact type; a type that is not read cannot count.
 */
export function isReadableType(artifactType: string): boolean {
  return Object.hasOwn(KIND_BY_TYPE, artifactType);
}

/** What a document may describe. */
export interface DocumentSubject {
  /** The subject that its manifest must name (N4). */
  readonly subject: Descriptor;
  /** The platform image that it describes. */
  readonly member: Digest;
  /** The digests that the document itself may use for that image. */
  readonly names: ReadonlySet<Digest>;
}

type DocumentForm = DocumentKind | 'statement';

/** One attached document with its signatures, its standing and, if it is useful, its content. */
export async function gatherDocument(
  gathering: GatherContext,
  about: DocumentSubject,
  referrer: Descriptor,
  untrusted: UntrustedBudget,
): Promise<AttachedDocument | null> {
  const type = KIND_BY_TYPE[referrer.artifactType ?? ''];
  if (type === undefined) return null;
  const own = { mediaType: referrer.mediaType, digest: referrer.digest, size: referrer.size };
  const attached = await pullAttached(gathering, about, own, referrer.artifactType ?? '');
  if (!attached.ok) return toUnreadableDocument(about, own, type, attached.failure);
  const { layer, annotations } = attached.value;
  const signatures = await verifySignatures(gathering, own, await listReferrers(gathering, own));
  const isSigned = mayCount(gathering, type, signatures.items);
  const bytesMax = isSigned ? LIMITS.documentBytesMax : LIMITS.untrustedDocumentBytesMax;
  // Of strangers, only what can show a problem is read: VEX can only take one away.
  const mayRead = isSigned || (type !== 'vex' && mayReadUntrusted(untrusted, layer.size));
  const content = mayRead
    ? await readDocument(gathering, about, layer, type, bytesMax)
    : { kind: 'unread' as const };
  const kind = chooseKind(type, content);
  const annotated = parseInstant(annotations[CREATED] ?? '');
  return {
    about: about.member,
    manifest: own,
    document: layer,
    kind,
    standing: judgeStanding(gathering, kind, signatures.items, signatures.missing),
    signatures: signatures.items,
    content,
    createdAt: takeEarlier(readCreatedAt(content), annotated.ok ? annotated.value : null),
    outcome: parseOutcome(annotations[OUTCOME]),
  };
}

/**
 * Whether a document can count, whatever its kind is: an identity that is trusted only for another
 * repository is a stranger here.
 */
function mayCount(
  gathering: GatherContext,
  type: DocumentForm,
  signatures: readonly AttachedSignature[],
): boolean {
  const kinds: readonly DocumentKind[] =
    type === 'statement' ? ['sbom', 'scan', 'provenance', 'vex'] : [type];
  return kinds.some((kind) => judgeStanding(gathering, kind, signatures, null).kind === 'counts');
}

/**
 * How much data of strangers is still read for one image, over all its platforms: they can only add
 * findings.
 */
export interface UntrustedBudget {
  documents: number;
  bytes: number;
}

export function createUntrustedBudget(): UntrustedBudget {
  return { documents: LIMITS.untrustedDocumentsMax, bytes: LIMITS.untrustedDocumentsBytesMax };
}

function mayReadUntrusted(budget: UntrustedBudget, size: number): boolean {
  if (budget.documents < 1 || budget.bytes < size) return false;
  budget.documents -= 1;
  budget.bytes -= size;
  return true;
}

interface DocumentLayer {
  readonly layer: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

async function pullAttached(
  { source, repository, options }: GatherContext,
  about: DocumentSubject,
  own: Descriptor,
  listedAs: string,
): Promise<Result<DocumentLayer>> {
  const pulled = await pullManifest(source, repository, own, options);
  if (!pulled.ok) return pulled;
  const { manifest } = pulled.value;
  const named = requireSubject(manifest, about.subject);
  // mutant document-of-another-image by 2-evidence-at-the-gate, documents: remove
  if (!named.ok) return named;
  // The list comes from the registry, the manifest is what was signed: a signature of a text is no
  // signature of an SBOM.
  // mutant document-type-is-signed by 2-evidence-at-the-gate, documents: condition -> false
  if (readArtifactType(manifest) !== listedAs)
    return fail(
      'REGISTRY_MISBEHAVED',
      `it is listed as ${listedAs}, but its manifest has another type`,
      'Attach it again.',
    );
  const [layer, ...others] = manifest.kind === 'image' ? manifest.layers : [];
  if (layer !== undefined && others.length === 0)
    return ok({ layer, annotations: manifest.annotations });
  return fail('MALFORMED', 'the document does not have exactly one layer', 'Attach it again.');
}

function toUnreadableDocument(
  about: DocumentSubject,
  manifest: Descriptor,
  type: DocumentForm,
  cause: Failure,
): AttachedDocument {
  return {
    about: about.member,
    manifest,
    document: null,
    kind: type === 'statement' ? 'other' : type,
    standing: { kind: 'undetermined', cause },
    signatures: [],
    content: { kind: 'unreadable', cause },
    createdAt: null,
    outcome: null,
  };
}

/** Whether one of `signatures` lets a statement of this kind count for this repository. */
export function judgeStanding(
  gathering: Pick<GatherContext, 'repository' | 'trust'>,
  kind: DocumentKind | 'image',
  signatures: readonly AttachedSignature[],
  missing: Failure | null,
): Standing {
  const { repository, trust } = gathering;
  let open = missing;
  let signer: Signer | null = null;
  let why = 'it is not signed';
  for (const { result } of signatures) {
    // mutant statement-by-trusted-signer by 2-evidence-at-the-gate, documents also by demo: remove
    //   operand 6
    if (result.kind === 'undetermined') open ??= result.cause;
    else if (result.kind === 'untrusted') {
      signer ??= result.signer;
      why = result.reasons[0].message;
    } else if (
      kind !== 'other' &&
      isStatementTrusted(trust.document, { repository, kind, signer: result.signer })
    ) {
      return { kind: 'counts', signer: result.signer };
    } else {
      signer = result.signer;
      const { identity } = describeSigner(result.signer);
      why = `${identity} is not trusted to state ${kind} about ${repository}`;
    }
  }
  return open === null
    ? { kind: 'does-not-count', signer, why }
    : { kind: 'undetermined', cause: open };
}

async function readDocument(
  gathering: GatherContext,
  about: DocumentSubject,
  layer: Descriptor,
  type: DocumentForm,
  bytesMax: number,
): Promise<DocumentContent> {
  const bytes = await gathering.source.blobBytes(
    gathering.repository,
    layer,
    bytesMax,
    gathering.options,
  );
  if (!bytes.ok) return { kind: 'unreadable', cause: bytes.failure };
  if (type === 'sbom') return readSbomContent(bytes.value, about);
  if (type === 'vex') return readVexContent(bytes.value);
  if (type === 'statement') return readStatementContent(bytes.value, about);
  return readScanContent(bytes.value, about);
}

/** A63: a scan that names the image that it examined must name this one. */
function readScanContent(bytes: Uint8Array, { names }: DocumentSubject): DocumentContent {
  const scan = readScanDocument(bytes);
  if (!scan.ok) return { kind: 'unreadable', cause: scan.failure };
  const { subjects } = scan.value;
  const isAboutThis = subjects.length === 0 || subjects.some((subject) => names.has(subject));
  return isAboutThis
    ? { kind: 'scan', scan: convertScanDocument(scan.value) }
    : rejectOtherSubject(subjects.join(', '));
}

/** A63: an SBOM that names the image that it describes must name this one. */
function readSbomContent(bytes: Uint8Array, { names }: DocumentSubject): DocumentContent {
  const sbom = readSbom(bytes);
  if (!sbom.ok) return { kind: 'unreadable', cause: sbom.failure };
  const { subject } = sbom.value;
  // mutant sbom-of-another-image by 2-evidence-at-the-gate, documents: call -> $receiver.size > 0
  return subject === null || names.has(subject)
    ? { kind: 'sbom', sbom: sbom.value }
    : rejectOtherSubject(subject);
}

/** What it is about is decided by its products, statement by statement (VexClaims). */
function readVexContent(bytes: Uint8Array): DocumentContent {
  const read = readVex(bytes);
  return read.ok
    ? { kind: 'vex', statements: read.value, bytes }
    : { kind: 'unreadable', cause: read.failure };
}

function rejectOtherSubject(subject: string): DocumentContent {
  const why = `the document is about ${subject}`;
  return {
    kind: 'unreadable',
    cause: new Failure('EVIDENCE_REJECTED', why, 'Attach it to its own subject.'),
  };
}

/**
 * A63: a statement about another subject says nothing about this one. The signature on the artifact
 * covers exactly these bytes, so the envelope's own signature, which is for other tools, is not
 * needed here.
 */
function readStatementContent(bytes: Uint8Array, about: DocumentSubject): DocumentContent {
  const envelope = parseDsse(bytes);
  if (envelope.ok && envelope.value.payloadType !== IN_TOTO_TYPE) return { kind: 'unread' };
  const read = parseStatement(envelope.ok ? envelope.value.payload : bytes);
  if (!read.ok) return { kind: 'unreadable', cause: read.failure };
  const isVex = isOpenVex(read.value.predicateType);
  // What is said of an index is said of each image in it.
  const names = isVex ? [...about.names] : [about.member];
  // mutant statement-about-another-image by 2-evidence-at-the-gate, documents: condition -> false
  if (!names.some((name) => isAbout(read.value, name))) {
    return rejectOtherSubject(
      Object.values(read.value.subjects[0]?.digest ?? {}).join() || 'nothing',
    );
  }
  if (isVex) return readVexContent(bytes);
  const { predicateType, predicate } = read.value;
  if (predicateType === VULNS_TYPE) {
    const scan = parseVulns(predicate);
    return scan.ok
      ? { kind: 'scan', scan: convertVulns(scan.value) }
      : { kind: 'unreadable', cause: scan.failure };
  }
  if (predicateType !== SLSA_PROVENANCE_TYPE) return { kind: 'unread' };
  const provenance = parseSlsaProvenance(predicate);
  return provenance.ok
    ? { kind: 'provenance', provenance: provenance.value }
    : { kind: 'unreadable', cause: provenance.failure };
}

function chooseKind(type: DocumentForm, content: DocumentContent): DocumentKind {
  if (type !== 'statement') return type;
  return content.kind === 'unread' || content.kind === 'unreadable' ? 'other' : content.kind;
}

/**
 * If document and manifest give different times, the older time counts, because the rules limit the
 * age.
 */
function takeEarlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function parseOutcome(annotation: string | undefined): AttachedDocument['outcome'] {
  return annotation === 'complete' || annotation === 'partial' ? annotation : null;
}

function readCreatedAt(content: DocumentContent): Instant | null {
  if (content.kind === 'sbom') return content.sbom.createdAt;
  return content.kind === 'scan' ? content.scan.createdAt : null;
}
