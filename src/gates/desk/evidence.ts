import {
  type EvidenceInput,
  encodeRecord,
  RECORD_MEDIA_TYPE,
} from '../../capabilities/evidence/index.ts';
import {
  describeSigner,
  isStatementTrusted,
  type Signer,
  STATEMENT_KINDS,
  type StatementKind,
} from '../../capabilities/signing/index.ts';
import { type Digest, hashPieces } from '../../core/digest.ts';
import { formatRepository } from '../../core/image-reference.ts';
import type { Instant } from '../../core/instant.ts';
import { type DecisionSumFields, encodeDecision } from '../facts/decision-evidence.ts';
import { isVexWhole } from '../facts/vex-excuse.ts';
import type { TrustMaterial } from '../image-evidence/gather-context.ts';
import type {
  AttachedDocument,
  AttachedSignature,
  ImageEvidence,
} from '../image-evidence/image-evidence.ts';
import type { DecisionEvent, VerifiedVex } from './desk-ports.ts';

/**
 * What was verified, under which trust document, with which result. These are events of the log, so
 * that a rebuild replays them and does not verify again (foundation 4).
 */
export function buildVerificationEvidence(
  evidence: ImageEvidence,
  trust: TrustMaterial,
  now: Instant,
): readonly EvidenceInput[] {
  const { reference, subject, signatures, documents } = evidence;
  const context = { repository: formatRepository(reference), trust, now, withheld: null };
  // Where a gate uses no VEX, because one document of it was lost, questions use none either.
  // mutant lost-vex-excuses-in-questions by audit-vex: value -> null
  const withheld: StatementKind | null = isVexWhole(evidence, trust, now) ? null : 'vex';
  const own = signatures.items.flatMap((found) =>
    encodeVerification(found, subject.digest, [], context),
  );
  const attached = documents.items.flatMap((document) => {
    const granting = isAboutVex(document) ? { ...context, withheld } : context;
    const covers = document.document === null ? [] : [document.document.digest];
    return document.signatures.flatMap((found) =>
      encodeVerification(found, document.manifest.digest, covers, granting),
    );
  });
  return [...own, ...attached, ...listVexEvidence(evidence)];
}

/**
 * The VEX of an image and what was verified of it, without the other documents: an audit knows no
 * less of it than the questions do. A signature that no longer counts is recorded too.
 */
export function buildVexEvidence(
  evidence: ImageEvidence,
  trust: TrustMaterial,
  now: Instant,
): readonly EvidenceInput[] {
  const items = evidence.documents.items.filter(isAboutVex);
  const documents = { ...evidence.documents, items };
  const signatures = { ...evidence.signatures, items: [] };
  return buildVerificationEvidence({ ...evidence, documents, signatures }, trust, now);
}

/** Anyone who can push can attach any number of documents: more are left to the next audit. */
const OTHERS_MAX = 100;

/** The same for an admission; null where no signed VEX is attached. */
export function verifyVex(
  evidence: ImageEvidence,
  trust: TrustMaterial,
  now: Instant,
): VerifiedVex | null {
  const { documents } = evidence;
  const signed = documents.items.filter((one) => isAboutVex(one) && one.signatures.length > 0);
  const [known, strange] = [signed.filter(isOfKnown), signed.filter((one) => !isOfKnown(one))];
  const shown = [...known, ...strange.slice(0, OTHERS_MAX)];
  if (shown.length === 0) return null;
  const build = (items: readonly AttachedDocument[]): readonly EvidenceInput[] =>
    buildVexEvidence({ ...evidence, documents: { ...documents, items } }, trust, now);
  return {
    revision: hashPieces([
      trust.digest,
      `${isVexWhole(evidence, trust, now)}`,
      ...shown.map(describe),
    ]),
    known: build(known),
    others: build(strange.slice(0, OTHERS_MAX)),
  };
}

function isOfKnown({ signatures }: AttachedDocument): boolean {
  return signatures.some(({ result }) => result.kind === 'trusted');
}

function describe({ manifest, content, standing, signatures }: AttachedDocument): string {
  const results = signatures.map(({ envelope, result }) => `${envelope} ${result.kind}`);
  return `\n${[manifest.digest, content.kind, standing.kind, ...results].join(' ')}`;
}

/** What is not read, because its signer may not state it, is of another kind as far as is known. */
function isAboutVex({ kind }: AttachedDocument): boolean {
  return kind === 'vex' || kind === 'other';
}

/** The VEX documents that count, so that questions know what the gates know. */
function listVexEvidence({ documents }: ImageEvidence): readonly EvidenceInput[] {
  return documents.items.flatMap(({ about, content, document, standing }): EvidenceInput[] => {
    if (content.kind !== 'vex' || document === null || standing.kind !== 'counts') return [];
    const { mediaType } = document;
    return [{ kind: 'statement', mediaType, body: content.bytes, subject: about }];
  });
}

interface VerificationContext {
  readonly repository: string;
  readonly trust: TrustMaterial;
  readonly now: Instant;
  /** A kind of statement that does not count here, although the signer may state it. */
  readonly withheld: StatementKind | null;
}

function encodeVerification(
  { envelope, result }: AttachedSignature,
  subject: Digest,
  covers: readonly Digest[],
  { repository, trust, now: verifiedAt, withheld }: VerificationContext,
): readonly EvidenceInput[] {
  if (envelope === null) return [];
  const signer = result.kind === 'undetermined' ? null : result.signer;
  const body = encodeRecord('verification', {
    signature: envelope,
    subject,
    covers: [...covers],
    outcome: result.kind,
    signer: signer === null ? null : describeSigner(signer),
    reasons: listReasons(result),
    trust: { revision: trust.document.revision, digest: trust.digest },
    verifiedAt,
    ...(result.kind === 'trusted'
      ? {
          statements: listGrantedStatements(trust, repository, result.signer, verifiedAt).filter(
            (kind) => kind !== withheld,
          ),
          ends: result.ends,
        }
      : {}),
  });
  return [{ kind: 'verification', mediaType: RECORD_MEDIA_TYPE, body, subject }];
}

function listGrantedStatements(
  { document }: TrustMaterial,
  repository: string,
  signer: Signer,
  at: Instant,
): ImageStatement[] {
  return STATEMENT_KINDS.filter((kind) => kind !== 'advisories' && kind !== 'policy').filter(
    (kind) => isStatementTrusted(document, { repository, kind, signer, at }),
  );
}

/** What can be stated about an image. */
type ImageStatement = Exclude<StatementKind, 'advisories' | 'policy'>;

function listReasons(result: AttachedSignature['result']): string[] {
  if (result.kind === 'trusted') return [];
  return result.kind === 'undetermined'
    ? [result.cause.message]
    : result.reasons.map(({ message }) => message);
}

/** A decision of the desk as evidence; with a sum, it stands for as many. */
export function buildDecisionEvidence(
  { subject, workload, evaluation, now }: DecisionEvent,
  sum?: DecisionSumFields,
): EvidenceInput {
  const about = workload === null ? null : toWorkloadRecord(workload);
  return encodeDecision({ subject, workload: about, evaluation, decidedAt: now, sum });
}

function toWorkloadRecord({
  cluster,
  namespace,
  kind,
  name,
}: NonNullable<DecisionEvent['workload']>) {
  return {
    cluster: cluster || 'unknown',
    region: null,
    namespace: namespace || 'unknown',
    kind: kind || 'unknown',
    name: name || 'unknown',
  };
}
