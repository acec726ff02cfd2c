import {
  pullManifest,
  readArtifactType,
  requireSubject,
} from '../../capabilities/registry/index.ts';
import { isPredicateType, type PredicateType } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant, toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { readAtOnce } from '../../core/reading-budget.ts';
import { ok } from '../../core/result.ts';
import { type DocumentForm, findDocumentForm } from './document-forms.ts';
import type { DocumentSubject } from './document-subject.ts';
import type { GatherContext } from './gather-context.ts';
import type {
  AttachedDocument,
  AttachedSignature,
  DocumentContent,
  DocumentKind,
  EvidenceList,
  Standing,
} from './image-evidence.ts';
import { readContent } from './read-content.ts';
import { listReferrers, mayBeSigned, verifySignatures } from './signatures.ts';
import { judgeAny, judgeStanding, mayCount } from './standing.ts';
import { nameUnreadable } from './unreadable.ts';

const CREATED = 'org.opencontainers.image.created';
const OUTCOME = 'dev.waybill.outcome';

/** A document whose signatures are verified, before its content is read. */
export interface FoundDocument {
  /** Whether its signer may state something about this image. */
  readonly isSigned: boolean;
  /** Nobody who may state anything here signed it, and that will not change by itself. */
  readonly isStranger?: boolean;
  /** Bytes of its content; null where there is nothing to read. */
  readonly size: number | null;
  /** Whether it is kept when it is known what it is; absent: it is. */
  readonly keeps?: (document: AttachedDocument) => boolean;
  /** With its content, or without if it is not to be read. */
  readonly take: (how: 'read' | 'leave') => Promise<AttachedDocument>;
}

/** One attached document with its signatures; null for a type that is not read. */
export async function findDocument(
  gathering: GatherContext,
  about: DocumentSubject,
  referrer: Descriptor,
): Promise<FoundDocument | null> {
  const type = findDocumentForm(referrer.artifactType ?? '');
  if (type === undefined) return null;
  const own = { mediaType: referrer.mediaType, digest: referrer.digest, size: referrer.size };
  const referrers = await listReferrers(gathering, own);
  // Anyone who may push can attach any number: of what nobody signed, only some are looked at.
  if (!mayBeSigned(referrers) && gathering.searched.strangers++ >= LIMITS.untrustedDocumentsMax)
    return null;
  const attached = await pullAttached(gathering, about, own, referrer.artifactType ?? '');
  if (attached.kind === 'other')
    return toEmpty(toForeignDocument(about, own, type, attached.cause), false);
  const counts = (items: readonly AttachedSignature[]): boolean => mayCount(gathering, type, items);
  const signatures = await verifySignatures(gathering, own, referrers, counts);
  const known = judgeAny(gathering, type, signatures);
  const isSigned = mayCount(gathering, type, signatures.items);
  // mutant unreadable-by-a-stranger by hostile-referrers: argument 5 -> { kind:
  //   'undetermined', cause }
  const lost = (cause: Failure): AttachedDocument =>
    toUnreadableDocument(about, own, type, cause, known, signatures.items);
  const found =
    attached.kind === 'unreadable'
      ? toEmpty(lost(attached.cause), isSigned)
      : readLater(gathering, { about, own, type, attached, signatures, known });
  return { ...found, isStranger: !isSigned && known.kind === 'does-not-count' };
}

/** A document whose content is read when it is taken. */
export function readLater(gathering: GatherContext, document: KnownDocument): FoundDocument {
  const { type, attached, signatures } = document;
  const { layer } = attached;
  const isSigned = mayCount(gathering, type, signatures.items);
  const bytesMax = isSigned ? LIMITS.documentBytesMax : LIMITS.untrustedDocumentBytesMax;
  const read = () => readDocument(gathering, document, bytesMax);
  const unread: DocumentContent = { kind: 'unread' };
  // Of strangers, only what can show a problem is read: VEX can only take one away.
  const mayRead = isSigned || type !== 'vex';
  return {
    isSigned,
    size: layer.size,
    take: async (how) =>
      describeDocument(gathering, document, how === 'read' && mayRead ? await read() : unread),
  };
}

export function toEmpty(document: AttachedDocument, isSigned: boolean): FoundDocument {
  return { isSigned, size: null, take: async () => document };
}

export interface KnownDocument {
  readonly about: DocumentSubject;
  readonly own: Descriptor;
  readonly type: DocumentForm;
  readonly attached: DocumentLayer;
  readonly signatures: EvidenceList<AttachedSignature>;
  /** By any kind that it may be of. */
  readonly known: Standing;
  /** The forms in which a statement is read, where they are more than in-toto v1. */
  readonly statementTypes?: readonly string[];
}

export function describeDocument(
  gathering: GatherContext,
  { about, own, type, attached, signatures, known }: KnownDocument,
  content: DocumentContent,
): AttachedDocument {
  const { layer, annotations } = attached;
  const kind = chooseKind(type, content);
  const annotated = parseInstant(annotations[CREATED] ?? '');
  return {
    about: about.member,
    manifest: own,
    document: layer,
    kind,
    standing:
      content.kind === 'unreadable'
        ? known
        : excludeFlawed(
            judgeContent(gathering, nameKind(kind, content), content, signatures),
            content,
          ),
    signatures: signatures.items,
    content: nameUnreadable(content, own.digest, type, known),
    createdAt: takeEarlier(readCreatedAt(content), annotated.ok ? annotated.value : null),
    outcome: parseOutcome(annotations[OUTCOME]),
  };
}

/** Who may state where an image comes from may state the rest about its build too. */
function judgeContent(
  gathering: GatherContext,
  kind: DocumentKind | PredicateType,
  content: DocumentContent,
  { items, missing }: EvidenceList<AttachedSignature>,
): Standing {
  const own = judgeStanding(gathering, kind, items, missing);
  if (own.kind === 'counts' || !isOfBuild(content)) return own;
  const wider = judgeStanding(gathering, 'provenance', items, missing);
  return wider.kind === 'counts' ? wider : own;
}

function isOfBuild({ kind }: DocumentContent): boolean {
  return kind === 'runner' || kind === 'rebuild';
}

/** What has no kind of its own can still be trusted by the type of its predicate. */
function nameKind(
  kind: DocumentKind,
  { predicateType = '' }: DocumentContent,
): DocumentKind | PredicateType {
  return kind === 'other' && isPredicateType(predicateType) ? predicateType : kind;
}

interface DocumentLayer {
  readonly kind: 'layer';
  readonly layer: Descriptor;
  readonly annotations: Readonly<Record<string, string>>;
}

type AttachedLayer =
  | DocumentLayer
  | { readonly kind: 'unreadable'; readonly cause: Failure }
  /** Its own manifest shows that it is another document than the one that is listed. */
  | { readonly kind: 'other'; readonly cause: Failure };

async function pullAttached(
  { source, repository, options }: GatherContext,
  about: DocumentSubject,
  own: Descriptor,
  listedAs: string,
): Promise<AttachedLayer> {
  const pulled = await pullManifest(source, repository, own, options);
  if (!pulled.ok) return { kind: 'unreadable', cause: pulled.failure };
  const { manifest } = pulled.value;
  const named = requireSubject(manifest, about.subject);
  // mutant document-of-another-image by 2-evidence-at-the-gate, documents: remove
  if (!named.ok) return { kind: 'other', cause: named.failure };
  // The list comes from the registry, the manifest is what was signed: a signature of a text is no
  // signature of an SBOM.
  // mutant document-type-is-signed by 2-evidence-at-the-gate, documents: condition -> false
  if (readArtifactType(manifest) !== listedAs) {
    const why = `it is listed as ${listedAs}, but its manifest has another type`;
    return {
      kind: 'other',
      cause: new Failure('REGISTRY_MISBEHAVED', why, 'Attach it again.'),
    };
  }
  const [layer, ...others] = manifest.kind === 'image' ? manifest.layers : [];
  if (layer !== undefined && others.length === 0)
    return { kind: 'layer', layer, annotations: manifest.annotations };
  const why = 'the document does not have exactly one layer';
  return { kind: 'unreadable', cause: new Failure('MALFORMED', why, 'Attach it again.') };
}

/** A document that is listed here and is about something else, or of another type. */
function toForeignDocument(
  about: DocumentSubject,
  manifest: Descriptor,
  type: DocumentForm,
  cause: Failure,
): AttachedDocument {
  const standing: Standing = { kind: 'does-not-count', signer: null, why: cause.message };
  const document = toUnreadableDocument(about, manifest, type, cause, standing, []);
  // Nobody looked for its signatures, so nothing is said about its signer.
  const named = `the ${type} ${manifest.digest} is not read: ${cause.message}`;
  const content = new Failure(cause.code, named, cause.remedy, { cause });
  return { ...document, content: { kind: 'unreadable', cause: content } };
}

/**
 * A document that could be read by nobody counts against the image only if a trusted signer stands
 * behind it: else anyone who may push could leave an image undetermined for good.
 */
export function toUnreadableDocument(
  about: DocumentSubject,
  manifest: Descriptor,
  type: DocumentForm,
  cause: Failure,
  standing: Standing,
  signatures: readonly AttachedSignature[],
): AttachedDocument {
  return {
    about: about.member,
    manifest,
    document: null,
    kind: type === 'statement' ? 'other' : type,
    standing,
    signatures,
    content: nameUnreadable({ kind: 'unreadable', cause }, manifest.digest, type, standing),
    createdAt: null,
    outcome: null,
  };
}

/** A report of a tool that failed or looked at nothing is no scan, no matter who signed it. */
function excludeFlawed(standing: Standing, content: DocumentContent): Standing {
  const flaw = content.kind === 'scan' ? content.scan.flaw : null;
  // mutant scan-that-ended-badly by claims: condition -> true
  if (flaw === null || standing.kind !== 'counts') return standing;
  return { kind: 'does-not-count', signer: standing.signer, why: flaw };
}

async function readDocument(
  gathering: GatherContext,
  { about, attached, type, statementTypes }: KnownDocument,
  bytesMax: number,
): Promise<DocumentContent> {
  const { layer } = attached;
  const { source, repository, options, reading = readAtOnce } = gathering;
  const bytes = await source.blobBytes(repository, layer, bytesMax, options);
  if (!bytes.ok) return { kind: 'unreadable', cause: bytes.failure };
  const read = reading(bytes.value, () =>
    ok(readContent(bytes.value, about, type, statementTypes)),
  );
  return read.ok ? read.value : { kind: 'unreadable', cause: read.failure };
}

function chooseKind(type: DocumentForm, content: DocumentContent): DocumentKind {
  if (type !== 'statement') return type;
  const { kind } = content;
  if (kind === 'unread' || kind === 'unreadable' || kind === 'runner') return 'other';
  return kind === 'rebuild' ? 'other' : kind;
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
  if (content.kind === 'vex') return findNewestStatement(content.statements);
  return content.kind === 'scan' ? content.scan.createdAt : null;
}

/** OpenVEX 0.2.0, "Updating statements": a statement has its own time, or that of its document. */
function findNewestStatement(statements: readonly { readonly at: number }[]): Instant | null {
  const newest = statements.reduce((latest, { at }) => Math.max(latest, at), 0);
  return newest === 0 ? null : toInstant(newest);
}
