import {
  IN_TOTO_TYPE,
  isAbout,
  parseDsse,
  parseSlsaProvenance,
  parseStatement,
  parseVulns,
  SLSA_PROVENANCE_TYPE,
  VULNS_TYPE,
} from '../../capabilities/attestation/index.ts';
import { readSbom } from '../../capabilities/inventory/index.ts';
import { pullManifest, requireSubject } from '../../capabilities/registry/index.ts';
import { readSarif } from '../../capabilities/scanning/index.ts';
import { countsFor, type Signer } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import type { DocumentContent, DocumentFound, DocumentKind, SignatureFound, Standing } from './found.ts';
import { fromSarif, fromVulns } from './scan-reading.ts';
import { type Gathering, listReferrers, verifySignatures } from './signatures.ts';

export type { Gathering };

const CREATED = 'org.opencontainers.image.created';
const OUTCOME = 'dev.waybill.outcome';

/** Artifact types whose documents are read, and what they are; statements say it in their predicate type. */
const KIND_OF_TYPE: Readonly<Record<string, DocumentKind | 'statement'>> = {
  'application/spdx+json': 'sbom',
  'text/spdx+json': 'sbom',
  'application/vnd.cyclonedx+json': 'sbom',
  'application/sarif+json': 'scan',
  'application/vnd.in-toto+json': 'statement',
  'application/vnd.dsse.envelope.v1+json': 'statement',
};

/** One attached document with its signatures, its standing and, where it is of use, its content. */
export async function gatherDocument(
  gathering: Gathering,
  about: Descriptor,
  referrer: Descriptor,
  counter: { untrustedRead: number },
): Promise<DocumentFound | null> {
  const type = KIND_OF_TYPE[referrer.artifactType ?? ''];
  if (type === undefined) return null;
  const { source, repository, options } = gathering;
  const own = { mediaType: referrer.mediaType, digest: referrer.digest, size: referrer.size };
  const pulled = await pullManifest(source, repository, own, options);
  if (!pulled.ok) return unreadable(about, own, type, pulled.failure);
  const { manifest } = pulled.value;
  const named = requireSubject(manifest, about);
  if (!named.ok) return unreadable(about, own, type, named.failure);
  const layer = manifest.kind === 'image' && manifest.layers.length === 1 ? manifest.layers[0] : undefined;
  if (layer === undefined)
    return unreadable(
      about,
      own,
      type,
      new Failure('MALFORMED', 'a document with other than one layer', 'Attach it again.'),
    );
  const signatures = await verifySignatures(gathering, own, await listReferrers(gathering, own));
  const annotated = parseInstant(manifest.annotations[CREATED] ?? '');
  const found = { about: about.digest, manifest: own, document: layer, signatures: signatures.items };
  const trusted = signerOf(signatures.items);
  const bytesMax = trusted === null ? LIMITS.untrustedDocumentBytesMax : LIMITS.documentBytesMax;
  const mayRead = trusted !== null || counter.untrustedRead++ < LIMITS.untrustedDocumentsMax;
  const content = mayRead ? await readDocument(gathering, about, layer, type, bytesMax) : { kind: 'unread' as const };
  const kind = kindOf(type, content);
  const standing = standingOf(gathering, kind, signatures.items, signatures.missing);
  return {
    ...found,
    kind,
    standing,
    content,
    createdAt: earlier(createdAtOf(content), annotated.ok ? annotated.value : null),
    outcome: outcomeOf(manifest.annotations[OUTCOME]),
  };
}

function unreadable(
  about: Descriptor,
  manifest: Descriptor,
  type: DocumentKind | 'statement',
  cause: Failure,
): DocumentFound {
  const kind = type === 'statement' ? 'other' : type;
  const standing: Standing = { kind: 'undetermined', cause };
  const content = { kind: 'unreadable' as const, cause };
  return {
    about: about.digest,
    manifest,
    document: null,
    kind,
    standing,
    signatures: [],
    content,
    createdAt: null,
    outcome: null,
  };
}

function signerOf(signatures: readonly SignatureFound[]): Signer | null {
  const trusted = signatures.find((signature) => signature.result.kind === 'trusted');
  return trusted?.result.kind === 'trusted' ? trusted.result.signer : null;
}

/** Whether one of `signatures` lets a statement of this kind count for this repository. */
export function standingOf(
  gathering: Pick<Gathering, 'repository' | 'trust'>,
  kind: DocumentKind | 'image',
  signatures: readonly SignatureFound[],
  missing: Failure | null,
): Standing {
  const { repository, trust } = gathering;
  let open = missing;
  let signer: Signer | null = null;
  let why = 'it is not signed';
  for (const { result } of signatures) {
    if (result.kind === 'undetermined') open ??= result.cause;
    else if (result.kind === 'untrusted') {
      signer ??= result.signer;
      why = result.reasons[0].message;
    } else if (kind !== 'other' && countsFor(trust.document, { repository, kind, signer: result.signer })) {
      return { kind: 'counts', signer: result.signer };
    } else {
      signer = result.signer;
      why = `${result.signer.identity} is not trusted to state ${kind} about ${repository}`;
    }
  }
  return open === null ? { kind: 'does-not-count', signer, why } : { kind: 'undetermined', cause: open };
}

async function readDocument(
  gathering: Gathering,
  about: Descriptor,
  layer: Descriptor,
  type: DocumentKind | 'statement',
  bytesMax: number,
): Promise<DocumentContent> {
  const bytes = await gathering.source.blobBytes(gathering.repository, layer, bytesMax, gathering.options);
  if (!bytes.ok) return { kind: 'unreadable', cause: bytes.failure };
  if (type === 'sbom') return readSbomContent(bytes.value);
  if (type === 'statement') return readStatementContent(bytes.value, about);
  const scan = readSarif(bytes.value);
  return scan.ok ? { kind: 'scan', scan: fromSarif(scan.value) } : { kind: 'unreadable', cause: scan.failure };
}

function readSbomContent(bytes: Uint8Array): DocumentContent {
  const sbom = readSbom(bytes);
  return sbom.ok ? { kind: 'sbom', sbom: sbom.value } : { kind: 'unreadable', cause: sbom.failure };
}

/**
 * A63: a statement about another subject says nothing about this one. The signature on the artifact covers these very
 * bytes, so the envelope's own signature, which serves other tools, is not needed here.
 */
function readStatementContent(bytes: Uint8Array, about: Descriptor): DocumentContent {
  const envelope = parseDsse(bytes);
  if (envelope.ok && envelope.value.payloadType !== IN_TOTO_TYPE) return { kind: 'unread' };
  const read = parseStatement(envelope.ok ? envelope.value.payload : bytes);
  if (!read.ok) return { kind: 'unreadable', cause: read.failure };
  if (!isAbout(read.value, about.digest)) {
    const why = `a statement that does not name ${about.digest}`;
    return { kind: 'unreadable', cause: new Failure('EVIDENCE_REJECTED', why, 'Attach it to its own subject.') };
  }
  const { predicateType, predicate } = read.value;
  if (predicateType === VULNS_TYPE) {
    const scan = parseVulns(predicate);
    return scan.ok ? { kind: 'scan', scan: fromVulns(scan.value) } : { kind: 'unreadable', cause: scan.failure };
  }
  if (predicateType !== SLSA_PROVENANCE_TYPE) return { kind: 'unread' };
  const provenance = parseSlsaProvenance(predicate);
  return provenance.ok
    ? { kind: 'provenance', provenance: provenance.value }
    : { kind: 'unreadable', cause: provenance.failure };
}

function kindOf(type: DocumentKind | 'statement', content: DocumentContent): DocumentKind {
  if (type !== 'statement') return type;
  return content.kind === 'scan' || content.kind === 'provenance' || content.kind === 'sbom' ? content.kind : 'other';
}

/** Where document and manifest disagree about the time, the older counts: age is what is being judged. */
function earlier(one: Instant | null, other: Instant | null): Instant | null {
  if (one === null || other === null) return one ?? other;
  return one < other ? one : other;
}

function outcomeOf(annotation: string | undefined): DocumentFound['outcome'] {
  return annotation === 'complete' || annotation === 'partial' ? annotation : null;
}

function createdAtOf(content: DocumentContent): Instant | null {
  if (content.kind === 'sbom') return content.sbom.createdAt;
  return content.kind === 'scan' ? content.scan.createdAt : null;
}
