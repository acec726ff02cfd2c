import { formatInstant } from '../../../core/instant.ts';
import { isEvidenceKind, isRecordKind } from '../../evidence/index.ts';
import type { CommitAnswer, EvidenceAnswer } from './shapes.ts';
import { createNode, type TreeNode } from './view.ts';

/**
 * The documents of one row: the kind of each, and its verified signer, or that it is a record of
 * Waybill itself.
 */
export function formatEvidence(evidence: readonly EvidenceAnswer[]): string {
  return evidence.map(formatOne).join(', ') || '-';
}

export function createEvidenceNodes(evidence: readonly EvidenceAnswer[]): readonly TreeNode[] {
  return evidence.map((one) => createNode(formatOne(one)));
}

function formatOne(evidence: EvidenceAnswer): string {
  return `${evidence.kind} ${evidence.document} (${formatSigners(evidence)})`;
}

/**
 * A document from elsewhere counts by its signature; a record of Waybill itself by the log that
 * contains it.
 */
function formatSigners({ kind, signers, claimedBy }: EvidenceAnswer): string {
  if (signers.length > 0) return `signed by ${signers.join(', ')}`;
  if (claimedBy !== undefined) return `claimed by ${claimedBy}`;
  return isOwnRecord(kind) ? 'recorded here' : 'no trusted signature';
}

/** Kinds that Waybill itself writes into its log: they have no signature. */
export function isOwnRecord(kind: string): boolean {
  return kind === 'facts' || (isEvidenceKind(kind) && isRecordKind(kind));
}

/** `unsigned` and `signed by an unknown signer` are not the same. */
export function formatCommit({
  commit,
  author,
  committer,
  committedAt,
  signed,
  signer,
}: CommitAnswer): string {
  const by =
    signer === null ? 'signed, signer unknown' : `signed by ${signer.identity} (${signer.format})`;
  const when = committedAt === null ? '' : ` at ${formatInstant(committedAt)}`;
  const made = `author ${author ?? 'unknown'}, committer ${committer ?? 'unknown'}${when}`;
  return `commit ${commit}: ${made}, ${signed ? by : 'unsigned'}`;
}
