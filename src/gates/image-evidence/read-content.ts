import {
  IN_TOTO_TYPE,
  isAbout,
  parseRebuildPredicate,
  parseRunnerPredicate,
  parseSlsaProvenance,
  parseStatement,
  REBUILD_TYPE,
  RUNNER_TYPE,
  SLSA_PROVENANCE_TYPE,
  type Statement,
} from '../../capabilities/attestation/index.ts';
import { readSbom } from '../../capabilities/inventory/index.ts';
import {
  isOpenVex,
  isScanType,
  parseVulns,
  readScanDocument,
  readVex,
  recogniseVex,
  type ScanDocument,
  VULNS_TYPE,
} from '../../capabilities/scanning/index.ts';
import { parseDsse } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { Failure } from '../../core/failure.ts';
import type { Result } from '../../core/result.ts';
import type { DocumentForm } from './document-forms.ts';
import type { DocumentSubject } from './document-subject.ts';
import type { DocumentContent } from './image-evidence.ts';
import { convertScanDocument, convertVulns } from './parsed-scan.ts';

type Names = Pick<DocumentSubject, 'member' | 'names'> & {
  /** Absent: a document that is attached to nothing yet. */
  readonly subject?: Pick<Descriptor, 'digest'>;
};

/** What a document says of its subject, no matter who signed it. */
export function readContent(
  bytes: Uint8Array,
  about: Names,
  type: DocumentForm,
  statementTypes?: readonly string[],
): DocumentContent {
  if (type === 'sbom') return readSbomContent(bytes, about);
  if (type === 'vex') return readVexContent(bytes);
  if (type === 'statement') return readStatement(bytes, about, statementTypes);
  return toScanContent(readScanDocument(bytes), about);
}

/** A63: a scan that names the image that it examined must name this one. */
function toScanContent(scan: Result<ScanDocument>, { names }: Names): DocumentContent {
  if (!scan.ok) return { kind: 'unreadable', cause: scan.failure };
  const { subjects } = scan.value;
  const isAboutThis = subjects.length === 0 || subjects.some((subject) => names.has(subject));
  return isAboutThis
    ? { kind: 'scan', scan: convertScanDocument(scan.value) }
    : rejectOtherSubject(subjects.join(', '));
}

/** A63: an SBOM that names the image that it describes must name this one. */
function readSbomContent(bytes: Uint8Array, { names }: Names): DocumentContent {
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
function readStatement(
  bytes: Uint8Array,
  about: Names,
  statementTypes?: readonly string[],
): DocumentContent {
  const envelope = parseDsse(bytes);
  if (envelope.ok && envelope.value.payloadType !== IN_TOTO_TYPE) return { kind: 'unread' };
  const read = parseStatement(envelope.ok ? envelope.value.payload : bytes, statementTypes);
  if (!read.ok) return { kind: 'unreadable', cause: read.failure };
  const content = readPredicate(bytes, read.value, about);
  return { ...content, predicateType: read.value.predicateType };
}

/** Its type decides what it is, and nothing else does (A46). */
function readPredicate(bytes: Uint8Array, statement: Statement, about: Names): DocumentContent {
  const { predicateType, predicate, text } = statement;
  const isVex = isOpenVex(predicateType) || recogniseVex(predicate) !== null;
  // What is said of an index is said of each image in it, and of its only image in any case.
  const { subject = { digest: about.member } } = about;
  const names = isVex ? [...about.names] : [about.member, subject.digest];
  // mutant statement-about-another-image by 2-evidence-at-the-gate, documents: value ->
  //   names[0]
  const named = names.find((name) => isAbout(statement, name));
  if (named === undefined) {
    return rejectOtherSubject(
      Object.values(statement.subjects[0]?.digest ?? {}).join() || 'nothing',
    );
  }
  if (isVex) return readVexContent(bytes);
  if (SBOM_PREDICATE.test(predicateType))
    return readSbomContent(Buffer.from(text ?? JSON.stringify(predicate)), about);
  if (predicateType === VULNS_TYPE) {
    const scan = parseVulns(predicate);
    return scan.ok
      ? { kind: 'scan', scan: convertVulns(scan.value) }
      : { kind: 'unreadable', cause: scan.failure };
  }
  if (isScanType(predicateType)) return toScanContent(readScanDocument(bytes), about);
  if (predicateType === RUNNER_TYPE) {
    const runner = parseRunnerPredicate(predicate);
    return runner.ok
      ? { kind: 'runner', runner: runner.value, subject: named }
      : { kind: 'unreadable', cause: runner.failure };
  }
  if (predicateType === REBUILD_TYPE) {
    const rebuild = parseRebuildPredicate(predicate);
    return rebuild.ok
      ? { kind: 'rebuild', rebuild: rebuild.value }
      : { kind: 'unreadable', cause: rebuild.failure };
  }
  if (predicateType !== SLSA_PROVENANCE_TYPE) return { kind: 'unread' };
  const provenance = parseSlsaProvenance(predicate);
  return provenance.ok
    ? { kind: 'provenance', provenance: provenance.value }
    : { kind: 'unreadable', cause: provenance.failure };
}

/** The predicates of in-toto that are a whole SBOM; cosign and BuildKit attach them. */
const SBOM_PREDICATE =
  /^https:\/\/(?:spdx\.dev\/Document|cyclonedx\.org\/bom)(?:\/v\d{1,3}(?:\.\d{1,3}){0,2})?$/;
